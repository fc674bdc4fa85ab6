/**
 * Migration of an agent from one host to another: vocabulary and pure decisions. The chart is `machines/migration.ts`.
 *
 * | Part | Decides |
 * |---|---|
 * | `errors` | what can be retried, and whether another target is needed |
 * | `policy` | bounds, back-off, the rules that the preset `reference` switches off |
 * | `recovery` | what to do about a failure, when, and which attempt a mark closes |
 * | `snapshot` | what two copies are compared by, how long one may be rolled back to |
 * | `compatibility` | whether a target can take an agent |
 * | `validator`, `audit` | the book of snapshots and of what was done |
 * | `ports` | what a host provides |
 *
 * @module
 */
export * from "./migration/audit.ts";
export * from "./migration/compatibility.ts";
export * from "./migration/errors.ts";
export * from "./migration/policy.ts";
export * from "./migration/ports.ts";
export * from "./migration/recovery.ts";
export * from "./migration/snapshot.ts";
export * from "./migration/validator.ts";
