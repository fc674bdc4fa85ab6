/**
 * The observer of a system of XState actors. What happens is stamped where it happens and nothing else; it is encoded,
 * redacted and handed to the sinks at most once each 33 ms. An observer that throws would wedge an actor half-way
 * through its step, so that nothing here does.
 *
 * @module
 */
import type { AnyActorRef, InspectionEvent } from "xstate";
import { answerCommand } from "./commands.ts";
import type { EncodeOptions } from "./encode.ts";
import { Fold } from "./fold.ts";
import { Queue } from "./inspector/queue.ts";
import { Writer } from "./inspector/writer.ts";
import { type Definition, type Gap, type Hello, protocolVersion, type SourceMessage } from "./protocol.ts";
import type { Answer, Command, CommandName } from "./protocol/command.ts";
import type { DomainRecord } from "./protocol/domain.ts";
import type { InspectionRecord } from "./protocol/record.ts";
import { type InspectedSupervisor, superviseRecords } from "./supervision.ts";

/** Takes the messages of a source, in order. What it throws is counted, and it goes on being called. */
export type Sink = (message: SourceMessage) => void;

export interface InspectorOptions {
  /** A name for people (default `app`). */
  readonly app?: string;
  readonly pid?: number | null;
  readonly encode?: EncodeOptions;
  /** Records that may wait for the next batch (default 100,000); what comes on top is shed, and a gap says so. */
  readonly queue?: number;
  /** Milliseconds between batches (default 33). */
  readonly batchMs?: number;
  /** Milliseconds since `timeOrigin`; default: `performance`. */
  readonly now?: () => number;
  readonly timeOrigin?: number;
  readonly setTimeout?: (callback: () => void, delayMs: number) => unknown;
  /** Whose records are told and whose verbs are offered. */
  readonly supervisor?: InspectedSupervisor;
}

export interface Inspector {
  /** Random, the same for its whole life. */
  readonly source: string;
  /** For `createActor(logic, { inspect })`: sees every actor of its system. */
  readonly inspect: (event: InspectionEvent) => void;
  /** Sees the system of an actor that runs already, with those that are there; returns the way to end that. */
  attach(actor: AnyActorRef): () => void;
  /** Tells a supervisor's records, and the state of what it looks after; offers its verbs. */
  supervise(supervisor: InspectedSupervisor): () => void;
  /** What a supervisor, or whoever knows, has to say. */
  tell(record: DomainRecord): void;
  /** Introduces the source to `sink`, with all that there is now; then every message. Returns the way to end that. */
  connect(sink: Sink): () => void;
  /** Answers what a viewer asks. Never throws. */
  ask(command: Command): Answer;
  pause(paused: boolean): void;
  /** Sends what waits, now. */
  flush(): void;
  /** Sends what waits and says goodbye. */
  close(): void;
  /** How often watching itself went wrong; the actors did not notice. */
  readonly failures: number;
}

const commands: readonly CommandName[] = ["send", "whatIf", "accepts", "snapshot", "pause"];
const supervisionCommands: readonly CommandName[] = ["act", "restart", "resetBudget", "explain"];

export function createInspector(options: InspectorOptions = {}): Inspector {
  const { app = "app", pid = null, queue: limit = 100_000, batchMs = 33, encode = {} } = options;
  const source = crypto.randomUUID();
  const now = options.now ?? (() => performance.now());
  const schedule = options.setTimeout ?? defaultTimeout;
  const writer = new Writer(encode);
  const sinks = new Set<Sink>();
  const definitions = new Map<string, Definition>();
  const state = new Fold();
  let supervisor: InspectedSupervisor | null = null;
  let endSupervision: (() => void) | null = null;
  let isScheduled = false;
  let failures = 0;
  let sentSeq = 0;
  const queue = new Queue(limit, now, () => {
    if (isScheduled) return;
    isScheduled = true;
    schedule(flush, batchMs);
  });

  const inspector: Inspector = {
    source,
    inspect: (event) => guarded(() => queue.note(event)),
    attach(actor) {
      guarded(() => queue.adopt(actor));
      const watching = actor.system.inspect(inspector.inspect);
      return () => watching.unsubscribe();
    },
    supervise(given) {
      endSupervision?.();
      supervisor = given;
      const end = superviseRecords(given, { tell: (record) => inspector.tell(record), now });
      for (const sink of sinks) deliver(sink, hello());
      endSupervision = () => {
        end();
        supervisor = null;
        endSupervision = null;
      };
      return endSupervision;
    },
    tell: (record) => guarded(() => queue.tell(record)),
    connect(sink) {
      flush();
      deliver(sink, hello());
      for (const it of definitions.values()) deliver(sink, it);
      if (sentSeq > 0) {
        deliver(sink, gap({ from: 1, to: sentSeq, reason: "disconnected" }));
        deliver(sink, { type: "batch", source, catchUp: true, records: state.records() });
      }
      sinks.add(sink);
      return () => sinks.delete(sink);
    },
    ask(command) {
      flush();
      try {
        if (command.name === "pause") {
          inspector.pause(command.paused);
          return { ok: true, result: { kind: "paused", paused: command.paused } };
        }
        return answerCommand(command, { queue, writer, supervisor, seq: sentSeq });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { ok: false, code: "failed", message };
      }
    },
    pause: (paused) => queue.pause(paused),
    flush,
    close() {
      flush();
      for (const sink of sinks) deliver(sink, { type: "bye", source });
      sinks.clear();
      endSupervision?.();
    },
    get failures() {
      return failures;
    },
  };
  if (options.supervisor !== undefined) inspector.supervise(options.supervisor);
  return inspector;

  function hello(): Hello {
    return {
      type: "hello",
      proto: protocolVersion,
      source,
      app,
      pid,
      via: "homeostat",
      timeOrigin: options.timeOrigin ?? performance.timeOrigin,
      accepts: [...commands, ...(supervisor === null ? [] : supervisionCommands)],
      exactTransitions: true,
    };
  }

  function flush(): void {
    isScheduled = false;
    guarded(() => {
      const { records, gap: missing, define } = writer.write(queue.take());
      for (const it of define) {
        if (definitions.has(it.hash)) continue;
        const definition: Definition = { type: "def", source, ...it };
        definitions.set(it.hash, definition);
        broadcast(definition);
      }
      emit(records);
      if (missing === null) return;
      broadcast(gap(missing));
      sentSeq = missing.to;
      const { records: caughtUp } = missing;
      if (caughtUp.length > 0) broadcast({ type: "batch", source, catchUp: true, records: caughtUp });
      for (const it of caughtUp) state.add(it);
    });
    guarded(() => emit(writer.writeContexts(queue)));
  }

  function emit(records: readonly InspectionRecord[]): void {
    if (records.length === 0) return;
    for (const it of records) state.add(it);
    sentSeq = records.at(-1)?.[1] ?? sentSeq;
    broadcast({ type: "batch", source, records: [...records] });
  }

  function gap({ from, to, reason }: Pick<Gap, "from" | "to" | "reason">): Gap {
    return { type: "gap", source, from, to, reason };
  }

  function broadcast(message: SourceMessage): void {
    for (const sink of sinks) deliver(sink, message);
  }

  function deliver(sink: Sink, message: SourceMessage): void {
    guarded(() => sink(message));
  }

  function guarded(work: () => void): void {
    try {
      work();
    } catch {
      failures += 1;
    }
  }
}

/** Does not keep a process alive. */
function defaultTimeout(callback: () => void, delayMs: number): void {
  const timer: unknown = setTimeout(callback, delayMs);
  if (typeof timer === "object" && timer !== null && "unref" in timer) (timer as { unref(): void }).unref();
}
