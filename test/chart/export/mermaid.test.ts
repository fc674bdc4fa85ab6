import DOMPurify from "dompurify";
import fc from "fast-check";
import mermaid from "mermaid";
import { beforeAll, describe, expect, it } from "vitest";
import { createMachine } from "xstate";
import { modelOf, toMermaid } from "../../../src/chart/index.ts";
import { elevatorMachine, formMachine, trafficLightMachine } from "../../fixtures/machines/index.ts";
import { everyMachine } from "../machines.ts";
import { randomMachine } from "../random-machine.ts";

// Mermaid cleans labels with a DOM, which Node lacks; nothing is shown here, so they may stay as they are.
beforeAll(() => {
  Object.assign(DOMPurify, { addHook() {}, sanitize: (text: string) => text });
});

/** What Mermaid says of a text that it can draw. */
const read = { diagramType: "stateDiagram" };
const lines = (text: string): string[] => text.split("\n").map((it) => it.trim());

describe("a Mermaid diagram", () => {
  it.each(everyMachine)("is read by Mermaid: %s", async (_, machine) => {
    expect(await mermaid.parse(toMermaid(modelOf(machine)))).toMatchObject(read);
  });

  it("is read by Mermaid for any chart", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 2, max: 30 }), async (seed, size) => {
        expect(await mermaid.parse(toMermaid(modelOf(randomMachine(seed, size))))).toMatchObject(read);
      }),
      { numRuns: 50 },
    );
  });

  it("is read by Mermaid whatever the names are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, unit: "grapheme" }), async (name) => {
        fc.pre(!/^[\s.#*]|\.$/.test(name));
        const machine = createMachine({
          id: "m",
          initial: "a",
          states: {
            a: { entry: name, on: { [name]: { target: "b", guard: name } } },
            b: { description: name },
          },
        });
        expect(await mermaid.parse(toMermaid(modelOf(machine)))).toMatchObject(read);
      }),
    );
  });

  it.each([
    "a: b",
    "x;y",
    "%% z",
    "--> q",
    "[*]",
    "{c}",
    "note right of a",
    "end note",
    "--",
    '"',
    "a\nb",
    "#quot;",
    "state",
  ])("takes %j for a name, not for syntax", async (name) => {
    const states = { [name]: { entry: name, on: { [name]: "other" } }, other: {} };
    const text = toMermaid(modelOf(createMachine({ id: name, initial: name, states })));
    await mermaid.parse(text);
    expect(lines(text).filter((it) => it.includes(" --> "))).toHaveLength(2);
  });

  it("draws what comes from around from a state inside", () => {
    const text = lines(toMermaid(modelOf(trafficLightMachine)));
    expect(text).toContain('state "from anywhere in trafficLight" as s_trafficLight__any');
    expect(text).toContain("s_trafficLight__any --> s_trafficLight_blinking : power.failed");
  });

  it("ends at what is entered where a line to a region or to a state around cannot be drawn", () => {
    const text = lines(toMermaid(modelOf(elevatorMachine)));
    const at = text.indexOf(
      "s_elevator_working_doors_opened --> s_elevator_working_doors_closed : doors.block",
    );
    expect(text[at - 1]).toBe("%% enters elevator.working.doors");
  });

  it("separates regions and ends final states", () => {
    const text = lines(toMermaid(modelOf(formMachine)));
    expect(text.filter((it) => it === "--")).toHaveLength(1);
    expect(text).toContain("s_form_editing_name_valid --> [*]");
  });
});
