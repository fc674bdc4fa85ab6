/**
 * What was begun before the page itself was loaded: the layout's worker, which reads 1.6 MB. Only types are shared with
 * what begins it, so that the page stays one file.
 *
 * @module
 */
import { inlined } from "./inlined.ts";

export interface Started {
  readonly elkUrl: string;
  /** `null` once it is taken. */
  elk: Worker | null;
}

declare global {
  var homeostatStarted: Started | undefined;
}

/** Address of ELK's own file; a replay has it as text. */
export const elkUrl = (): string => inlined("elk") ?? globalThis.homeostatStarted?.elkUrl ?? "";

export function elkWorker(): Worker {
  const early = globalThis.homeostatStarted?.elk ?? null;
  if (early === null) return new Worker(elkUrl());
  if (globalThis.homeostatStarted !== undefined) globalThis.homeostatStarted.elk = null;
  return early;
}
