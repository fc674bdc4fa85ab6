/** Replay: the decisions of a log, derived again from its facts. */
export type { ComparedDecision, Divergence } from "./compare.ts";
export { type DecidedBy, explainLog, type ExplainedLog, type LoggedExplanation } from "./explain.ts";
export { replay, type ReplayDifference, type ReplayOptions, type ReplayRecord } from "./replay.ts";
