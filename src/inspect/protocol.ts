/**
 * The wire protocol of the inspector: what an app under inspection (a source), the server and a page (a viewer) tell each
 * other, one JSON object a text frame. A recording (`.jsonl`) holds the same objects, one a line, as a viewer gets them.
 *
 * ```text
 * source → server   hello, def, batch, gap, bye, answer      server → source   resume, ack, command
 * server → viewer   welcome, hello, def, batch, gap,         viewer → server   attach, credits, command, inject
 *                   ended, status, answer
 * ```
 *
 * A source numbers its records (`seq`, from 1). Every number reaches a viewer in order, in a batch or in a gap: what is
 * missing without a gap is a bug. Definitions and registrations of actors are never lost: a gap is followed by a batch
 * marked `catchUp` with the registrations it covers and the latest value, context and status of each actor it covers, and
 * the latest domain record of each subject, all under their old numbers.
 *
 * @module
 */
import * as z from "zod";
import { ChartModel } from "../chart/model.ts";
import { Answer, Command } from "./protocol/command.ts";
import { Encoded } from "./protocol/encoded.ts";
import { type InspectionRecord, isInspectionRecord } from "./protocol/record.ts";

/** Version of this protocol. A server refuses a source or a viewer of another one. */
export const protocolVersion = 1;

/**
 * Where the server listens for WebSockets of this protocol; the token goes into the query, `?token=…`, as in the address
 * of the page. On every other path it takes the messages of `@statelyai/inspect`.
 */
export const viewerPath = "/viewer";
export const sourcePath = "/source";

const Seq = z.int().nonnegative();
/** Chosen by the source, at random; the same after a reconnect. */
const SourceId = z.string().min(1).max(64);

/** Introduces a source; again after each reconnect. */
export const Hello = z.object({
  type: z.literal("hello"),
  proto: z.literal(protocolVersion),
  source: SourceId,
  /** A name for people; not unique. */
  app: z.string(),
  /** `null` in a browser. */
  pid: z.int().nullable(),
  /** Where it comes from: this package, `@statelyai/inspect` (one way: takes no commands), or a file. */
  via: z.enum(["homeostat", "stately", "recording"]),
  /** Milliseconds since the Unix epoch at which its `at` is 0: wall time = `timeOrigin + at`. */
  timeOrigin: z.number(),
  /** What can be asked of it: names of commands. */
  accepts: z.array(z.string()),
  /** Whether the transitions it reports are those that were taken, or inferred from values. */
  exactTransitions: z.boolean(),
});
export type Hello = z.infer<typeof Hello>;

/** A machine, once per source; before the first record of an actor that has it. */
export const Definition = z.object({
  type: z.literal("def"),
  source: SourceId,
  /** Of `config` and `model`: the same machine has the same one in every process. */
  hash: z.string(),
  /** The machine's id. */
  machine: z.string(),
  version: z.string().nullable(),
  /** The machine's configuration in its own order; functions are tagged, secrets are redacted. */
  config: Encoded,
  /** `null` if none can be made of it. Record kind `t` counts in `model.transitions`. */
  model: ChartModel.nullable(),
  /** JSON Schemas of event payloads by type, where the machine has zod schemas; for forms. */
  events: z.record(z.string(), z.json()).nullable(),
});
export type Definition = z.infer<typeof Definition>;

/** Records in ascending order of `seq`; at most one batch each 33 ms of a source. */
export const Batch = z.object({
  type: z.literal("batch"),
  source: SourceId,
  /** State from within the gap before it, not what happened: for the tree and the chart, not for the log. */
  catchUp: z.literal(true).optional(),
  records: z.array(z.custom<InspectionRecord>(isInspectionRecord, "not an inspection record")),
});
export type Batch = z.infer<typeof Batch>;

/** Records `from` to `to`, both included, are not sent; a `catchUp` follows. */
export const Gap = z.object({
  type: z.literal("gap"),
  source: SourceId,
  from: Seq,
  to: Seq,
  reason: z.enum([
    /** more than the queue of the app holds */
    "queueFull",
    /** more than this viewer takes, or than the server keeps */
    "shed",
    /** somebody paused the source */
    "paused",
    /** lost while there was no connection */
    "disconnected",
  ]),
});
export type Gap = z.infer<typeof Gap>;

/** The source ends by itself. */
export const Bye = z.object({ type: z.literal("bye"), source: SourceId });
export type Bye = z.infer<typeof Bye>;

/** To a source after its `hello`: send what follows `seq`, and every definition and registration. */
export const Resume = z.object({ type: z.literal("resume"), source: SourceId, seq: Seq });
export type Resume = z.infer<typeof Resume>;

/** To a source: everything up to `seq` has arrived and need not be kept. */
export const Ack = z.object({ type: z.literal("ack"), source: SourceId, seq: Seq });
export type Ack = z.infer<typeof Ack>;

/** A question or an order to a source; from a viewer, or handed on by the server. Answered once, under the same `id`. */
export const CommandMessage = z.object({
  type: z.literal("command"),
  /** Unique within the connection it is sent on. */
  id: z.string().min(1).max(64),
  source: SourceId,
  command: Command,
});
export type CommandMessage = z.infer<typeof CommandMessage>;

export const AnswerMessage = z.object({ type: z.literal("answer"), id: z.string(), answer: Answer });
export type AnswerMessage = z.infer<typeof AnswerMessage>;

/** The first message of a viewer. */
export const Attach = z.object({
  type: z.literal("attach"),
  proto: z.literal(protocolVersion),
  /** The last `seq` it has, by source; of a source that is not named it has nothing. */
  have: z.record(z.string(), Seq),
});
export type Attach = z.infer<typeof Attach>;

/** So many more records may be sent: added to what is left. A viewer that grants none gets none, then a gap. */
export const Credits = z.object({ type: z.literal("credits"), records: z.int().positive().max(10_000_000) });
export type Credits = z.infer<typeof Credits>;

/**
 * A page hands on what it received itself, by `postMessage` or from a file, so that other viewers and the recording get it.
 * Its lines are source messages.
 */
export const Inject = z.object({ type: z.literal("inject"), messages: z.array(z.unknown()) });
export type Inject = z.infer<typeof Inject>;

/** The first message to a viewer. The sources follow, each with its definitions, actors and latest state. */
export const Welcome = z.object({
  type: z.literal("welcome"),
  proto: z.literal(protocolVersion),
  /** Version of homeostat. */
  version: z.string(),
  /** Whether `send` and domain verbs are handed on; else they are answered with `sendDisabled`. */
  allowSend: z.boolean(),
  sources: z.array(SourceId),
});
export type Welcome = z.infer<typeof Welcome>;

/** No more comes of a source: it said `bye`, its connection is lost (it may come back with a `hello`), or its file ends. */
export const Ended = z.object({
  type: z.literal("ended"),
  source: SourceId,
  reason: z.enum(["bye", "lost", "endOfFile"]),
});
export type Ended = z.infer<typeof Ended>;

/** What the server refused and dropped, in total since its start; to every viewer, when it has changed. */
export const Status = z.object({
  type: z.literal("status"),
  /** Connections and requests that were not let in. */
  refused: z.object({ origin: z.int(), host: z.int(), token: z.int() }),
  /** Messages that are not of a protocol that is known. */
  dropped: z.int(),
  /** Why the last one was dropped. */
  lastProblem: z.string().nullable(),
  /** Records shed, for this viewer. */
  shed: z.int(),
  viewers: z.int(),
});
export type Status = z.infer<typeof Status>;

export const SourceMessage = z.discriminatedUnion("type", [
  Hello,
  Definition,
  Batch,
  Gap,
  Bye,
  AnswerMessage,
]);
export type SourceMessage = z.infer<typeof SourceMessage>;
export const ToSource = z.discriminatedUnion("type", [Resume, Ack, CommandMessage]);
export type ToSource = z.infer<typeof ToSource>;
export const ViewerMessage = z.discriminatedUnion("type", [Attach, Credits, CommandMessage, Inject]);
export type ViewerMessage = z.infer<typeof ViewerMessage>;
export const ToViewer = z.discriminatedUnion("type", [
  Welcome,
  Hello,
  Definition,
  Batch,
  Gap,
  Ended,
  Status,
  AnswerMessage,
]);
export type ToViewer = z.infer<typeof ToViewer>;
/** A line of a recording. */
export const RecordingLine = z.discriminatedUnion("type", [Hello, Definition, Batch, Gap, Ended]);
export type RecordingLine = z.infer<typeof RecordingLine>;
