import { leaseRecoveryMachine } from "../../machines/lease-recovery.ts";
import { implementationsOf } from "./support/implementations.ts";

export const suts = implementationsOf(leaseRecoveryMachine);
