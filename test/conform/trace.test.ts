import { type AnyStateMachine, assign, createMachine, fromPromise } from "xstate";
import { describe, expect, it } from "vitest";
import { conformTrace, type TraceOptions, type TraceRecord } from "../../src/conform/index.ts";
import type { Property } from "../../src/explore/index.ts";

interface Seen {
  context: { opened: number };
}

const door = createMachine({
  id: "door",
  context: { opened: 0 },
  initial: "closed",
  states: {
    closed: {
      on: {
        open: {
          guard: ({ context }: Seen) => context.opened < 2,
          target: "opened",
          actions: assign({ opened: ({ context }: Seen) => context.opened + 1 }),
        },
        lock: "locked",
      },
    },
    opened: { on: { close: "closed" }, after: { 500: "closed" } },
    locked: { on: { unlock: "closed", remove: "removed" } },
    removed: { type: "final" },
  },
}) as AnyStateMachine;

async function judge(
  log: string | readonly object[],
  options: Omit<TraceOptions, "sources"> = {},
  machine = door,
): Promise<TraceRecord[]> {
  const text = typeof log === "string" ? log : log.map((it) => JSON.stringify(it)).join("\n");
  const records: TraceRecord[] = [];
  for await (const it of conformTrace(machine, { sources: [{ name: "log", chunks: text }], ...options })) {
    if (it.type !== "progress") records.push(it);
  }
  return records;
}

const withoutCounts = (records: readonly TraceRecord[]): readonly TraceRecord[] =>
  records.filter(({ type }) => type !== "counts");

describe("a log that the machine could have made", () => {
  it.each<[string, readonly object[]]>([
    ["events alone", [{ event: "open" }, { event: "close" }, { event: "lock" }]],
    ["lines that are the events", [{ type: "open" }, { type: "close" }]],
    ["states and parts of the context", [{ event: "open", state: "opened", context: { opened: 1 } }]],
    ["a timer that has no line", [{ event: "open" }, { event: "lock", state: "locked" }]],
    [
      "a timer under XState's name",
      [{ event: "open" }, { event: "xstate.after.500.door.opened", state: "closed" }],
    ],
    [
      "an event that is seen to be ignored",
      [
        { event: "unlock", state: "closed" },
        { event: "close", ignored: true },
      ],
    ],
    [
      "times at which a timer is due, or just late",
      [
        { event: "open", at: 1_000 },
        { event: "close", at: 1_400 },
        { event: "open", at: "1970-01-01T00:00:02Z" },
        { state: "opened", at: 2_900 },
        { state: "closed", at: 3_600 },
      ],
    ],
    [
      "two machines under one key",
      [
        { event: "open", run: "a" },
        { event: "lock", run: "b" },
        { event: "close", run: "a" },
      ],
    ],
  ])("is one with %s", async (_, log) => {
    expect(withoutCounts(await judge(log))).toEqual([]);
  });
});

describe("the first difference", () => {
  it("names line, event, what was expected and observed, and what was accepted instead", async () => {
    const log = [{ event: "open" }, { event: "close", state: "locked" }, { event: "unlock" }];
    expect(await judge(log)).toMatchObject([
      {
        type: "difference",
        source: "log",
        line: 2,
        kind: "state",
        event: "close",
        expected: ["closed"],
        observed: "locked",
        accepted: ["lock", "open"],
      },
      { type: "counts", lines: 3, runs: 1, differing: 1, unjudged: 1 },
    ]);
  });

  it("is an event that no place accepts, and none where ignored events are allowed", async () => {
    const log = [{ event: "lock" }, { event: "open" }];
    expect(withoutCounts(await judge(log))).toMatchObject([
      { line: 2, kind: "notAccepted", expected: ["locked"], accepted: ["remove", "unlock"] },
    ]);
    expect(withoutCounts(await judge(log, { allowIgnored: true }))).toEqual([]);
  });

  it("is an event whose guard forbids it", async () => {
    const open = [{ event: "open" }, { event: "close" }];
    expect(withoutCounts(await judge([...open, ...open, { event: "open" }]))).toMatchObject([
      { line: 5, kind: "notAccepted", accepted: ["lock"] },
    ]);
  });

  it("is one in the context, with its path", async () => {
    const log = [{ event: "open", context: { opened: 2 } }];
    expect(withoutCounts(await judge(log))).toMatchObject([
      { kind: "context", differences: [{ path: "opened", expected: "1", actual: "2" }] },
    ]);
  });

  it("is an event that the log calls ignored and the machine takes", async () => {
    expect(withoutCounts(await judge([{ event: "open", ignored: true }]))).toMatchObject([
      { kind: "notIgnored" },
    ]);
  });

  it("is a state before its timer is due, and one long after", async () => {
    const early = [
      { event: "open", at: 0 },
      { state: "closed", at: 499 },
    ];
    const late = [
      { event: "open", at: 0 },
      { state: "opened", at: 1_501 },
    ];
    expect(withoutCounts(await judge(early))).toMatchObject([
      { line: 2, kind: "state", expected: ["opened"] },
    ]);
    expect(withoutCounts(await judge(late))).toMatchObject([
      { line: 2, kind: "state", expected: ["closed"] },
    ]);
    expect(withoutCounts(await judge(late, { lateMs: 1_001 }))).toEqual([]);
  });

  it("is what has no line where the log is complete", async () => {
    const log = [{ event: "open" }, { event: "lock" }];
    expect(withoutCounts(await judge(log, { isComplete: true }))).toMatchObject([
      { line: 2, kind: "notAccepted", expected: ["opened"] },
    ]);
  });

  it("is one of its machine alone", async () => {
    const log = [
      { event: "close", run: "a" },
      { event: "open", run: "b" },
      { event: "lock", run: "a" },
      { input: null, run: "a" },
      { event: "open", run: "a" },
    ];
    expect(await judge(log)).toMatchObject([
      { line: 1, run: "a" },
      { type: "counts", runs: 3, differing: 1, unjudged: 1 },
    ]);
  });

  it("is not that of an event which no state knows: it is told, and the rest is judged", async () => {
    const log = [{ event: "opne" }, { event: "open" }, { event: "unlock" }];
    expect(withoutCounts(await judge(log))).toMatchObject([
      { line: 1, kind: "unknownEvent", message: "no state of door knows opne" },
      { line: 3, kind: "notAccepted" },
    ]);
  });
});

describe("actors", () => {
  const load = createMachine({
    id: "load",
    initial: "loading",
    context: { size: 0 },
    states: {
      loading: {
        invoke: {
          id: "fetch",
          src: fromPromise(() => Promise.resolve({ size: 1 })),
          onDone: { target: "ready", actions: assign({ size: ({ event }) => event.output.size }) },
          onError: "failed",
        },
      },
      ready: { on: { use: {} } },
      failed: {},
    },
  }) as AnyStateMachine;

  it("end as the log says", async () => {
    const done = [{ settle: "fetch", done: { size: 7 }, state: "ready", context: { size: 7 } }];
    const fails = [{ settle: "fetch", fails: "no", state: "ready" }];
    expect(withoutCounts(await judge(done, {}, load))).toEqual([]);
    expect(withoutCounts(await judge(fails, {}, load))).toMatchObject([
      { kind: "state", event: "error fetch", expected: ["failed"] },
    ]);
  });

  it("end without a line as their cases say", async () => {
    const outcomes = { fetch: [{ kind: "done", output: { size: 3 } } as const] };
    expect(
      withoutCounts(await judge([{ state: "ready", context: { size: 3 } }], { outcomes }, load)),
    ).toEqual([]);
    expect(withoutCounts(await judge([{ state: "failed" }], { outcomes }, load))).toHaveLength(1);
  });
});

describe("input that cannot be read", () => {
  it("is told with its line, and the lines after it are judged", async () => {
    const log = ['{"event":', "[]", '{"foo":1}', "", '{"event":"unlock"}', '{"event":{"type":3}}'].join("\n");
    expect(await judge(log)).toMatchObject([
      { type: "problem", line: 1, message: expect.stringContaining("no JSON") },
      { type: "problem", line: 2, message: expect.stringContaining("no line of a log") },
      { type: "problem", line: 3, message: expect.stringContaining('it needs "event"') },
      { type: "difference", line: 5 },
      { type: "problem", line: 6 },
      { type: "counts", lines: 1, problems: 4 },
    ]);
  });

  it("is one with more places than are followed: it says what to log", async () => {
    const timers = Array.from({ length: 8 }, (_, index) => [
      `r${index}`,
      { initial: "a", states: { a: { after: { [index + 1]: "b" } }, b: { after: { 9: "a" } } } },
    ]);
    const many = createMachine({
      id: "many",
      type: "parallel",
      on: { GO: {} },
      states: Object.fromEntries(timers),
    } as never) as AnyStateMachine;
    expect(
      withoutCounts(await judge([{ event: "GO", state: {} }], { maxCandidates: 20 }, many)),
    ).toMatchObject([{ kind: "undecided", message: expect.stringContaining("log the time") }]);
  });
});

describe("properties of a machine", () => {
  const properties: readonly Property[] = [
    { kind: "always", name: "opened once at most", holds: ({ context }) => Number(context["opened"]) <= 1 },
    { kind: "leadsTo", name: "shuts again", from: (it) => it.in("opened"), to: (it) => it.in("closed") },
    { kind: "eventually", name: "is locked", holds: (it) => it.in("locked") },
    { kind: "sometimes", name: "is removed", holds: (it) => it.in("removed") },
    {
      kind: "alwaysStep",
      name: "is removed only when it was opened before",
      when: ({ action }) => action === "remove",
      holds: ({ before }) => Number(before.context["opened"]) > 0,
    },
  ];

  it("are watched along the log, and told where they are violated", async () => {
    const log = ["open", "close", "open", "close", "lock", "remove"].map((event) => ({ event }));
    const records = await judge(log, { properties });
    expect(records[0]).toMatchObject({ type: "property", line: 3, property: "opened once at most" });
    expect(records.at(-1)).toMatchObject({
      properties: [
        { name: "opened once at most", verdict: "violated", violated: 1 },
        { name: "shuts again", verdict: "holds" },
        { name: "is locked", verdict: "holds" },
        { name: "is removed", verdict: "holds" },
        { verdict: "holds" },
      ],
    });
  });

  it("are open where something is owed at the end, and violated where the machine is over", async () => {
    const open = await judge([{ event: "open", state: "opened", at: 0 }], { properties, isComplete: true });
    expect(open.at(-1)).toMatchObject({
      differing: 0,
      properties: [
        { verdict: "holds" },
        { name: "shuts again", verdict: "open" },
        { name: "is locked", verdict: "open" },
        { name: "is removed", verdict: "open" },
        { verdict: "holds" },
      ],
    });
    const over = await judge([{ event: "lock" }, { event: "remove" }], {
      properties: [...properties, { kind: "eventually", name: "is opened", holds: (it) => it.in("opened") }],
    });
    expect(over.filter(({ type }) => type === "property")).toMatchObject([
      { line: 2, property: "is removed only when it was opened before" },
      { line: 2, property: "is opened" },
    ]);
  });
});
