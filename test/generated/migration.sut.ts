import { migrationMachine } from "../../machines/migration.ts";
import { implementationsOf } from "./support/implementations.ts";

export const suts = implementationsOf(migrationMachine);
