/** The phases before the commit: the source owns the agent. */
import { portInput } from "./inputs.ts";
import { outputOf, thrownBy, timeoutOf } from "./params.ts";
import type { PhaseEnded } from "./judge.ts";
import { migrationSetup } from "./setup.ts";

const failedBy = <A>(params: (args: A) => PhaseEnded) =>
  ({ target: "#migration.recovering", actions: { type: "failPhase", params } }) as const;
const passing = <A>(target: string, params: (args: A) => PhaseEnded) =>
  ({
    guard: { type: "passes", params },
    target,
    actions: { type: "passPhase", params },
  }) as const;

export const migrating = migrationSetup.createStateConfig({
  initial: "routing",
  on: {
    "failure.reported": {
      target: "recovering",
      actions: {
        type: "recordFailure",
        params: ({ context, event }) => ({ ...event, target: event.target ?? context.target }),
      },
    },
  },
  states: {
    routing: {
      always: [
        { guard: "leftSomethingBehind", target: "discardingTarget" },
        { guard: "lacksTarget", target: "choosingTarget" },
        { target: "preparing" },
      ],
    },
    discardingTarget: {
      entry: { type: "enterPhase", params: { phase: "discardingTarget" } },
      invoke: {
        id: "discard",
        src: "discard",
        input: portInput.discard,
        onDone: [passing("routing", outputOf("discardingTarget")), failedBy(outputOf("discardingTarget"))],
        onError: failedBy(thrownBy("discardingTarget")),
      },
      after: { untilDeadline: failedBy(timeoutOf("discardingTarget")) },
    },
    choosingTarget: {
      entry: { type: "enterPhase", params: { phase: "choosingTarget" } },
      invoke: {
        id: "chooseTarget",
        src: "chooseTarget",
        input: portInput.chooseTarget,
        onDone: [passing("preparing", outputOf("choosingTarget")), failedBy(outputOf("choosingTarget"))],
        onError: failedBy(thrownBy("choosingTarget")),
      },
      after: { untilDeadline: failedBy(timeoutOf("choosingTarget")) },
    },
    preparing: {
      entry: { type: "enterPhase", params: { phase: "preparing" } },
      invoke: {
        id: "checkCompatibility",
        src: "checkCompatibility",
        input: portInput.checkCompatibility,
        onDone: [
          {
            // The source stands still since the first capture: its bytes are still those.
            guard: { type: "passesWithSnapshot", params: outputOf("preparing") },
            target: "transferring",
            actions: { type: "passPhase", params: outputOf("preparing") },
          },
          passing("capturing", outputOf("preparing")),
          failedBy(outputOf("preparing")),
        ],
        onError: failedBy(thrownBy("preparing")),
      },
      after: { untilDeadline: failedBy(timeoutOf("preparing")) },
    },
    capturing: {
      entry: { type: "enterPhase", params: { phase: "capturing" } },
      invoke: {
        id: "capture",
        src: "capture",
        input: portInput.capture,
        onDone: [passing("transferring", outputOf("capturing")), failedBy(outputOf("capturing"))],
        onError: failedBy(thrownBy("capturing")),
      },
      after: { untilDeadline: failedBy(timeoutOf("capturing")) },
    },
    transferring: {
      entry: { type: "enterPhase", params: { phase: "transferring" } },
      invoke: {
        id: "transfer",
        src: "transfer",
        input: portInput.transfer,
        onDone: [passing("validating", outputOf("transferring")), failedBy(outputOf("transferring"))],
        onError: failedBy(thrownBy("transferring")),
      },
      after: { untilDeadline: failedBy(timeoutOf("transferring")) },
    },
    validating: {
      entry: { type: "enterPhase", params: { phase: "validating" } },
      invoke: {
        id: "validate",
        src: "validate",
        input: portInput.validate,
        onDone: [passing("restoring", outputOf("validating")), failedBy(outputOf("validating"))],
        onError: failedBy(thrownBy("validating")),
      },
      after: { untilDeadline: failedBy(timeoutOf("validating")) },
    },
    restoring: {
      entry: { type: "enterPhase", params: { phase: "restoring" } },
      invoke: {
        id: "restore",
        src: "restore",
        input: portInput.restore,
        onDone: [passing("#migration.committing", outputOf("restoring")), failedBy(outputOf("restoring"))],
        onError: failedBy(thrownBy("restoring")),
      },
      after: { untilDeadline: failedBy(timeoutOf("restoring")) },
    },
  },
});
