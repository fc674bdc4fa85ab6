/** Whether a phase did what it is for, given how its port ended; the chart never takes a port's word for a comparison. */
import {
  checkCompatibility,
  chooseTarget,
  type MigrationErrorType,
  type Phase,
  type PortFailure,
  type portOfPhase,
  type PortOutput,
  type PortUnknown,
  type Snapshot,
  type StateDigest,
  toSnapshot,
  type VerificationResult,
  verifyDigest,
} from "../../src/core/migration.ts";
import type { MigrationContext } from "./schemas.ts";

/** How a phase ended: what its port answered, or that it did not. */
export type PhaseEnded = {
  readonly [P in Phase]: { readonly phase: P; readonly output: PortOutput<(typeof portOfPhase)[P]> };
}[Phase];

export interface Fault {
  readonly errorType: MigrationErrorType;
  readonly message: string;
}

type Done<O> = Exclude<O, PortFailure | PortUnknown>;

/** `then` of an output that is done, or else `otherwise`. */
export function whenDone<O extends { readonly outcome: string }, R>(
  output: O,
  then: (done: Done<O>) => R,
  otherwise: R,
): R {
  return output.outcome === "done" ? then(output as Done<O>) : otherwise;
}

/** What is wrong; `null`: the phase passed. */
export function judge(context: MigrationContext, ended: PhaseEnded): Fault | null {
  const { output } = ended;
  if (output.outcome === "failed") return { errorType: output.errorType, message: output.message };
  if (output.outcome === "unknown") return { errorType: "Unknown", message: output.message };
  switch (ended.phase) {
    case "choosingTarget":
      return whenDone(ended.output, ({ candidates }) => faultOfChoice(context, candidates), null);
    case "preparing":
      return whenDone(ended.output, (it) => faultOfTarget(it), null);
    case "capturing":
      return whenDone(
        ended.output,
        (it) => {
          const captured = snapshotOf(context, it);
          return captured.ok ? null : { errorType: "Unknown", message: captured.message };
        },
        null,
      );
    case "validating":
      return whenDone(ended.output, (it) => faultOfResult(verify(context, it.digest, it.responsive)), null);
    case "restoring":
      return whenDone(
        ended.output,
        ({ responsive }) =>
          responsive ? null : { errorType: "TargetUnreachable", message: "Agent not responsive" },
        null,
      );
    case "settlingCommit":
      return whenDone(
        ended.output,
        ({ committed }) =>
          committed ? null : { errorType: "Timeout", message: "The commit did not take effect" },
        null,
      );
    case "verifyingSnapshot":
      return whenDone(ended.output, ({ digest }) => faultOfResult(verify(context, digest, true)), null);
    case "restoringSource":
      return whenDone(ended.output, ({ digest }) => faultOfRestored(context, digest), null);
    case "transferring":
    case "committing":
    case "discardingTarget":
      return null;
  }
}

/** What was captured, as the snapshot to keep. */
export function snapshotOf(
  { agent, source }: MigrationContext,
  captured: Done<PortOutput<"capture">>,
): ReturnType<typeof toSnapshot> {
  const { state, digest, policyData, takenAt, at } = captured;
  return toSnapshot({
    agent,
    source: captured.source ?? (source === "" ? null : source),
    state,
    digest,
    policyData,
    capturedAt: at,
    takenAt,
  });
}

/** `migrated` compared with the snapshot; without a snapshot nothing can match. */
export function verify(
  { snapshot, policy }: { readonly snapshot: Snapshot | null } & Pick<MigrationContext, "policy">,
  migrated: StateDigest,
  responsive: boolean,
): VerificationResult {
  if (snapshot !== null) return verifyDigest(snapshot.digest, migrated, { ...policy.rules, responsive });
  const details = ["There is no snapshot to compare with"];
  return { passed: false, sizeValid: false, checksumValid: false, sha256Valid: null, responsive, details };
}

function faultOfChoice({ failedTargets }: MigrationContext, candidates: readonly string[]): Fault | null {
  if (chooseTarget(candidates, failedTargets) !== null) return null;
  const message = `No target left: ${candidates.length} offered, ${failedTargets.length} excluded`;
  return { errorType: "IncompatibleTarget", message };
}

function faultOfTarget({ requirements, capabilities }: Done<PortOutput<"checkCompatibility">>): Fault | null {
  const checked = checkCompatibility(requirements, capabilities);
  return checked.status === "compatible" ? null : { errorType: checked.cause, message: checked.reason };
}

function faultOfResult({
  passed,
  sizeValid,
  checksumValid,
  sha256Valid,
  details,
}: VerificationResult): Fault | null {
  if (passed) return null;
  const isIntact = sizeValid && checksumValid && sha256Valid !== false;
  return { errorType: isIntact ? "TargetUnreachable" : "StateCorruption", message: details.join("; ") };
}

function faultOfRestored(context: MigrationContext, digest: StateDigest | null): Fault | null {
  if (context.snapshot === null) return null;
  if (digest !== null) return faultOfResult(verify(context, digest, true));
  return { errorType: "StateCorruption", message: "The rollback does not say what it restored" };
}
