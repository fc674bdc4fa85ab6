import type { ServerSession } from "../core/ports.ts";
import type { Tool } from "../core/tools.ts";

/** A session with what the runtime has to know of it: its tools now, and whether it is busy. */
export interface LiveSession {
  readonly session: ServerSession;
  readonly incarnation: number;
  tools: readonly Tool[];
  /** Calls under way. */
  inFlight: number;
  /** When it last answered or reported progress, monotonic. */
  activeAt: number;
}

const idOf = (plugin: string, server: string, incarnation: number): string =>
  `${plugin}/${server}#${incarnation}`;

/** The sessions that are up. Refs stay out of the charts' contexts; this is where they are found again. */
export class Sessions {
  readonly #live = new Map<string, LiveSession>();
  readonly #startMs = new Map<string, number>();

  add(plugin: string, server: string, live: LiveSession, startMs: number): void {
    this.#live.set(idOf(plugin, server, live.incarnation), live);
    this.#startMs.set(`${plugin}/${server}`, startMs);
  }

  remove(plugin: string, server: string, incarnation: number): void {
    this.#live.delete(idOf(plugin, server, incarnation));
  }

  get(plugin: string, server: string, incarnation: number): LiveSession | undefined {
    return this.#live.get(idOf(plugin, server, incarnation));
  }

  /** How long the last good start of a server took, in milliseconds; `null` before the first. */
  lastStartMs(plugin: string, server: string): number | null {
    return this.#startMs.get(`${plugin}/${server}`) ?? null;
  }
}
