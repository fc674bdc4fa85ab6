/**
 * Restart policies against crash traces, in virtual time.
 *
 * @module
 */
export type { Answer, Crash, Decision, RestartPolicy } from "./policy.ts";
export { builtInPolicies } from "./policies.ts";
export { type Conditions, simulate, type Simulated, simulateOne } from "./simulate.ts";
export { drawSweep } from "./svg.ts";
export { sweep, type SweepLine, type SweepPoint } from "./sweep.ts";
export { type CrashTrace, parseTrace } from "./trace.ts";
