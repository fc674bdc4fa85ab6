import { assign, type AnyStateMachine, enqueueActions } from "xstate";
import { recoveryMachine, type RecoveryContext } from "../../../machines/recovery.ts";
import type { Mutant } from "../../../src/explore/index.ts";

export { explore } from "../../../machines/recovery/explore.ts";
export { recoveryMachine };

const broken = (name: string, change: object): Mutant => ({
  name,
  machine: recoveryMachine.provide(change) as AnyStateMachine,
});

export const mutants: readonly Mutant[] = [
  broken("an attempt costs nothing", {
    actions: { beginAttempt: assign({ attemptOpen: true }) },
  }),
  broken("closed attempts are not told", { actions: { tellAttemptClosed: () => {} } }),
  broken("a failed abort is not noted", { actions: { failAbort: assign({ cause: null, deadline: null }) } }),
  broken("no attempt is begun", { actions: { beginAttempt: () => {} } }),
  broken("attempts beyond the budget", {
    actions: {
      beginAttempt: assign(({ context }: { context: RecoveryContext }) => ({
        attemptOpen: true,
        attempts: context.attempts + 2,
      })),
    },
  }),
  broken("nothing is confirmed", { guards: { confirms: () => false } }),
  broken("nothing is undone", { guards: { compensates: () => false } }),
  broken("steps end without a word", { actions: { tellStepFinished: () => {} } }),
  broken("the log grows", {
    actions: {
      tellQueued: enqueueActions(
        ({ enqueue, context }: { enqueue: { assign(it: object): void }; context: RecoveryContext }) =>
          enqueue.assign({ log: [...context.log, ...context.log, { seq: 1, episode: 1, at: 0, type: "x" }] }),
      ),
    },
  }),
  broken("a step that is done is done again", { actions: { passStep: () => {} } }),
];
