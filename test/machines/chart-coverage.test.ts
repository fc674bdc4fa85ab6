import { describe, expect, it } from "vitest";
import { createMachine } from "xstate";
import * as exported from "../../machines/index.ts";
import { coverageOf, elementsOf } from "../support/chart-elements.ts";

const gate = createMachine({
  id: "gate",
  initial: "shut",
  on: { lock: ".shut" },
  states: {
    shut: {
      on: { push: [{ guard: () => false, target: "open" }, { target: "open" }] },
      after: { 5: "open" },
    },
    open: { always: "shut" },
  },
});

describe("the coverage of a chart", () => {
  it("counts every state, and every transition with its place among those for the same event", () => {
    expect(elementsOf(gate)).toEqual({
      states: new Set(["gate", "gate.shut", "gate.open"]),
      transitions: new Set([
        "gate -- lock [0]",
        "gate.shut -- push [0]",
        "gate.shut -- push [1]",
        "gate.shut -- xstate.after.5.gate.shut [0]",
        "gate.open -- always [0]",
      ]),
    });
  });

  it("names what no test took", () => {
    const taken = {
      states: new Set(["gate", "gate.shut"]),
      transitions: new Set(["gate.shut -- push [0]", "another -- push [0]"]),
    };
    expect(coverageOf([gate], new Map([["gate", taken]]))).toEqual([
      {
        chart: "gate",
        states: { taken: 2, of: 3, missing: ["gate.open"] },
        transitions: {
          taken: 1,
          of: 5,
          missing: [
            "gate -- lock [0]",
            "gate.shut -- push [1]",
            "gate.shut -- xstate.after.5.gate.shut [0]",
            "gate.open -- always [0]",
          ],
        },
      },
    ]);
  });

  it("is nothing where no test ran the chart", () => {
    const [coverage] = coverageOf([exported.crashBudgetMachine], new Map());
    expect(coverage).toMatchObject({ chart: "crashBudget", states: { taken: 0 }, transitions: { taken: 0 } });
  });
});
