import { describe, expect, it } from "vitest";
import { type AnyStateMachine, assign, createMachine, fromPromise, setup } from "xstate";
import { check, type CheckOptions, type FindingKind, type Property } from "../../src/explore/index.ts";

/** A worker that may be paused, may crash, and is started again by a timer. */
const worker = createMachine({
  id: "worker",
  initial: "idle",
  states: {
    idle: { on: { start: "busy", poll: "idle" } },
    busy: { on: { finish: "done", crash: "down", pause: "paused" } },
    paused: { on: { resume: "busy" } },
    down: { after: { 100: "busy" }, on: { scrap: "scrapped" } },
    done: { type: "final" },
    scrapped: { type: "final" },
  },
});

const only = (property: Property, machine: AnyStateMachine = worker, options: CheckOptions = {}) => {
  const { properties } = check(machine, { ...options, properties: [property] });
  const [result] = properties;
  if (result === undefined) throw new Error("no result");
  return { verdict: result.verdict, exercised: result.exercised, line: result.example?.line ?? null };
};
const name = "p";

describe("always", () => {
  it("holds in all states, or shows a shortest way to one in which it does not", () => {
    expect(only({ kind: "always", name, holds: () => true })).toMatchObject({ verdict: "holds" });
    expect(only({ kind: "always", name, holds: (it) => !it.in("paused") })).toMatchObject({
      verdict: "violated",
      line: "idle ── start ──▶ busy ── pause ──▶ paused",
    });
    expect(only({ kind: "always", name, holds: (it) => !it.in("idle") }).line).toBe("idle");
  });

  it("is vacuous when its condition never comes true", () => {
    expect(only({ kind: "always", name, when: () => false, holds: () => false })).toMatchObject({
      verdict: "vacuous",
      exercised: 0,
    });
  });

  it("is unproven when not all was explored", () => {
    const { verdict } = only({ kind: "always", name, holds: () => true }, worker, { maxStates: 3 });
    expect(verdict).toBe("unproven");
  });

  it("is violated, and says why, when it throws itself", () => {
    const holds = (): boolean => {
      throw new Error("oops");
    };
    const { properties } = check(worker, { properties: [{ kind: "always", name, holds }] });
    expect(properties).toMatchObject([{ verdict: "violated", problem: "the property itself throws: oops" }]);
  });

  it("is asked of steps too, with what they did", () => {
    const holds: Extract<Property, { kind: "alwaysStep" }>["holds"] = ({ effects, after }) =>
      after.in("down") || effects.every(({ kind }) => kind !== "timerSet");
    expect(only({ kind: "alwaysStep", name, holds })).toMatchObject({ verdict: "holds", exercised: 8 });
    const silent = only({ kind: "alwaysStep", name, holds: ({ action }) => action !== "after 100" });
    expect(silent.line).toBe(
      "idle ── start ──▶ busy ── crash ──▶ down ── after 100 (100.worker.down) ──▶ busy",
    );
  });
});

describe("sometimes", () => {
  it("shows a witness, or is violated when all was explored", () => {
    expect(only({ kind: "sometimes", name, holds: (it) => it.in("done") })).toMatchObject({
      verdict: "holds",
      line: "idle ── start ──▶ busy ── finish ──▶ done (done)",
    });
    expect(only({ kind: "sometimes", name, holds: () => false }).verdict).toBe("violated");
  });
});

describe("leads to", () => {
  const leadsTo = (
    from: string,
    to: string,
    fairness?: { weak?: string[]; strong?: string[] },
  ): Property => ({
    kind: "leadsTo",
    name,
    from: (it) => it.in(from),
    to: (it) => it.in(to),
    fairness,
  });

  it("takes for granted that an armed timer fires, and nothing that somebody has to send", () => {
    const left: Property = { kind: "leadsTo", name, from: (it) => it.in("down"), to: (it) => !it.in("down") };
    expect(only(left).verdict).toBe("holds");
    expect(only({ ...left, fairness: {} })).toMatchObject({
      verdict: "violated",
      line: "idle ── start ──▶ busy ── crash ──▶ down, and stays there",
    });
    expect(only(leadsTo("busy", "done")).line).toBe("idle ── start ──▶ busy, and stays there");
  });

  it("under weak fairness is violated by a loop in which the action is impossible now and then", () => {
    const paused = only(leadsTo("busy", "done", { weak: ["finish", "crash", "timers", "resume"] }));
    expect(paused).toMatchObject({ verdict: "violated" });
    const loop = only(leadsTo("busy", "done", { weak: ["finish", "resume"] }));
    expect(loop.line).toBe("idle ── start ──▶ busy ── crash ──▶ down, and stays there");
    const always = only(leadsTo("busy", "done", { weak: ["finish", "resume", "timers"] }));
    expect(always.line).toMatch(/↻ for ever: ── .+ ──▶ busy$|scrapped/);
  });

  it("under weak fairness holds where the action stays possible all the time", () => {
    const machine = createMachine({
      initial: "a",
      states: {
        a: { on: { poll: "b", finish: "c" } },
        b: { on: { poll: "a", finish: "c" } },
        c: { type: "final" },
      },
    });
    expect(only(leadsTo("a", "c", { weak: ["finish"] }), machine).verdict).toBe("holds");
    expect(only(leadsTo("a", "c", { weak: ["poll"] }), machine)).toMatchObject({
      verdict: "violated",
      line: "a ↻ for ever: ── poll ──▶ b ── poll ──▶ a",
    });
  });

  it("under strong fairness holds where the action is possible again and again", () => {
    const machine = createMachine({
      initial: "a",
      states: { a: { on: { pause: "b", finish: "c" } }, b: { on: { resume: "a" } }, c: { type: "final" } },
    });
    const fairness = { weak: ["resume"] };
    expect(only(leadsTo("a", "c", { ...fairness, strong: ["finish"] }), machine).verdict).toBe("holds");
    expect(only(leadsTo("a", "c", { weak: ["resume", "finish"] }), machine)).toMatchObject({
      verdict: "violated",
      line: "a ↻ for ever: ── pause ──▶ b ── resume ──▶ a",
    });
  });

  it("is violated by a run that ends before", () => {
    const scrapped = only(
      leadsTo("down", "done", { weak: ["timers", "finish", "resume"], strong: ["finish"] }),
    );
    expect(scrapped.line).toBe(
      "idle ── start ──▶ busy ── crash ──▶ down ── scrap ──▶ scrapped (done), and stays there",
    );
  });

  it("is vacuous when nothing starts it, and unproven when states are missing", () => {
    expect(only(leadsTo("nowhere", "done")).verdict).toBe("vacuous");
    expect(only(leadsTo("busy", "done"), worker, { maxStates: 3 }).verdict).toBe("unproven");
  });

  it("takes an actor to end in one way or another where that is asked for", () => {
    const machine = setup({ actors: { work: fromPromise(() => Promise.resolve(1)) } }).createMachine({
      initial: "a",
      states: { a: { invoke: { src: "work", id: "w", onDone: "b", onError: "c" } }, b: {}, c: {} },
    });
    const ends: Property = { kind: "eventually", name, holds: (it) => !it.in("a") };
    expect(only(ends, machine).verdict).toBe("violated");
    expect(only({ ...ends, fairness: { weak: ["outcomes"] } }, machine).verdict).toBe("holds");
    expect(only({ ...ends, fairness: { weak: ["done w"] } }, machine).verdict).toBe("holds");
  });
});

describe("the chart itself", () => {
  const machine = setup({
    types: {} as { context: { n: number } },
    guards: { never: () => false, always: () => true, isBig: ({ context }) => context.n > 0 },
    actions: { grow: assign({ n: 1 }) },
  }).createMachine({
    id: "m",
    context: { n: 0 },
    initial: "a",
    on: { reset: ".a" },
    states: {
      a: {
        on: {
          go: [{ guard: "isBig", target: "b" }, { actions: "grow" }, "lost"],
          skip: { guard: "never", target: "c" },
          jump: { guard: "always", target: "b" },
          reset: {},
        },
      },
      b: { on: { reset: {}, go: {} } },
      c: { initial: "d", states: { d: {} } },
      lost: {},
    },
  });
  const { findings, verdict } = check(machine);
  const subjects = (kind: FindingKind) => findings.filter((it) => it.kind === kind).map((it) => it.subject);

  it.each<[FindingKind, readonly string[]]>([
    ["deadlock", ['"b"']],
    ["unreachable", ["m.c", "m.lost"]],
    ["shadowed", ["m.a go[2]"]],
    ["neverTaken", ["m reset", "m.a skip"]],
    ["guardNeverFalse", ["m.a jump"]],
    ["guardNeverTrue", ["m.a skip"]],
    ["unhandled", ["m.b"]],
  ])("is searched for %s", (kind, expected) => {
    expect(subjects(kind)).toEqual(expected);
  });

  it("is wrong when it has a deadlock, unless that is meant", () => {
    expect(verdict).toBe("violated");
    expect(check(machine, { accept: { deadlock: ['"b"'] } }).verdict).toBe("proven");
  });

  it("is wrong when it names what is not implemented", () => {
    const holey = createMachine({
      initial: "a",
      states: {
        a: { invoke: { src: "nobody" }, after: { TYPO: "b" }, on: { go: { guard: "nothing", target: "b" } } },
        b: { type: "final" },
      },
    });
    const missing = check(holey).findings.filter(({ kind }) => kind === "notImplemented");
    expect(missing.map(({ subject }) => subject)).toEqual(["nobody", "TYPO", "nothing"]);
  });
});

describe("an example", () => {
  it("is a line, a table of what changed, and a sequence diagram", () => {
    const machine = setup({
      types: {} as { context: { n: number } },
      actions: { grow: assign({ n: ({ context }) => context.n + 1 }) },
    }).createMachine({
      id: "m",
      context: { n: 0 },
      initial: "a",
      states: {
        a: { on: { go: { target: "b", actions: "grow" } } },
        b: { after: { 50: "c" } },
        c: { type: "final" },
      },
    });
    const { properties } = check(machine, {
      properties: [{ kind: "always", name, holds: (it) => !it.in("c") }],
    });
    expect(properties[0]?.example).toEqual({
      line: "a ── go ──▶ b ── after 50 (50.m.b) ──▶ c (done)",
      table: [
        "| # | event | state | context |",
        "| --- | --- | --- | --- |",
        "| 0 |  | a |  |",
        "| 1 | go | b | n: 0 → 1 |",
        "| 2 | after 50 (50.m.b) | c (done) |  |",
      ].join("\n"),
      sequence: [
        "sequenceDiagram",
        "  Note over m: a",
        "  environment->>m: go",
        "  m->>timer: 50 ms",
        "  Note over m: b",
        "  timer->>m: after 50 (50.m.b)",
        "  Note over m: c (done)",
      ].join("\n"),
    });
  });
});
