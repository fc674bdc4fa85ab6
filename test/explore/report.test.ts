import { XMLParser } from "fast-xml-parser";
import { type AnyStateMachine, createMachine } from "xstate";
import { describe, expect, it } from "vitest";
import { modelOf } from "../../src/chart/index.ts";
import {
  checkGroup,
  type CheckOptions,
  examine,
  exploredCounts,
  toJunit,
  toMarkdown,
} from "../../src/explore/index.ts";
import type { CoverageDomainRecord } from "../../src/inspect/protocol/domain.ts";
import { chartSut, generateSuite, reproduce, runSuite, suiteCoverage } from "../../src/testgen/index.ts";
import { orderMachine } from "../testgen/support/stranger.ts";

const door = createMachine({
  id: "door",
  initial: "closed",
  states: {
    closed: { on: { open: "opened" } },
    opened: { on: { close: "closed", "drop|it": "<lost>" }, after: { 500: "closed" } },
    "<lost>": {},
    never: { on: { open: "closed" } },
  },
}) as AnyStateMachine;

const options: CheckOptions = {
  properties: [
    { kind: "always", name: 'stays "<shut>"', holds: (it) => !it.in("opened") },
    { kind: "leadsTo", name: "shuts again", from: (it) => it.in("opened"), to: (it) => it.in("closed") },
    { kind: "sometimes", name: "opens", holds: (it) => it.in("opened") },
    { kind: "always", name: "is never said", when: (it) => it.in("never"), holds: () => true },
  ],
};
const examined = examine(door, options);
const group = checkGroup(examined.report, {
  file: "door.ts",
  coverage: exploredCounts(examined.exploration),
});
const report = { title: "check & test", groups: [group] };

describe("a report of a check", () => {
  it("has a case for each property and finding, failed or undecided with why", () => {
    const cases = Object.fromEntries(group.cases.map(({ name, verdict }) => [name, verdict]));
    expect(cases).toMatchObject({
      "all states are explored": "passed",
      'stays "<shut>"': "failed",
      "shuts again": "failed",
      opens: "passed",
      "is never said": "undecided",
    });
    expect(Object.keys(cases).some((it) => it.startsWith("unreachable: "))).toBe(true);
  });

  it("is Markdown with the way, its table and its sequence", () => {
    const text = toMarkdown(report);
    expect(text).toContain('| ✗ | stays "<shut>" | closed ── open ──▶ opened |');
    expect(text).toContain("| # | event | state | context |");
    expect(text).toContain("```mermaid\nsequenceDiagram");
    expect(text).toContain("- `door.never`\n");
    // A bar in a name is no cell of a table.
    expect(text.split("\n").filter((line) => line.includes("drop|it") && line.startsWith("|"))).toEqual([]);
  });

  it("is JUnit that a parser reads, with all texts as they were", () => {
    const parser = new XMLParser({ ignoreAttributes: false, isArray: (name) => name === "testcase" });
    const { testsuites } = parser.parse(toJunit(report)) as { testsuites: Record<string, unknown> };
    const suite = testsuites["testsuite"] as {
      testcase: Record<string, unknown>[];
      [attribute: string]: unknown;
    };
    const failing = suite.testcase.filter((it) => it["failure"] !== undefined);
    expect(testsuites["@_name"]).toBe("check & test");
    expect(suite["@_file"]).toBe("door.ts");
    expect([suite["@_tests"], suite["@_failures"]]).toEqual([
      `${suite.testcase.length}`,
      `${failing.length}`,
    ]);
    expect(failing.map((it) => it["@_name"])).toEqual(
      expect.arrayContaining(['stays "<shut>"', "is never said"]),
    );
    const controlled = { ...report, title: "a\u0000b\u001Bc" };
    expect(toJunit(controlled)).toContain('name="abc"');
  });
});

describe("counts for the inspector", () => {
  it("have the ids of the chart model, and 0 for what was not seen", () => {
    const counts = exploredCounts(examined.exploration) satisfies CoverageDomainRecord;
    const model = modelOf(door);
    expect(Object.keys(counts.states)).toEqual(model.states.map(({ id }) => id));
    expect(Object.keys(counts.transitions).toSorted()).toEqual(
      model.transitions.map(({ id }) => id).toSorted(),
    );
    expect(counts.states).toMatchObject({ "door.opened": 1, "door.never": 0 });
    expect(counts.transitions).toMatchObject({ "door.closed:open:0": 1, "door.never:open:0": 0 });
  });

  it("have the ids of a stranger's chart with history, timers, actors and eventless transitions too", () => {
    const stranger = orderMachine as AnyStateMachine;
    const { exploration } = examine(stranger);
    const known = new Set(modelOf(stranger).transitions.map(({ id }) => id));
    const { transitions } = exploredCounts(exploration);
    expect(new Set(Object.keys(transitions))).toEqual(known);
    expect(Object.values(transitions).every((it) => it > 0)).toBe(true);
  });

  it("of a suite say how to get to what its tests do not see", () => {
    const { tests } = generateSuite(door);
    const all = suiteCoverage(door, tests);
    expect(all.states["door.opened"]).toBeGreaterThan(0);
    expect(all.states["door.never"]).toBe(0);
    expect(all.paths).toEqual({});
    const [first] = tests;
    const none = suiteCoverage(door, first === undefined ? [] : [{ ...first, steps: [] }]);
    expect(none.states).toMatchObject({ door: 1, "door.closed": 1, "door.opened": 0 });
    expect(none.paths).toMatchObject({
      "door.opened": ["open"],
      "door.<lost>": ["open", "drop|it"],
      "door.opened:close:0": ["open", "close"],
    });
  });
});

describe("a report of a suite", () => {
  it("goes on after a test that fails, and says what differs", async () => {
    const suite = generateSuite(door, { maxSteps: 2 });
    const good = await runSuite(suite, chartSut(door));
    expect(good.cases.every(({ verdict }) => verdict === "passed")).toBe(true);
    const broken = {
      name: "nothing",
      create: () => ({ send: () => {}, read: () => ({ value: "closed" }), advance: () => {} }),
    };
    const bad = await runSuite(suite, broken);
    expect(bad.cases.length).toBe(suite.tests.length);
    expect(bad.cases.filter(({ verdict }) => verdict === "failed").length).toBeGreaterThan(1);
    expect(bad.cases.find(({ verdict }) => verdict === "failed")?.message).toMatch(
      /^step \d: value: expected "\S+", was "closed"$/,
    );
  });
});

describe("a counterexample, gone again", () => {
  const [safety, liveness] = examined.counterexamples;

  it("has its states and transitions in the chart", () => {
    expect(safety).toMatchObject({
      name: 'stays "<shut>"',
      line: "closed ── open ──▶ opened",
      way: {
        steps: [{ send: { type: "open" } }],
        states: expect.arrayContaining(["door.opened"]),
        transitions: ["door.closed:open:0"],
      },
    });
  });

  it("is violated again, and holds in a machine that was mended", () => {
    const mended = createMachine({
      id: "door",
      initial: "closed",
      states: { closed: {}, opened: {} },
    }) as AnyStateMachine;
    const { steps = [] } = safety?.way ?? {};
    expect(reproduce(door, options, 'stays "<shut>"', steps)).toBe("violated after step 1");
    expect(reproduce(mended, options, 'stays "<shut>"', steps)).toBe("holds");
    expect(() => reproduce(door, options, "other", steps)).toThrow('no property "other"');
  });

  it("that goes on for ever is violated for ever", () => {
    const { steps = [], loopFrom = null } = liveness?.way ?? {};
    expect(reproduce(door, options, "shuts again", steps, loopFrom)).toBe("violated for ever");
    expect(
      reproduce(
        door,
        options,
        "shuts again",
        [{ send: { type: "open" } }, { timer: "xstate.after.500.door.opened" }],
        1,
      ),
    ).toBe("holds");
  });
});
