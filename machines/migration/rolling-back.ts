/** Back to the source: its own bytes, verified before they replace anything. */
import { portInput } from "./inputs.ts";
import type { PhaseEnded } from "./judge.ts";
import { outputOf, thrownBy, timeoutOf } from "./params.ts";
import { migrationSetup } from "./setup.ts";

const failedBy = <A>(params: (args: A) => PhaseEnded) =>
  ({ target: "#migration.rollbackFailed", actions: { type: "failRollbackPhase", params } }) as const;
const passing = <A>(target: string, params: (args: A) => PhaseEnded) =>
  ({
    guard: { type: "passes", params },
    target,
    actions: { type: "passPhase", params },
  }) as const;
const refused = (command: "migration.cancel" | "rollback.request" | "migration.resolve") =>
  ({
    actions: {
      type: "refuseCommand",
      params: ({ event }: { event: { at: number } }) => ({
        at: event.at,
        command,
        message: "the rollback is under way: wait for its outcome",
      }),
    },
  }) as const;

export const rollingBack = migrationSetup.createStateConfig({
  initial: "deciding",
  entry: "beginRollback",
  on: {
    "migration.cancel": refused("migration.cancel"),
    "rollback.request": refused("rollback.request"),
    "migration.resolve": refused("migration.resolve"),
  },
  states: {
    deciding: {
      always: [
        { guard: "hasNothingToUndo", target: "#migration.rolledBack" },
        { guard: "isExpired", target: "#migration.rollbackFailed", actions: "refuseExpired" },
        { guard: "lacksSnapshot", target: "restoringSource" },
        { target: "verifyingSnapshot" },
      ],
    },
    verifyingSnapshot: {
      entry: { type: "enterPhase", params: { phase: "verifyingSnapshot" } },
      invoke: {
        id: "inspectSnapshot",
        src: "inspectSnapshot",
        input: portInput.inspectSnapshot,
        onDone: [
          passing("restoringSource", outputOf("verifyingSnapshot")),
          failedBy(outputOf("verifyingSnapshot")),
        ],
        onError: failedBy(thrownBy("verifyingSnapshot")),
      },
      after: { untilDeadline: failedBy(timeoutOf("verifyingSnapshot")) },
    },
    restoringSource: {
      entry: { type: "enterPhase", params: { phase: "restoringSource" } },
      invoke: {
        id: "rollback",
        src: "rollback",
        input: portInput.rollback,
        onDone: [
          passing("#migration.rolledBack", outputOf("restoringSource")),
          failedBy(outputOf("restoringSource")),
        ],
        onError: failedBy(thrownBy("restoringSource")),
      },
      after: { untilDeadline: failedBy(timeoutOf("restoringSource")) },
    },
  },
});
