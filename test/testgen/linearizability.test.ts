import { assign, type AnyStateMachine, createMachine } from "xstate";
import { describe, expect, it } from "vitest";
import {
  chartSpec,
  checkLinearizability,
  type Control,
  History,
  interleave,
  type Operation,
  type Running,
} from "../../src/testgen/index.ts";

/** One value that is written and read. */
const register = createMachine({
  id: "register",
  context: { value: 0 },
  on: { write: { actions: assign({ value: ({ event }) => event["value"] as number }) }, read: {} },
}) as AnyStateMachine;

const spec = chartSpec(register, {
  answer: ({ event, after }) => (event.type === "read" ? after.context["value"] : "ok"),
});

type Row = readonly [
  process: string,
  calledAt: number,
  returnedAt: number | null,
  type: string,
  value: number,
];

/** Writes answer `ok`, reads the value. */
const history = (...rows: readonly Row[]): Operation[] =>
  rows.map(([process, calledAt, returnedAt, type, value]) => ({
    process,
    calledAt,
    returnedAt,
    event: type === "write" ? { type, value } : { type },
    answer: type === "write" ? "ok" : value,
  }));

describe("a history of a register", () => {
  it.each<[string, Operation[]]>([
    ["nothing", []],
    ["calls one after the other", history(["a", 1, 2, "write", 7], ["b", 3, 4, "read", 7])],
    [
      "a read beside a write that sees the old value",
      history(["a", 1, 4, "write", 7], ["b", 2, 3, "read", 0]),
    ],
    [
      "a read beside a write that sees the new value",
      history(["a", 1, 4, "write", 7], ["b", 2, 3, "read", 7]),
    ],
    ["a write without an answer that was read", history(["a", 1, null, "write", 7], ["b", 5, 6, "read", 7])],
    [
      "a write without an answer that never happened",
      history(["a", 1, null, "write", 7], ["b", 5, 6, "read", 0]),
    ],
    [
      "two writes in the order that the reads show",
      history(["a", 1, 6, "write", 1], ["b", 2, 5, "write", 2], ["c", 7, 8, "read", 1]),
    ],
  ])("is linearizable with %s", (_, operations) => {
    expect(checkLinearizability(operations, spec)).toMatchObject({ linearizable: true });
  });

  it.each<[string, Operation[]]>([
    [
      "a read after a write that sees the old value",
      history(["a", 1, 2, "write", 7], ["b", 3, 4, "read", 0]),
    ],
    [
      "new and then old, both beside the write",
      history(["a", 1, 8, "write", 7], ["b", 2, 3, "read", 7], ["c", 4, 5, "read", 0]),
    ],
    ["a value that nobody wrote", history(["a", 1, 4, "write", 7], ["b", 2, 3, "read", 9])],
    [
      "two readers that see two writes in two orders",
      history(
        ["a", 1, 10, "write", 1],
        ["b", 2, 11, "write", 2],
        ["c", 3, 4, "read", 1],
        ["c", 5, 6, "read", 2],
        ["d", 7, 8, "read", 1],
        ["d", 9, 12, "read", 2],
      ),
    ],
  ])("is none with %s", (_, operations) => {
    expect(checkLinearizability(operations, spec)).toMatchObject({ linearizable: false });
  });

  it("is shown with the longest order that explains some of it", () => {
    const operations = history(["a", 1, 2, "write", 7], ["b", 3, 4, "read", 0]);
    const result = checkLinearizability(operations, spec);
    expect(result.linearizable ? "" : result.message).toBe(
      [
        "no order of these calls gives these answers:",
        '  a        ├┤    write {"value":7} → "ok"',
        "  b          ├┤  read → 0",
        '  the longest order that does: a write {"value":7}',
      ].join("\n"),
    );
  });

  it("is checked part by part, where parts have nothing to do with each other", () => {
    const good = (process: string, at: number) =>
      history([process, at, at + 3, "write", 7], [`${process}2`, at + 1, at + 2, "read", 0]);
    const many = ["a", "b", "c"].flatMap((it, index) => good(it, 10 * index));
    const partitionBy = ({ process }: Operation): string => process.slice(0, 1);
    expect(checkLinearizability(many, spec, { partitionBy })).toEqual({
      linearizable: true,
      operations: 6,
      partitions: 3,
    });
    const bad = [...many, ...history(["c", 90, 91, "read", 0])];
    expect(checkLinearizability(bad, spec, { partitionBy })).toMatchObject({
      linearizable: false,
      key: "c",
      history: { length: 3 },
    });
  });

  it("of twenty writers at once is judged, as sets of calls that lead to the same state are looked at once", () => {
    const writers = Array.from({ length: 20 }, (_, index): Row => [
      `w${index}`,
      index,
      100 + index,
      "write",
      index % 3,
    ]);
    const operations = history(...writers, ["r", 200, 201, "read", 9]);
    const same = chartSpec(
      createMachine({ id: "counter", context: { value: 0 }, on: { write: {}, read: {} } }) as AnyStateMachine,
      {
        answer: ({ event }) => (event.type === "read" ? 9 : "ok"),
      },
    );
    expect(checkLinearizability(operations, same)).toMatchObject({ linearizable: true });
  });
});

describe("a register under all orders of its callers", () => {
  /** Two copies: a write goes to both, one after the other; a read takes one of them. */
  const scenario =
    (isAtomic: boolean) =>
    (control: Control): Running => {
      const copies = [0, 0];
      const calls = new History();
      const write = async (): Promise<string> => {
        await control.turn("writer", "first");
        copies[0] = 7;
        if (!isAtomic) await control.turn("writer", "second");
        copies[1] = 7;
        return "ok";
      };
      const read = async (process: string, copy: number): Promise<number> => {
        await control.turn(process, `copy ${copy}`);
        return copies[copy] ?? 0;
      };
      const reader = async (): Promise<void> => {
        await calls.call("reader", { type: "read" }, () => read("reader", 0));
        await calls.call("reader", { type: "read" }, () => read("reader", 1));
      };
      return {
        done: [calls.call("writer", { type: "write", value: 7 }, write), reader()],
        check: () => calls.assertLinearizable(spec),
      };
    };

  it("is refused with its history where it has a moment in between", async () => {
    const report = await interleave(scenario(false));
    expect(report.verdict).toBe("violated");
    expect(report.failure?.schedule).toEqual([
      "writer first",
      "reader copy 0",
      "reader copy 1",
      "writer second",
    ]);
    expect(report.failure?.problem).toContain("no order of these calls gives these answers");
    expect(report.failure?.problem).toMatch(/reader .* read → 7\n.*reader .* read → 0/);
  });

  it("is linearizable where it has none", async () => {
    expect(await interleave(scenario(true))).toMatchObject({ verdict: "holds", complete: true });
  });
});
