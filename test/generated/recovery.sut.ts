import { recoveryMachine } from "../../machines/recovery.ts";
import { implementationsOf } from "./support/implementations.ts";

export const suts = implementationsOf(recoveryMachine);
