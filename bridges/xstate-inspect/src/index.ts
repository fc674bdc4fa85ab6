/**
 * Actors of XState 5 in a viewer of `@xstate/inspect` 0.8, which speaks XState 4.
 *
 * @module
 */
import { type Redact, ViewerMessage } from "./messages.ts";
import { createServices } from "./services.ts";
import type { InspectionLike } from "./v5.ts";
import { listen, type Viewer, type Viewers } from "./viewers.ts";

export type { InspectionLike, Redact };

export interface XStateInspectOptions {
  /** Default 0: one that is free. */
  readonly port?: number;
  /** Whether a viewer may send events to the actors. Default false. */
  readonly allowSend?: boolean;
  /** Sees each context and event before it leaves; returns what may. Default: as they are. */
  readonly redact?: Redact;
  /** Of pages that may connect. Default: `https://stately.ai`, where the viewer of `@xstate/inspect` is. */
  readonly origins?: readonly string[];
}

export interface XStateInspectCounts {
  readonly viewers: number;
  /** Connections without the token, or of a foreign page or name. */
  readonly refused: number;
  /** Messages of viewers that were not understood, or asked for what they may not. */
  readonly dropped: number;
  /** Messages that a slow viewer missed; it got the states as they were, later. */
  readonly missed: number;
  /** Inspection events that could not be shown. */
  readonly failures: number;
}

export interface XStateInspect {
  /** For `createActor(machine, { inspect })`. Never throws. */
  readonly inspect: (inspection: InspectionLike) => void;
  /** For `createWebSocketReceiver({ server })` of `@xstate/inspect`: without the protocol, with the token. */
  readonly server: string;
  /** The public viewer, told where to look. */
  readonly viewer: string;
  readonly counts: () => XStateInspectCounts;
  /** Disconnects the viewers; the actors go on. */
  readonly close: () => Promise<void>;
}

/**
 * Listens on 127.0.0.1 for viewers.
 *
 * @throws the error of `node:net` when the port is taken (`EADDRINUSE`).
 */
export async function startXStateInspect(options: XStateInspectOptions = {}): Promise<XStateInspect> {
  const { port = 0, allowSend = false, redact = (it) => it, origins = ["https://stately.ai"] } = options;
  let dropped = 0;
  // Nobody listens before there is a server.
  let viewers: Viewers | null = null;
  const services = createServices({
    redact,
    isWatched: () => viewers !== null && viewers.count() > 0,
    tell: (message) => viewers?.tell(message),
  });

  const answer = (text: string, viewer: Viewer): boolean => {
    const message = parse(text);
    if (message === null) return false;
    if (message.type === "xstate.inspecting") {
      for (const it of services.registrations()) viewer.tell(it);
      return true;
    }
    const actor = services.actor(message.event.origin ?? message.service ?? "");
    if (!allowSend || actor === null) return false;
    actor.send(message.event.data);
    return true;
  };

  viewers = await listen({
    port,
    origins,
    catchUp: services.state,
    onMessage: (text, viewer) => {
      if (!answer(text, viewer)) dropped += 1;
    },
  });
  const server = `127.0.0.1:${viewers.port}/?token=${viewers.token}`;
  const { count, refused, missed, close } = viewers;
  return {
    inspect: services.inspect,
    server,
    viewer: `https://stately.ai/viz?inspect&server=${encodeURIComponent(`ws://${server}`)}`,
    counts: () => ({
      viewers: count(),
      refused: refused(),
      dropped,
      missed: missed(),
      failures: services.failures(),
    }),
    close,
  };
}

function parse(text: string): ViewerMessage | null {
  try {
    return ViewerMessage.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
