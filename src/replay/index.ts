/** Replay: the decisions of a log, derived again from its facts. */
export type { ComparedDecision, Divergence } from "./compare.ts";
export type { Decision } from "./facts.ts";
export type { Source } from "./log.ts";
export type { ReplayPolicy } from "./rederivation.ts";
export {
  replay,
  type ReplayCounts,
  type ReplayDifference,
  type ReplayOptions,
  type ReplayRecord,
} from "./replay.ts";
export { type DecidedBy, explainLog, type ExplainedLog, type LoggedExplanation } from "./explain.ts";
