/**
 * What a host provides for a migration: one function per phase. All of it is JSON; bytes go by reference.
 *
 * A port answers what happened; `failed` means that its effect did not happen. What it throws counts as `failed` with
 * `Unknown`, except for a commit, whose outcome is then settled. Its signal aborts when the phase is over: at its
 * deadline, or because somebody cancelled. Retries call a port again: each must bear being repeated.
 *
 * From `capture` on the source stands still; what `restore` starts at the target must not serve before `commit`.
 */
import * as z from "zod";
import type { MonotonicMs } from "../time.ts";
import { AgentRequirements, TargetCapabilities } from "./compatibility.ts";
import { MigrationErrorType } from "./errors.ts";
import type { Phase } from "./policy.ts";
import { Snapshot, StateDigest, StateRef } from "./snapshot.ts";

/** Who is moved; `attempt` is 0 for the first try and otherwise the open attempt: a fencing token with `migration`. */
const subject = { migration: z.string(), agent: z.string(), source: z.string(), attempt: z.int() };
const moved = { ...subject, target: z.string(), snapshot: Snapshot };

/** What each port is called with. */
export const portInputs = {
  /** Which targets there are, best first; the chart leaves out `excluded` itself. */
  chooseTarget: z.object({ ...subject, excluded: z.array(z.string()) }),
  /** Reads what the agent needs and the target has; the chart compares them. */
  checkCompatibility: z.object({ ...subject, target: z.string() }),
  /** Stops the source and writes down its state. */
  capture: z.object(subject),
  /** Brings a copy of the bytes to the target. */
  transfer: z.object(moved),
  /** Computes the digest of the copy, where it is now; the chart compares it. */
  validate: z.object(moved),
  /** Starts the agent at the target from the copy, without serving. */
  restore: z.object(moved),
  /** Makes the target serve. The one step that cannot be taken back. */
  commit: z.object(moved),
  /** Finds out whether a commit took effect; if not, sees to it that it never will. */
  settleCommit: z.object(moved),
  /** Removes what an attempt left at `target`. */
  discard: z.object({ ...subject, target: z.string() }),
  /** Computes the digest of the snapshot's bytes, where they are kept. */
  inspectSnapshot: z.object({ ...subject, snapshot: Snapshot }),
  /** Removes what is at `target` and lets the source go on: with the snapshot's bytes, or, without one, as it stands. */
  rollback: z.object({ ...subject, target: z.string().nullable(), snapshot: Snapshot.nullable() }),
};
export type PortName = keyof typeof portInputs;
export type PortInput<P extends PortName> = z.infer<(typeof portInputs)[P]>;

const done = { outcome: z.literal("done") };
/** What each port answers when it did what it is for. */
export const portResults = {
  chooseTarget: z.object({ ...done, candidates: z.array(z.string()) }),
  checkCompatibility: z.object({
    ...done,
    requirements: AgentRequirements,
    capabilities: TargetCapabilities,
  }),
  capture: z.object({
    ...done,
    state: StateRef,
    digest: StateDigest,
    /** The wall clock at the capture, in milliseconds since the Unix epoch: for people. */
    takenAt: z.int(),
    policyData: z.string().default(""),
    source: z.string().nullable().default(null),
  }),
  transfer: z.object(done),
  validate: z.object({ ...done, digest: StateDigest, responsive: z.boolean().default(true) }),
  restore: z.object({ ...done, responsive: z.boolean().default(true) }),
  commit: z.object({ ...done, details: z.string().default("Migration committed") }),
  settleCommit: z.object({ ...done, committed: z.boolean() }),
  discard: z.object(done),
  inspectSnapshot: z.object({ ...done, digest: StateDigest }),
  /** The digest of what the source goes on with; `null` where there was no snapshot. */
  rollback: z.object({ ...done, digest: StateDigest.nullable() }),
};
export type PortResult<P extends PortName> = z.input<(typeof portResults)[P]>;

export const PortFailure = z.object({
  outcome: z.literal("failed"),
  errorType: MigrationErrorType,
  message: z.string(),
});
export type PortFailure = z.infer<typeof PortFailure>;

/** Whether it happened is not known. */
export const PortUnknown = z.object({ outcome: z.literal("unknown"), message: z.string() });
export type PortUnknown = z.infer<typeof PortUnknown>;

export type MigrationPorts = {
  readonly [P in PortName]: (
    input: PortInput<P>,
    signal: AbortSignal,
  ) => Promise<PortResult<P> | PortFailure | PortUnknown>;
};

/** What the actor of a port ends with: its answer, and when it came. */
export type PortOutput<P extends PortName> = (
  | z.output<(typeof portResults)[P]>
  | PortFailure
  | PortUnknown
) & {
  at: MonotonicMs;
};

/** The port that each phase runs. */
export const portOfPhase = {
  choosingTarget: "chooseTarget",
  preparing: "checkCompatibility",
  capturing: "capture",
  transferring: "transfer",
  validating: "validate",
  restoring: "restore",
  committing: "commit",
  settlingCommit: "settleCommit",
  discardingTarget: "discard",
  verifyingSnapshot: "inspectSnapshot",
  restoringSource: "rollback",
} as const satisfies Record<Phase, PortName>;
