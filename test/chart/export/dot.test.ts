import { instance } from "@viz-js/viz";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createMachine } from "xstate";
import { modelOf, toDot } from "../../../src/chart/index.ts";
import { elevatorMachine, playerMachine } from "../../fixtures/machines/index.ts";
import { everyMachine } from "../machines.ts";
import { randomMachine } from "../random-machine.ts";

let graphviz: Awaited<ReturnType<typeof instance>>;
beforeAll(async () => {
  graphviz = await instance();
});

/** What Graphviz makes of it: its complaints, apart from characters whose width it has to guess. */
function complaints(text: string): string[] {
  const { status, errors } = graphviz.render(text, { format: "json" });
  const serious = errors.map((it) => it.message).filter((it) => !it.includes("no value for width"));
  return [...(status === "success" ? [] : [status]), ...serious];
}

describe("a DOT graph", () => {
  it.each(everyMachine)("is drawn by Graphviz without complaint: %s", (_, machine) => {
    expect(complaints(toDot(modelOf(machine)))).toEqual([]);
  });

  it("is drawn by Graphviz for any chart", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 20 }), (seed, size) => {
        expect(complaints(toDot(modelOf(randomMachine(seed, size))))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it("is drawn by Graphviz whatever the names are", () => {
    const names = ['"', "\\", 'a"b\\', "\\N", "<b>x</b>", "a\nb", "{", "->"];
    const states = Object.fromEntries(names.map((it) => [it, { entry: it, on: { [it]: { actions: it } } }]));
    const machine = createMachine({ id: "names", initial: '"', states });
    expect(complaints(toDot(modelOf(machine)))).toEqual([]);
  });

  it("has an edge for every target, every initial state and every history default", () => {
    const model = modelOf(playerMachine);
    const edges = toDot(model)
      .split("\n")
      .filter((it) => it.includes(" -> "));
    const targets = model.transitions.flatMap((it) => it.targets);
    const initials = model.states.filter((it) => it.initial !== null);
    expect(edges).toHaveLength(targets.length + initials.length);
  });

  it("clips edges at the border of a cluster, unless the other end is inside", () => {
    const edge = (from: string, to: string) =>
      toDot(modelOf(elevatorMachine))
        .split("\n")
        .find((it) => it.trim().startsWith(`"${from}" -> "${to}"`));
    expect(edge("anchor:elevator.working", "elevator.broken")).toContain('ltail="cluster:elevator.working"');
    expect(edge("elevator.working.doors.opened", "anchor:elevator.working.doors")).not.toContain("lhead");
  });
});
