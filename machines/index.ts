export { crashBudgetMachine } from "./crash-budget.ts";
export { migrationMachine } from "./migration.ts";
export { fromPort, notProvided, tell } from "./actors.ts";
