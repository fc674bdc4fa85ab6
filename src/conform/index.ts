/** Conformance: recorded traffic checked against homeostat's charts or its pure decisions. */
export { renderDifferences } from "./diff.ts";
export type { Source } from "./lines.ts";
export { type Registry, registry, type Via, vias } from "./registry.ts";
export {
  type CaseDifference,
  conform,
  type ConformOptions,
  type ConformRecord,
  type KindCounts,
} from "./run.ts";
export { conformTrace, type TraceOptions, type TraceRecord } from "./trace.ts";
