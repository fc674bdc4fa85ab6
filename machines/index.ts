export { crashBudgetMachine } from "./crash-budget.ts";
export { recoveryMachine } from "./recovery.ts";
export { fromPort, notProvided, tell } from "./actors.ts";
