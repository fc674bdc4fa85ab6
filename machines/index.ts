export { crashBudgetMachine } from "./crash-budget.ts";
export { fromPort, notProvided, tell } from "./actors.ts";
