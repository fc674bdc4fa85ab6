/**
 * Attempts as rows of a host's store, and what a sweep over them decides. Pure: a decision names the row that it was made
 * from, and is written only while the row is still that one, so that of two sweeps one has an effect.
 *
 * - R1. A row is taken from the owner that is named, by id and incarnation, and from nobody else.
 * - R2. Each recovery raises the epoch and the count by one; no write of an older epoch counts after it.
 * - R3. A row that has used up its recoveries is a dead letter; only a person sends it on its way again, with a fresh count.
 * - R4. Only what is `ready` can be claimed: neither a row that is being recovered nor a dead letter.
 *
 * `recovering` is the pipeline of `machines/lease-recovery.ts`, which ends in `ready`.
 *
 * @module
 */
import * as z from "zod";
import { Epoch, type LeasePolicy, type LeaseRefusal, refuseDispatch } from "./lease.ts";
import { DurationMs, MonotonicMs } from "./time.ts";

/** Who works on a row. A process that is started again under its old id is another incarnation. */
export const AttemptOwner = z.object({ workerId: z.string(), incarnation: z.int().positive() });
export type AttemptOwner = z.output<typeof AttemptOwner>;

export const AttemptRow = z.object({
  attemptId: z.string(),
  status: z.enum(["ready", "running", "recovering", "completed", "cancelled", "deadLettered"]),
  /** `null` unless it is running. */
  owner: AttemptOwner.nullable(),
  /** The fencing token: that of its owner, or the one that the next owner gets. */
  epoch: Epoch,
  /** Recoveries begun since it began or was redriven. */
  recoveries: z.int().nonnegative(),
  /** Since when its owner has it; `null` unless it is running. */
  heldSince: MonotonicMs.nullable(),
  /** The longest that its work may take; `null`: as long as it likes. */
  timeoutMs: DurationMs.nullable(),
  /** A person wants it stopped; its owner has not answered. */
  cancelRequested: z.boolean(),
  /** Why its last owner or recovery failed. */
  cause: z.string().nullable(),
});
export type AttemptRow = z.output<typeof AttemptRow>;

export const SweepPolicy = z.object({
  /** Work that has been held for longer than this, and than its own time-out, is taken from its owner. @see River: 1 h */
  rescueAfterMs: DurationMs.default(3_600_000),
  /** As in `LeasePolicy`. */
  recoveries: z.int().nonnegative().nullable().default(3),
});
export type SweepPolicy = z.output<typeof SweepPolicy>;

/** A row as it was read, and as it is to be. */
export interface RowChange {
  readonly kind: "recover" | "deadLetter" | "cancel";
  readonly from: AttemptRow;
  readonly to: AttemptRow;
}
export interface RowLeft {
  readonly kind: "leave";
  readonly reason:
    | "notRunning"
    /** another id, or another incarnation of it, has it */
    | "otherOwner"
    | "young"
    | "noTimeout"
    /** a recovery has begun since */
    | "staleEpoch"
    | "notRecovering";
}
export type SweepDecision = RowChange | RowLeft;

type Bound = Pick<LeasePolicy, "recoveries">;
const leave = (reason: RowLeft["reason"]): RowLeft => ({ kind: "leave", reason });

/** R2, R3. */
function recoverOrBury(from: AttemptRow, policy: Bound, cause: string): RowChange {
  const freed = { ...from, owner: null, heldSince: null, cause };
  if (policy.recoveries !== null && from.recoveries >= policy.recoveries) {
    return { kind: "deadLetter", from, to: { ...freed, status: "deadLettered" } };
  }
  const { epoch, recoveries } = from;
  const to = { ...freed, status: "recovering", epoch: epoch + 1, recoveries: recoveries + 1 } as const;
  return { kind: "recover", from, to };
}

const isSame = (one: AttemptOwner | null, other: AttemptOwner | null): boolean =>
  one?.workerId === other?.workerId && one?.incarnation === other?.incarnation;

/** R1. What the end of `owner` means for a row. */
export function releaseOf(row: AttemptRow, owner: AttemptOwner, policy: Bound): SweepDecision {
  if (row.status !== "running") return leave("notRunning");
  if (!isSame(row.owner, owner)) return leave("otherOwner");
  return recoverOrBury(row, policy, `its owner ${nameOf(owner)} is gone`);
}

/** The same for every incarnation of a worker: an operator knows that the machine is gone. */
export function unlockOf(row: AttemptRow, workerId: string, policy: Bound): SweepDecision {
  if (row.status !== "running" || row.owner === null) return leave("notRunning");
  return row.owner.workerId === workerId ? releaseOf(row, row.owner, policy) : leave("otherOwner");
}

/** What its age means for a row: strictly older than the horizon and than its own time-out. */
export function rescueOf(row: AttemptRow, at: number, policy: SweepPolicy): SweepDecision {
  if (row.status !== "running" || row.heldSince === null) return leave("notRunning");
  if (row.timeoutMs === null) return leave("noTimeout");
  const limitMs = Math.max(policy.rescueAfterMs, row.timeoutMs);
  if (row.heldSince >= at - limitMs) return leave("young");
  const cause = `held by ${row.owner === null ? "nobody" : nameOf(row.owner)} for longer than ${limitMs} ms`;
  if (!row.cancelRequested) return recoverOrBury(row, policy, cause);
  return {
    kind: "cancel",
    from: row,
    to: { ...row, status: "cancelled", owner: null, heldSince: null, cause },
  };
}

/** The recovery under `epoch` failed, as when its checkpoint cannot be decoded: another one, or the dead letter. */
export function failedRecoveryOf(row: AttemptRow, epoch: number, why: string, policy: Bound): SweepDecision {
  if (row.status !== "recovering") return leave("notRecovering");
  return row.epoch === epoch ? recoverOrBury(row, policy, why) : leave("staleEpoch");
}

/** The row after the recovery under `epoch` has ended well; `null`: it is another one's turn. */
export function recoveredRow(row: AttemptRow, epoch: number): AttemptRow | null {
  return row.status === "recovering" && row.epoch === epoch ? { ...row, status: "ready", cause: null } : null;
}

/** A person sends a dead letter, or what is on its way to be one, on its way again. `null`: there is nothing to redrive. */
export function redrivenRow(row: AttemptRow): AttemptRow | null {
  if (row.status !== "deadLettered" && row.status !== "recovering") return null;
  return { ...row, status: "recovering", epoch: row.epoch + 1, recoveries: 0, cause: null };
}

export type RowOutcome =
  | { readonly kind: "changed"; readonly row: AttemptRow }
  | { readonly kind: "refused"; readonly refusal: LeaseRefusal };

/** R4. The row in the hands of `owner`. */
export function claimRow(row: AttemptRow, owner: AttemptOwner, at: number): RowOutcome {
  const { attemptId, status } = row;
  if (status === "ready") {
    return { kind: "changed", row: { ...row, status: "running", owner, heldSince: at } };
  }
  const ids = { attemptId, leaseId: `${attemptId}#${row.epoch}` };
  const refusal = refuseDispatch(null, false, ids) as LeaseRefusal;
  return { kind: "refused", refusal };
}

/** The row after a checkpoint that `owner` wrote under `epoch`: it names who really works on it. */
export function restampRow(row: AttemptRow, owner: AttemptOwner, epoch: number): RowOutcome {
  const { attemptId, status } = row;
  if (status !== "running") {
    const message = `no worker holds a lease on attempt: ${attemptId}`;
    return { kind: "refused", refusal: { reason: "notHeld", message } };
  }
  if (epoch !== row.epoch) {
    const message = `stale epoch ${epoch} for attempt: ${attemptId} (current epoch ${row.epoch})`;
    return { kind: "refused", refusal: { reason: "staleEpoch", message } };
  }
  return { kind: "changed", row: isSame(row.owner, owner) ? row : { ...row, owner } };
}

/** Whether the stored row is still the one that was read: compare-and-set on status, owner, epoch and count. */
export function isUnchanged(stored: AttemptRow, read: AttemptRow): boolean {
  return (
    stored.status === read.status &&
    isSame(stored.owner, read.owner) &&
    stored.epoch === read.epoch &&
    stored.recoveries === read.recoveries
  );
}

const nameOf = ({ workerId, incarnation }: AttemptOwner): string => `${workerId}#${incarnation}`;
