import { assign, type AnyStateMachine, enqueueActions } from "xstate";
import { crashBudgetMachine, type CrashBudgetContext } from "../../../machines/crash-budget.ts";
import type { Mutant } from "../../../src/explore/index.ts";

export { explore } from "../../../machines/crash-budget/explore.ts";
export { crashBudgetMachine };

const broken = (name: string, change: object): Mutant => ({
  name,
  machine: crashBudgetMachine.provide(change) as AnyStateMachine,
});
interface At {
  at: number;
}

export const mutants: readonly Mutant[] = [
  broken("every crash is granted a retry", {
    actions: {
      recordCrash: assign(({ context: { window } }: { context: CrashBudgetContext }, { at }: At) => ({
        window: { startedAt: at, crashes: (window?.crashes ?? 0) + 1, grantedAt: [] },
        decision: { kind: "retry" as const, retryAfterMs: 1, attempt: 1 },
        at,
        deadline: at + 1,
      })),
    },
  }),
  broken("a refusal that is over at once", {
    guards: { withinBudget: () => false, overOuterLimit: () => false },
    actions: {
      recordCrash: assign((_: unknown, { at }: At) => ({
        decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 0 },
        at,
        deadline: at,
      })),
    },
  }),
  broken("a timer that dates itself too early", {
    actions: { disarm: assign((_: unknown, { at }: At) => ({ at: Math.max(0, at - 1), deadline: null })) },
  }),
  broken("delays of nothing", { delays: { untilDeadline: () => 0 } }),
  broken("a start forgets the crashes", {
    actions: { armProof: assign((_: unknown, { at }: At) => ({ at, deadline: at + 2, window: null })) },
  }),
  broken("a quarantine is not remembered", { actions: { rememberQuarantine: () => {} } }),
  broken("a started probe is granted another start", {
    actions: {
      armProof: enqueueActions(({ enqueue }, { at }: At) => {
        enqueue.assign({ at, deadline: at + 2 });
        enqueue.emit({ type: "start.granted" });
      }),
    },
  }),
  broken("no quarantine", { guards: { overOuterLimit: () => false } }),
];
