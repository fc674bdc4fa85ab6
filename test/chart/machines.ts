import type { AnyStateMachine } from "xstate";
import { type ChartModel, layoutChart, type LayoutOptions, type PlacedChart } from "../../src/chart/index.ts";
import {
  crashBudgetMachine,
  leaseRecoveryMachine,
  migrationMachine,
  pluginLifecycleMachine,
  recoveryMachine,
  supervisorMachine,
} from "../../machines/index.ts";
import * as fixtures from "../fixtures/machines/index.ts";

export const ourMachines: readonly AnyStateMachine[] = [
  crashBudgetMachine,
  leaseRecoveryMachine,
  migrationMachine,
  pluginLifecycleMachine,
  recoveryMachine,
  supervisorMachine,
];

/** `[id, machine]` of our charts and of the fixtures. */
export const everyMachine: readonly (readonly [id: string, machine: AnyStateMachine])[] = [
  ...ourMachines,
  ...Object.values<AnyStateMachine>(fixtures),
].map((it) => [it.id, it] as const);

/** Lays out, however long it takes: a busy machine must not fold a chart. */
export function layOut(model: ChartModel, options: LayoutOptions = {}): Promise<PlacedChart> {
  return layoutChart(model, { capMs: 2 ** 31 - 1, ...options });
}
