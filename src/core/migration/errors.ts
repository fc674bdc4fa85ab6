/** What goes wrong in a migration, and which target to try next. */
import * as z from "zod";

/** @see mielin-cells 0.1.0-rc.1, `MigrationErrorType` */
export const MigrationErrorType = z.enum([
  "NetworkTransient",
  "NetworkPermanent",
  "InsufficientResources",
  "IncompatibleTarget",
  "StateCorruption",
  "Timeout",
  "TargetUnreachable",
  "Unknown",
]);
export type MigrationErrorType = z.infer<typeof MigrationErrorType>;

/** Whether trying the same again may help. An incompatible target stays one; another target may do (see {@link shouldChangeTarget}). */
export function isRetryable(errorType: MigrationErrorType): boolean {
  switch (errorType) {
    case "NetworkTransient":
    case "InsufficientResources":
    case "Timeout":
    case "TargetUnreachable":
      return true;
    case "NetworkPermanent":
    case "IncompatibleTarget":
    case "StateCorruption":
    case "Unknown":
      return false;
  }
}

/** Whether the fault lies with the target, so that another one has to be chosen. */
export function shouldChangeTarget(errorType: MigrationErrorType): boolean {
  switch (errorType) {
    case "InsufficientResources":
    case "IncompatibleTarget":
    case "TargetUnreachable":
      return true;
    case "NetworkTransient":
    case "NetworkPermanent":
    case "StateCorruption":
    case "Timeout":
    case "Unknown":
      return false;
  }
}

/** `failed` plus the target of a failure that is the target's own fault; each target once. */
export function excludeTarget(
  failed: readonly string[],
  target: string | null,
  errorType: MigrationErrorType,
): string[] {
  if (target === null || !shouldChangeTarget(errorType) || failed.includes(target)) return [...failed];
  return [...failed, target];
}

/** The first of `candidates`, best first, that has not failed; `null`: none is left. */
export function chooseTarget(candidates: readonly string[], failed: readonly string[]): string | null {
  return candidates.find((it) => !failed.includes(it)) ?? null;
}
