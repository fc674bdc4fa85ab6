/**
 * Restart policies against crash traces, in virtual time.
 *
 * @module
 */
export type { RestartPolicy } from "./policy.ts";
export { builtInPolicies } from "./policies.ts";
export { type Conditions, simulate, type Simulated } from "./simulate.ts";
export { drawSweep } from "./svg.ts";
export { sweep } from "./sweep.ts";
export { type CrashTrace, parseTrace } from "./trace.ts";
