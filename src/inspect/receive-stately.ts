/**
 * Takes the messages of `@statelyai/inspect` (browser, iframe, WebSocket, its own server, its manual API), one way, and
 * makes a source of them. They have no numbers, no microsteps, no depth below ten and no fixed order of keys: numbers are
 * given here, transitions are inferred from values, and times are when XState's event was converted.
 *
 * One receiver a connection: every process numbers its actors from `x:0`.
 *
 * @see https://github.com/statelyai/inspect
 * @module
 */
import { createMachine } from "xstate";
import type * as z from "zod";
import { modelOf } from "../chart/model-of.ts";
import type { ChartModel } from "../chart/model.ts";
import { inferTransitions, type KnownDefinition } from "./definitions.ts";
import { encode, encodeDefinition } from "./encode.ts";
import { hashOf } from "./hash.ts";
import { protocolVersion, type SourceMessage } from "./protocol.ts";
import type { Encoded } from "./protocol/encoded.ts";
import type { InspectionRecord, StateValue } from "./protocol/record.ts";
import { type StatelySnapshot, StatelyMessage } from "./receive-stately/message.ts";

export interface StatelyReceiverOptions {
  /** Takes the messages of the source; `hello` first. */
  readonly emit: (message: SourceMessage) => void;
  /** A name for people. */
  readonly app: string;
  /** Default 33. */
  readonly batchMs?: number;
}

interface Actor {
  readonly number: number;
  readonly path: string;
  readonly definition: KnownDefinition | null;
  value: StateValue | null;
  context: Encoded | undefined;
  hasEnded: boolean;
}

export type Received =
  | "taken"
  /** it names an actor, or a parent, that was never registered: what came before is missing */
  | "incomplete"
  /** not a message of `@statelyai/inspect` */
  | "foreign";

export class StatelyReceiver {
  readonly #options: StatelyReceiverOptions;
  #source = "";
  #actors = new Map<string, Actor>();
  #definitions = new Map<string, KnownDefinition>();
  #records: InspectionRecord[] = [];
  #seq = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: StatelyReceiverOptions) {
    this.#options = options;
  }

  receive(message: unknown): Received {
    const parsed = StatelyMessage.safeParse(message);
    if (!parsed.success) return "foreign";
    const { data } = parsed;
    if (this.#source === "") this.#begin();
    const { sessionId } = data;
    if (data.type === "@xstate.actor") {
      const isIncomplete = typeof data.parentId === "string" && !this.#actors.has(data.parentId);
      this.#register(data);
      return isIncomplete ? "incomplete" : "taken";
    }
    const isIncomplete = !this.#actors.has(sessionId);
    const actor = this.#actors.get(sessionId) ?? this.#create(sessionId, { name: sessionId });
    const { type, ...payload } = data.event;
    if (data.type === "@xstate.event") {
      const from = typeof data.sourceId === "string" ? (this.#actors.get(data.sourceId)?.number ?? 0) : 0;
      const shown = Object.keys(payload).length === 0 ? null : encode(payload);
      this.#push((seq, at) => ["e", seq, at, actor.number, from, type, shown], data.createdAt);
    } else {
      this.#snapshot(actor, data.snapshot, { event: type, createdAt: data.createdAt });
    }
    return isIncomplete ? "incomplete" : "taken";
  }

  /** Forgets what came so far: its sender sends all of it again. The old source ends. */
  clear(): void {
    this.end();
    this.#actors = new Map();
    this.#definitions = new Map();
    this.#seq = 0;
  }

  /** The connection has ended. */
  end(): void {
    if (this.#source === "") return;
    this.flush();
    this.#options.emit({ type: "bye", source: this.#source });
    this.#source = "";
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#records.length === 0) return;
    const records = this.#records;
    this.#records = [];
    this.#options.emit({ type: "batch", source: this.#source, records });
  }

  #begin(): void {
    this.#source = crypto.randomUUID();
    this.#options.emit({
      type: "hello",
      proto: protocolVersion,
      source: this.#source,
      app: this.#options.app,
      pid: null,
      via: "stately",
      timeOrigin: performance.timeOrigin,
      accepts: [],
      exactTransitions: false,
    });
  }

  #register(message: Extract<StatelyMessage, { type: "@xstate.actor" }>): void {
    const { sessionId, name = sessionId, parentId, definition, snapshot, createdAt } = message;
    const known = this.#actors.get(sessionId);
    const actor =
      known ?? this.#create(sessionId, { name, parentId: parentId ?? null, definition: definition ?? null });
    if (snapshot !== null && snapshot !== undefined)
      this.#snapshot(actor, snapshot, { event: "", createdAt });
  }

  #create(
    session: string,
    {
      name,
      parentId = null,
      definition = null,
    }: { name: string; parentId?: string | null; definition?: string | null },
  ): Actor {
    const parent = parentId === null || parentId === session ? undefined : this.#actors.get(parentId);
    const known = definition === null ? null : this.#define(definition);
    const actor: Actor = {
      number: this.#actors.size + 1,
      path: parent === undefined ? name : `${parent.path}/${name}`,
      definition: known,
      value: null,
      context: undefined,
      hasEnded: false,
    };
    this.#actors.set(session, actor);
    const info = {
      session,
      parent: parent?.number ?? 0,
      id: name,
      path: actor.path,
      systemId: null,
      src: null,
      logic: known === null ? "other" : "machine",
      def: known?.hash ?? null,
    } as const;
    this.#push((seq, at) => ["a", seq, at, actor.number, info]);
    return actor;
  }

  #snapshot(
    actor: Actor,
    {
      status = "active",
      value = null,
      context,
      output = null,
      error = null,
    }: z.infer<typeof StatelySnapshot>,
    { event, createdAt }: { event: string; createdAt: string | undefined },
  ): void {
    const before = actor.value;
    const after = value as StateValue | null;
    if (JSON.stringify(before) !== JSON.stringify(after)) {
      const model = actor.definition?.model ?? null;
      const taken =
        before === null
          ? []
          : inferTransitions(model, { before: { value: before }, after: { value: after ?? {} }, event });
      if (taken.length > 0) {
        this.#push((seq, at) => ["t", seq, at, actor.number, taken, event], createdAt);
      }
      actor.value = after;
      this.#push((seq, at) => ["v", seq, at, actor.number, after], createdAt);
    }
    const shown = context === undefined ? undefined : encode(context);
    if (shown !== undefined && JSON.stringify(shown) !== JSON.stringify(actor.context)) {
      actor.context = shown;
      this.#push((seq, at) => ["c", seq, at, actor.number, shown], createdAt);
    }
    if (actor.hasEnded || (status !== "done" && status !== "error" && status !== "stopped")) return;
    actor.hasEnded = true;
    const data = status === "done" ? encode(output) : status === "error" ? encode(error) : null;
    this.#push((seq, at) => ["s", seq, at, actor.number, status, data], createdAt);
  }

  /** `null` for an actor that is no machine: upstream gives it a definition of its name only. */
  #define(text: string): KnownDefinition | null {
    const known = this.#definitions.get(text);
    if (known !== undefined) return known;
    const config = parse(text);
    if (config === null || !("states" in config || "on" in config || "invoke" in config)) return null;
    const model = chartOf(config);
    const shown = encodeDefinition(config);
    const machine = typeof config["id"] === "string" ? config["id"] : "(machine)";
    const definition = { hash: hashOf(text), machine, version: null, config: shown, model, events: null };
    this.#definitions.set(text, definition);
    this.flush();
    this.#options.emit({ type: "def", source: this.#source, ...definition });
    return definition;
  }

  #push(make: (seq: number, at: number) => InspectionRecord, createdAt?: string): void {
    const at = Number(createdAt) - performance.timeOrigin;
    this.#records.push(make(++this.#seq, Number.isFinite(at) ? at : performance.now()));
    this.#timer ??= setTimeout(() => this.flush(), this.#options.batchMs ?? 33);
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function chartOf(config: object): ChartModel | null {
  try {
    return modelOf(createMachine(config));
  } catch {
    // Cut below a depth of ten, or of another version of XState.
    return null;
  }
}
