import type { AnyStateMachine, Snapshot } from "xstate";
import { crashBudgetMachine } from "../../../machines/crash-budget.ts";
import { afterHostRestart } from "../../../machines/crash-budget/decisions.ts";

/**
 * `snapshot` of `machine` as it is after the end of its host: what had been granted and was under way ended with it, and
 * nobody would report that.
 */
export function revive(machine: AnyStateMachine, snapshot: Snapshot<unknown>, at: number): Snapshot<unknown> {
  if (machine.id !== crashBudgetMachine.id) return snapshot;
  const { value, context } = snapshot as unknown as Parameters<typeof afterHostRestart>[0];
  return { ...snapshot, ...afterHostRestart({ value, context }, at) } as Snapshot<unknown>;
}
