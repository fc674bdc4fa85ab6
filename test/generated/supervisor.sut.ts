import { supervisorMachine } from "../../machines/supervisor.ts";
import { implementationsOf } from "./support/implementations.ts";

export const suts = implementationsOf(supervisorMachine);
