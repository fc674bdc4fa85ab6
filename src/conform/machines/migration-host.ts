/**
 * What the host of a recording answers to a chart: any target will do, and bytes are in hexadecimal.
 *
 * @module
 */
import type { PortOutput } from "../../core/migration.ts";
import { digestOfHex, sinceEpoch } from "../wire/migration.ts";
import type { HostAnswers } from "./migration-actor.ts";

export interface CapturedHex {
  readonly state: string;
  readonly policyData: string;
  readonly nowSecs: number;
}

/** A host with room for anything, that captures `state` and never ends a transfer. */
export function captureHost({ state, policyData, nowSecs }: CapturedHex): HostAnswers {
  const at = sinceEpoch(nowSecs);
  return {
    checkCompatibility: () => ({ outcome: "done", at, ...roomForAnything }),
    capture: () => ({
      outcome: "done",
      at,
      state: { kind: "inline", encoding: "hex", data: state },
      digest: digestOfHex(state),
      policyData,
      source: null,
      takenAt: nowSecs * 1000,
    }),
  };
}

const roomForAnything: Pick<
  Extract<PortOutput<"checkCompatibility">, { outcome: "done" }>,
  "requirements" | "capabilities"
> = {
  requirements: {
    architecture: null,
    memoryBytes: 0,
    storageBytes: 0,
    features: [],
    stateBytes: 0,
    version: "0.1.0",
  },
  capabilities: {
    architectures: [],
    memoryBytes: 0,
    storageBytes: 0,
    features: [],
    maxStateBytes: 0,
    minVersion: "0.1.0",
  },
};
