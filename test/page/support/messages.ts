/** Protocol messages by hand: an app of which a test decides every record. */
import type { ChartModel } from "../../../src/chart/model.ts";
import type { Batch, Definition, Hello } from "../../../src/inspect/protocol.ts";
import type { ActorInfo, InspectionRecord } from "../../../src/inspect/protocol/record.ts";

export const source = "s1";
export const timeOrigin = 1_700_000_000_000;

export const hello = (facts: Partial<Hello> = {}): Hello => ({
  type: "hello",
  proto: 1,
  source,
  app: "demo",
  pid: 1,
  via: "homeostat",
  timeOrigin,
  accepts: [],
  exactTransitions: true,
  ...facts,
});

export const definition = (model: ChartModel, hash = "h1"): Definition => ({
  type: "def",
  source,
  hash,
  machine: model.id,
  version: null,
  config: {},
  model,
  events: null,
});

export const batch = (...records: InspectionRecord[]): Batch => ({ type: "batch", source, records });

export const info = (id: string, facts: Partial<ActorInfo> = {}): ActorInfo => ({
  session: `x:${id}`,
  parent: 0,
  id,
  path: id,
  systemId: null,
  src: null,
  logic: "machine",
  def: null,
  ...facts,
});
