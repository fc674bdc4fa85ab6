import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AttemptOwner,
  AttemptRow,
  claimRow,
  failedRecoveryOf,
  isUnchanged,
  recoveredRow,
  redrivenRow,
  releaseOf,
  rescueOf,
  restampRow,
  type RowOutcome,
  type SweepDecision,
  SweepPolicy,
  unlockOf,
} from "../../src/core/lease-sweep.ts";

const policy = SweepPolicy.parse({});
const hourMs = 3_600_000;
const D: AttemptOwner = { workerId: "D", incarnation: 1 };
const E: AttemptOwner = { workerId: "E", incarnation: 1 };

const row = (change: Partial<AttemptRow> = {}): AttemptRow =>
  AttemptRow.parse({
    attemptId: "a",
    status: "running",
    owner: D,
    epoch: 1,
    recoveries: 0,
    heldSince: 0,
    timeoutMs: hourMs,
    cancelRequested: false,
    cause: null,
    ...change,
  });

/** The row that a store has after `decision`, if it still had the one that was read. */
function written(stored: AttemptRow, decision: SweepDecision): AttemptRow {
  return decision.kind !== "leave" && isUnchanged(stored, decision.from) ? decision.to : stored;
}
function changed(outcome: RowOutcome): AttemptRow {
  if (outcome.kind === "refused") throw new Error(outcome.refusal.message);
  return outcome.row;
}
/** Brings a recovery to its end, and hands the row to `owner`. */
function handed(recovering: AttemptRow, owner: AttemptOwner): AttemptRow {
  const ready = recoveredRow(recovering, recovering.epoch);
  if (ready === null) throw new Error("it is not being recovered");
  return changed(claimRow(ready, owner, 5));
}

describe("a sweep for an owner that is gone", () => {
  it("M10: takes a row from the owner that it names, once, and from nobody else", () => {
    const stored = row();
    expect(releaseOf(stored, E, policy)).toEqual({ kind: "leave", reason: "otherOwner" });
    const recovering = written(stored, releaseOf(stored, D, policy));
    expect(recovering).toMatchObject({ status: "recovering", owner: null, epoch: 2, recoveries: 1 });
    expect(releaseOf(recovering, D, policy)).toEqual({ kind: "leave", reason: "notRunning" });
    const claimed = handed(recovering, E);
    expect(releaseOf(claimed, D, policy)).toEqual({ kind: "leave", reason: "otherOwner" });
  });

  it("M11: that runs twice at once counts one recovery, and starts the work once", () => {
    // The original counts every sweep; here one of two sweeps over the same loss has no effect, and so no count.
    const stored = row();
    const [first, second] = [releaseOf(stored, D, policy), releaseOf(stored, D, policy)];
    const recovering = written(written(stored, first), second);
    expect(recovering).toMatchObject({ epoch: 2, recoveries: 1 });
    const claimed = handed(recovering, E);
    expect(claimRow(claimed, { workerId: "F", incarnation: 1 }, 6)).toMatchObject({
      kind: "refused",
      refusal: { reason: "notDispatchable" },
    });
    expect(written(claimed, second)).toBe(claimed);
    expect(written(claimed, releaseOf(claimed, E, policy))).toMatchObject({ epoch: 3, recoveries: 2 });
  });

  it("M15: finds work again that an owner claimed while it was ending, and spares its next incarnation", () => {
    const recovering = written(row(), releaseOf(row(), D, policy));
    const reclaimed = handed(recovering, D);
    expect(releaseOf(reclaimed, D, policy)).toMatchObject({ kind: "recover", to: { recoveries: 2 } });
    const restarted = handed(recovering, { workerId: "D", incarnation: 2 });
    expect(releaseOf(restarted, D, policy)).toEqual({ kind: "leave", reason: "otherOwner" });
  });

  it("M21: forced by a worker's id takes what any incarnation of it has, within the bound, and nothing else", () => {
    const D2 = { workerId: "D", incarnation: 2 };
    expect(unlockOf(row(), "D", policy)).toMatchObject({ kind: "recover", to: { owner: null } });
    expect(unlockOf(row({ owner: D2 }), "D", policy)).toMatchObject({ kind: "recover" });
    expect(unlockOf(row({ owner: E }), "D", policy)).toEqual({ kind: "leave", reason: "otherOwner" });
    expect(unlockOf(row({ status: "ready", owner: null }), "D", policy)).toEqual({
      kind: "leave",
      reason: "notRunning",
    });
    expect(unlockOf(row({ recoveries: 3 }), "D", policy)).toMatchObject({
      kind: "deadLetter",
      to: { status: "deadLettered", epoch: 1, cause: "its owner D#1 is gone" },
    });
  });
});

describe("a dead letter", () => {
  it("M13: spares a row that a person gave a fresh count between its reading and its writing", () => {
    const read = row({ status: "recovering", owner: null, heldSince: null, epoch: 4, recoveries: 3 });
    const decision = failedRecoveryOf(read, 4, "no checkpoint", policy);
    expect(decision).toMatchObject({ kind: "deadLetter" });
    const redriven = redrivenRow(read) as AttemptRow;
    expect(redriven).toMatchObject({ status: "recovering", recoveries: 0, epoch: 5 });
    expect(written(redriven, decision)).toBe(redriven);
    // The count alone tells them apart where a store has no epochs.
    expect(isUnchanged({ ...redriven, epoch: 4 }, read)).toBe(false);
    expect(written(read, decision)).toMatchObject({ status: "deadLettered" });
  });

  it("M12: is claimed by nobody until it is redriven, and then has all its recoveries again", () => {
    const five = { recoveries: 5 };
    let stored = row();
    for (let nth = 1; nth <= 5; nth += 1) {
      const decision =
        nth === 1 ? releaseOf(stored, D, five) : failedRecoveryOf(stored, stored.epoch, "no", five);
      expect(decision).toMatchObject({ kind: "recover", to: { recoveries: nth } });
      stored = written(stored, decision);
    }
    stored = written(stored, failedRecoveryOf(stored, stored.epoch, "no", five));
    expect(stored).toMatchObject({ status: "deadLettered", cause: "no" });
    expect(claimRow(stored, E, 9)).toMatchObject({
      kind: "refused",
      refusal: { message: "attempt is not dispatchable for lease: a#6" },
    });
    stored = redrivenRow(stored) as AttemptRow;
    expect(stored).toMatchObject({ recoveries: 0, cause: null });
    expect(handed(stored, E)).toMatchObject({ status: "running", owner: E, heldSince: 5 });
  });

  it("M24: is what an attempt becomes whose checkpoint cannot be decoded, after its bound, however long it goes on", () => {
    let stored = written(row(), releaseOf(row(), D, policy));
    const statuses: string[] = [];
    for (let sweep = 0; sweep < 10; sweep += 1) {
      stored = written(stored, failedRecoveryOf(stored, stored.epoch, "cannot be decoded", policy));
      statuses.push(`${stored.status} ${stored.recoveries}`);
    }
    expect(statuses).toEqual(["recovering 2", "recovering 3", ...Array<string>(8).fill("deadLettered 3")]);
    expect(failedRecoveryOf(row(), 1, "", policy)).toEqual({ kind: "leave", reason: "notRecovering" });
  });

  it("is not made by a recovery that another one has left behind", () => {
    const recovering = written(row(), releaseOf(row(), D, policy));
    expect(failedRecoveryOf(recovering, 1, "late", policy)).toEqual({ kind: "leave", reason: "staleEpoch" });
    expect(recoveredRow(recovering, 1)).toBeNull();
    expect(redrivenRow(row())).toBeNull();
  });
});

describe("a rescue", () => {
  const old = { heldSince: 0 };
  const late = hourMs + 1;

  it.each([
    ["older than the horizon", old, late, "recover"],
    ["exactly as old", old, hourMs, "young"],
    ["younger", { heldSince: 1 }, late, "young"],
    ["older, without recoveries left", { ...old, recoveries: 3 }, late, "deadLetter"],
    ["older, and to be cancelled", { ...old, cancelRequested: true }, late, "cancel"],
    ["younger, and to be cancelled", { heldSince: 1, cancelRequested: true }, late, "young"],
    ["to be cancelled, without recoveries left", { recoveries: 3, cancelRequested: true }, late, "cancel"],
    ["older, with a longer time-out", { ...old, timeoutMs: 2 * hourMs }, late, "young"],
    ["older than its longer time-out", { ...old, timeoutMs: 2 * hourMs }, 2 * hourMs + 1, "recover"],
    ["older, with a shorter time-out", { ...old, timeoutMs: 1 }, hourMs, "young"],
    ["older, without a time-out", { ...old, timeoutMs: null }, 1_000 * hourMs, "noTimeout"],
    ["ended", { status: "completed", owner: null, heldSince: null }, late, "notRunning"],
  ] as const)("M17: of work that is %s", (_, change, at, outcome) => {
    const decision = rescueOf(row(change), at, policy);
    expect(decision.kind === "leave" ? decision.reason : decision.kind).toBe(outcome);
  });

  it("says whom the work was taken from, and frees it", () => {
    expect(rescueOf(row({ ...old, cancelRequested: true }), late, policy)).toMatchObject({
      to: { status: "cancelled", owner: null, cause: "held by D#1 for longer than 3600000 ms" },
    });
  });
});

describe("a checkpoint", () => {
  it("M14: makes the row name who really works on it", () => {
    const stale = row({ owner: { workerId: "D", incarnation: 7 } });
    expect(restampRow(stale, D, 1)).toEqual({ kind: "changed", row: row() });
    const current = row();
    expect(restampRow(current, D, 1)).toEqual({ kind: "changed", row: current });
  });

  it("M14: does so under the current epoch alone", () => {
    expect(restampRow(row({ owner: E, epoch: 2 }), D, 1)).toMatchObject({
      refusal: { reason: "staleEpoch", message: "stale epoch 1 for attempt: a (current epoch 2)" },
    });
    const recovering = written(row(), releaseOf(row(), D, policy));
    expect(restampRow(recovering, D, 2)).toMatchObject({ refusal: { reason: "notHeld" } });
  });
});

it("R1 to R4 hold in any run of sweeps, claims, recoveries and redrives", () => {
  const moves = fc.array(
    fc.constantFrom(
      "release D",
      "release E",
      "rescue",
      "recovered",
      "failed",
      "claim D",
      "claim E",
      "redrive",
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(moves, fc.nat(3), (taken, recoveries) => {
      let stored = row();
      const bound = { ...policy, recoveries };
      for (const move of taken) {
        const before = stored;
        stored = after(before, move, bound);
        expect(stored.epoch - before.epoch).toBe(
          stored.recoveries > before.recoveries || (move === "redrive" && stored !== before) ? 1 : 0,
        );
        expect(stored.recoveries).toBeLessThanOrEqual(recoveries);
        expect(stored.owner === null).toBe(stored.status !== "running");
        const isClaimed = stored.owner !== before.owner && stored.owner !== null;
        expect(!isClaimed || before.status === "ready").toBe(true);
        const isRevived = before.status === "deadLettered" && stored !== before;
        expect(!isRevived || move === "redrive").toBe(true);
      }
    }),
  );

  function after(stored: AttemptRow, move: string, bound: SweepPolicy): AttemptRow {
    const owner = move.endsWith("D") ? D : E;
    if (move.startsWith("release")) return written(stored, releaseOf(stored, owner, bound));
    if (move === "rescue") return written(stored, rescueOf(stored, 2 * hourMs, bound));
    if (move === "recovered") return recoveredRow(stored, stored.epoch) ?? stored;
    if (move === "failed") return written(stored, failedRecoveryOf(stored, stored.epoch, "no", bound));
    if (move === "redrive") return redrivenRow(stored) ?? stored;
    const claimed = claimRow(stored, owner, 0);
    return claimed.kind === "changed" ? claimed.row : stored;
  }
});
