/**
 * Sends what an inspector sees to the Stately Inspector, through `@statelyai/inspect`: redacted, queued within bounds, and
 * from outside the actors' own steps. Its own observer keeps a closure for each event and throws where a sanitizer does.
 *
 * @see https://github.com/statelyai/inspect
 * @module
 */
import { HomeostatError } from "../core/errors.ts";
import { createInspector, type Inspector, type InspectorOptions, type Sink } from "./inspector.ts";
import { type Encoded, tagKey } from "./protocol/encoded.ts";
import { applyPatch, type InspectionRecord, type StateValue } from "./protocol/record.ts";

/** Of the module `@statelyai/inspect`, what is used here. */
export interface StatelyModule {
  createWebSocketInspector(options: StatelyConnection): StatelyInspector;
  createBrowserInspector(options: StatelyConnection): StatelyInspector;
}
interface StatelyConnection {
  readonly url: string;
  readonly maxDeferredEvents: number;
}
interface StatelyInspector {
  // A method: what upstream takes is narrower than what is known of it here.
  readonly adapter: { send(event: never): void };
  stop(): void;
}

export interface StatelyOptions {
  /** The module, where the host has it; default: it is imported. */
  readonly module?: StatelyModule;
  /** Default: its WebSocket server on this machine, `ws://localhost:8080`; in a browser, the page on stately.ai. */
  readonly url?: string;
  /** Of the inspector that is made for it. */
  readonly inspector?: InspectorOptions;
}

export interface AttachedStately {
  readonly inspect: Inspector["inspect"];
  readonly inspector: Inspector;
  /** Closes the connection. */
  stop(): void;
}

/** Messages that wait in upstream's adapter until it is connected; it drops the oldest, registrations among them. */
const maxDeferredEvents = 10_000;
const packageName = "@statelyai/inspect";
/** Of the messages below. */
const version = "0.7.2";

/** @throws HomeostatError `not_provided` when the package is not installed */
export async function attachStately(options: StatelyOptions = {}): Promise<AttachedStately> {
  const inspector = createInspector(options.inspector);
  const stop = await sendToStately(inspector, options);
  return { inspect: inspector.inspect, inspector, stop };
}

/** Sends what `inspector` sees, and saw; returns the way to end that. Throws like {@link attachStately}. */
export async function sendToStately(inspector: Inspector, options: StatelyOptions = {}): Promise<() => void> {
  const module = options.module ?? (await importStately());
  const stately =
    "document" in globalThis
      ? module.createBrowserInspector({ url: options.url ?? "https://stately.ai/inspect", maxDeferredEvents })
      : module.createWebSocketInspector({ url: options.url ?? "ws://localhost:8080", maxDeferredEvents });
  const end = inspector.connect(statelySink((message) => stately.adapter.send(message as never)));
  return () => {
    inspector.flush();
    end();
    stately.stop();
  };
}

async function importStately(): Promise<StatelyModule> {
  try {
    // By a name that a bundler does not follow: the package is optional.
    return (await import(/* @vite-ignore */ packageName)) as StatelyModule;
  } catch (error) {
    const message = `inspect: { stately: true } needs the package ${packageName}, which is not installed: npm install ${packageName}`;
    throw new HomeostatError("not_provided", message, {}, error);
  }
}

interface Shown {
  readonly session: string;
  readonly root: string;
  value: StateValue | null;
  context: Encoded;
  status: string;
  output: Encoded;
  error: Encoded;
  event: string;
}

/** Inspection messages as those of `@statelyai/inspect`. */
export function statelySink(send: (message: object) => void): Sink {
  const actors = new Map<number, Shown>();
  const definitions = new Map<string, { readonly machine: string; readonly text: string }>();
  let timeOrigin = 0;

  return (message) => {
    switch (message.type) {
      case "hello":
        ({ timeOrigin } = message);
        return;
      case "def":
        definitions.set(message.hash, {
          machine: message.machine,
          text: JSON.stringify(plain(message.config)),
        });
        return;
      case "batch":
        for (const it of message.records) tell(it);
        return;
      case "gap":
      case "bye":
      case "answer":
        return;
    }
  };

  function tell(record: InspectionRecord): void {
    const [, , at, number] = record;
    if (record[0] === "a") return register(record[4], { at, number });
    const actor = actors.get(number);
    if (actor === undefined) return;
    switch (record[0]) {
      case "e": {
        const [, , , , from, type, payload] = record;
        actor.event = type;
        const event = { type, ...(payload === null ? {} : (plain(payload) as object)) };
        const sourceId = actors.get(from)?.session;
        return send({
          type: "@xstate.event",
          ...place(actor, at),
          event,
          ...(sourceId !== undefined && { sourceId }),
        });
      }
      case "v":
        actor.value = record[4];
        return snapshot(actor, at);
      case "c":
        actor.context = record[4];
        return snapshot(actor, at);
      case "p":
        actor.context = applyPatch(actor.context, record);
        return snapshot(actor, at);
      case "s": {
        const [, , , , status, data] = record;
        actor.status = status;
        if (status === "done") actor.output = data;
        if (status === "error") actor.error = data;
        return snapshot(actor, at);
      }
      case "t":
      case "x":
      case "d":
        return;
    }
  }

  function register(
    { session, parent, id, def }: Extract<InspectionRecord, readonly ["a", ...unknown[]]>[4],
    { at, number }: { at: number; number: number },
  ): void {
    const above = actors.get(parent);
    const known = def === null ? undefined : definitions.get(def);
    // As upstream does: an id that XState made up says nothing.
    const name = id === session ? (known?.machine ?? id) : id;
    const definition = known?.text ?? JSON.stringify({ id: name });
    const actor: Shown = {
      session,
      root: above?.root ?? session,
      value: null,
      context: null,
      status: "active",
      output: null,
      error: null,
      event: "xstate.init",
    };
    actors.set(number, actor);
    send({
      type: "@xstate.actor",
      name,
      ...place(actor, at),
      ...(above !== undefined && { parentId: above.session }),
      definition,
      snapshot: snapshotOf(actor),
    });
  }

  function snapshot(actor: Shown, at: number): void {
    send({
      type: "@xstate.snapshot",
      ...place(actor, at),
      event: { type: actor.event },
      snapshot: snapshotOf(actor),
    });
  }

  function place({ session, root }: Shown, at: number): object {
    const createdAt = String(Math.round(timeOrigin + at));
    return { sessionId: session, rootId: root, createdAt, id: null, _version: version };
  }
}

function snapshotOf({ status, value, context, output, error }: Shown): object {
  return {
    status,
    ...(value !== null && { value }),
    context: plain(context),
    ...(output !== null && { output: plain(output) }),
    ...(error !== null && { error: plain(error) }),
    children: {},
    tags: [],
  };
}

/** As upstream writes it: a function as `{ type }`, what is hidden as text. */
function plain(encoded: Encoded): unknown {
  if (typeof encoded !== "object" || encoded === null) return encoded;
  if (Array.isArray(encoded)) return encoded.map(plain);
  if (encoded[tagKey] === "function") return { type: encoded["v"] };
  if (encoded[tagKey] === "redacted") return "***";
  return Object.fromEntries(Object.entries(encoded).map(([key, it]) => [key, plain(it)]));
}
