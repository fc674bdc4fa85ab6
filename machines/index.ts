/** The charts, and the seam by which a host fills them. */
export { fromPort, notProvided, tell } from "./actors.ts";
export { crashBudgetMachine } from "./crash-budget.ts";
export { leaseRecoveryMachine } from "./lease-recovery.ts";
export { migrationMachine } from "./migration.ts";
export { pluginLifecycleMachine } from "./plugin-lifecycle.ts";
export { recoveryMachine } from "./recovery.ts";
export { supervisorMachine } from "./supervisor.ts";
