import { expect, it } from "vitest";
import {
  type AttemptRow,
  isUnchanged,
  releaseOf,
  rescueOf,
  SweepPolicy,
  unlockOf,
} from "../../src/core/lease-sweep.ts";
import { type AttemptStore, sweepAttempts } from "../../src/runtime/index.ts";

const policy = SweepPolicy.parse({ rescueAfterMs: 1_000 });
const D = { workerId: "D", incarnation: 1 };

/** Rows in memory, ordered by attempt; `onRead` is called with each page before it is handed out. */
class Rows implements AttemptStore {
  readonly #rows: Map<string, AttemptRow>;
  readonly pages: number[] = [];
  onRead: () => void = () => {};

  constructor(rows: readonly AttemptRow[]) {
    this.#rows = new Map(rows.map((it) => [it.attemptId, it]));
  }

  get(attemptId: string): AttemptRow {
    return this.#rows.get(attemptId) as AttemptRow;
  }

  page(after: string | null, limit: number): Promise<readonly AttemptRow[]> {
    const ids = [...this.#rows.keys()].toSorted().filter((it) => after === null || it > after);
    const page = ids.slice(0, limit).map((it) => this.get(it));
    this.pages.push(page.length);
    this.onRead();
    return Promise.resolve(page);
  }

  replace(from: AttemptRow, to: AttemptRow): Promise<boolean> {
    const isStill = isUnchanged(this.get(from.attemptId), from);
    if (isStill) this.#rows.set(from.attemptId, to);
    return Promise.resolve(isStill);
  }
}

const held = (attemptId: string, change: Partial<AttemptRow> = {}): AttemptRow => ({
  attemptId,
  status: "running",
  owner: D,
  epoch: 1,
  recoveries: 0,
  heldSince: 0,
  timeoutMs: 1_000,
  cancelRequested: false,
  cause: null,
  ...change,
});

it("M18: finds the row to rescue behind full pages of rows that are not", async () => {
  const endless = Array.from({ length: 7 }, (_, index) => held(`a${index}`, { timeoutMs: null }));
  const store = new Rows([...endless, held("b")]);
  const report = await sweepAttempts(store, (it) => rescueOf(it, 5_000, policy), { pageSize: 3 });
  expect(report).toEqual({
    recovered: ["b"],
    deadLettered: [],
    cancelled: [],
    conflicts: [],
    left: { noTimeout: 7 },
  });
  expect(store.pages).toEqual([3, 3, 2, 0]);
  expect(store.get("b")).toMatchObject({ status: "recovering", recoveries: 1 });
});

it("M11: two sweeps at once recover each row once", async () => {
  const store = new Rows([held("a"), held("b"), held("c", { owner: { workerId: "E", incarnation: 1 } })]);
  const sweep = () => sweepAttempts(store, (it) => releaseOf(it, D, policy));
  const reports = await Promise.all([sweep(), sweep()]);
  expect(reports.flatMap(({ recovered }) => recovered).toSorted()).toEqual(["a", "b"]);
  expect([store.get("a").recoveries, store.get("b").recoveries]).toEqual([1, 1]);
  expect(store.get("c")).toMatchObject({ status: "running", recoveries: 0 });
});

it("M13: lets stand what a person changed since the row was read", async () => {
  const store = new Rows([held("a", { recoveries: 3 })]);
  store.onRead = () => void store.replace(store.get("a"), held("a", { epoch: 2, recoveries: 0 }));
  const report = await sweepAttempts(store, (it) => rescueOf(it, 5_000, policy));
  expect(report).toMatchObject({ deadLettered: [], conflicts: ["a"] });
  expect(store.get("a")).toMatchObject({ status: "running", recoveries: 0 });
});

it("M21: releases what a dead worker has, dead letters and all, and nothing else", async () => {
  const E = { workerId: "E", incarnation: 1 };
  const spent = { recoveries: 3, owner: { workerId: "D", incarnation: 2 } };
  const store = new Rows([held("a"), held("b", spent), held("c", { owner: E })]);
  const report = await sweepAttempts(store, (it) => unlockOf(it, "D", policy));
  expect(report).toMatchObject({ recovered: ["a"], deadLettered: ["b"], left: { otherOwner: 1 } });
  expect(store.get("c")).toEqual(held("c", { owner: E }));
});
