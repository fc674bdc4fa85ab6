import { describe, expect, it } from "vitest";
import {
  applyPatch,
  Batch,
  type InspectionRecord,
  isInspectionRecord,
  ToViewer,
  ViewerMessage,
} from "../../src/inspect/index.ts";

const records: InspectionRecord[] = [
  [
    "a",
    1,
    0.5,
    1,
    {
      session: "x:0",
      parent: 0,
      id: "root",
      path: "root",
      systemId: null,
      src: null,
      logic: "machine",
      def: "h",
    },
  ],
  ["e", 2, 1, 1, 0, "GO", null],
  ["t", 3, 1, 1, [0, 4], "GO"],
  ["v", 4, 1, 1, { up: "idle" }],
  ["c", 5, 1, 1, { n: 1 }],
  ["p", 6, 1, 1, { n: 2 }, ["old"]],
  ["x", 7, 1, 1, "log", null],
  ["s", 8, 1, 1, "done", 42],
  ["d", 9, 1, 0, { kind: "lease", attemptId: "a", state: "working", epoch: 1 }],
];

describe("a record", () => {
  it.each(records.map((record) => [record[0], record] as const))("of kind %s is recognised", (_, record) => {
    expect(isInspectionRecord(record)).toBe(true);
  });

  it.each(records.map((record) => [record[0], record] as const))(
    "of kind %s is none without its last place, with a letter for its number, or with another kind",
    (_, record) => {
      const [, , ...rest] = record;
      const broken = [record.slice(0, -1), [record[0], "1", ...rest], ["q", record[1], ...rest]];
      expect(broken.filter((it) => isInspectionRecord(it))).toEqual([]);
    },
  );

  it("is checked within its batch", () => {
    expect(Batch.safeParse({ type: "batch", source: "s", records }).success).toBe(true);
    expect(Batch.safeParse({ type: "batch", source: "s", records: [...records, ["e", 10]] }).success).toBe(
      false,
    );
  });
});

describe("a patch", () => {
  it("sets and removes top-level keys, and leaves the context it starts from alone", () => {
    const before = { n: 1, old: true, kept: [1] };
    expect(applyPatch(before, ["p", 6, 1, 1, { n: 2 }, ["old"]])).toEqual({ n: 2, kept: [1] });
    expect(before).toEqual({ n: 1, old: true, kept: [1] });
  });
});

describe("messages", () => {
  it("are told apart by their type", () => {
    expect(ToViewer.safeParse({ type: "gap", source: "s", from: 1, to: 9, reason: "shed" }).success).toBe(
      true,
    );
    expect(ViewerMessage.safeParse({ type: "credits", records: 0 }).success).toBe(false);
    expect(ViewerMessage.safeParse({ type: "hello" }).success).toBe(false);
  });
});
