import { crashBudgetMachine } from "../../machines/crash-budget.ts";
import { implementationsOf } from "./support/implementations.ts";

export const suts = implementationsOf(crashBudgetMachine);
