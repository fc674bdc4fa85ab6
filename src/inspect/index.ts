/** Inspection: what happens in a system of XState actors, as records; the protocol that carries them. */
export { activeIds, inferTransitions } from "./definitions.ts";
export { decode, encode, type EncodeOptions } from "./encode.ts";
export { Fold } from "./fold.ts";
export { type Link, type LinkOptions, type LinkSocket, linkTo } from "./link.ts";
export { createInspector, type Inspector, type InspectorOptions, type Sink } from "./inspector.ts";
export {
  Accepts,
  Answer,
  AnswerCode,
  type AnswerResult,
  changingCommands,
  Command,
  type CommandName,
  SnapshotAnswer,
  WhatIf,
} from "./protocol/command.ts";
export type * from "./protocol/domain.ts";
export { Encoded, redacted, tagKey } from "./protocol/encoded.ts";
export { applyPatch, isInspectionRecord } from "./protocol/record.ts";
export type * from "./protocol/record.ts";
export {
  Ack,
  AnswerMessage,
  Attach,
  Batch,
  Bye,
  CommandMessage,
  Credits,
  Definition,
  Ended,
  Gap,
  Hello,
  Inject,
  protocolVersion,
  RecordingLine,
  Resume,
  SourceMessage,
  sourcePath,
  Status,
  ToSource,
  ToViewer,
  ViewerMessage,
  viewerPath,
  Welcome,
} from "./protocol.ts";
export { parseRecordingLine, type ParsedLine, replayed, toRecordingLine } from "./recording.ts";
export { type HandshakeOptions, StatelyHandshake } from "./receive-stately/handshake.ts";
export { type Received, StatelyReceiver, type StatelyReceiverOptions } from "./receive-stately.ts";
export {
  attachStately,
  type AttachedStately,
  sendToStately,
  type StatelyModule,
  type StatelyOptions,
} from "./stately.ts";
export type { InspectedSupervisor } from "./supervision.ts";
