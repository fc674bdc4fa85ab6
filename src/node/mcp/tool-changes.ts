import type { Client } from "@modelcontextprotocol/client";
import type { Tool } from "../../core/tools.ts";
import { discoverTools, noTimeout } from "./discovery.ts";

/** How long announcements are gathered before the list is read again. */
const gatherMs = 300;
/** A server that does not answer in this time keeps its old list. */
const readMs = 10_000;

type Listener = (tools: readonly Tool[]) => void;

/**
 * Reads the list of tools again after the server announced a change: once per burst, and again when another one was
 * announced meanwhile, so that the last list told is the latest. A list that cannot be read leaves the old one standing.
 */
export class ToolChanges {
  readonly #client: Client;
  readonly #ended = new AbortController();
  readonly #listeners: Listener[] = [];
  #latest: readonly Tool[] | null = null;
  #isGathering = false;
  #reading: Promise<void> = Promise.resolve();

  constructor(client: Client) {
    this.#client = client;
    client.setNotificationHandler("notifications/tools/list_changed", () => this.#gather());
  }

  /** Asks for the announcements, where they do not come by themselves; a server that refuses has none. */
  async listen(signal: AbortSignal): Promise<void> {
    const announces = this.#client.getServerCapabilities()?.tools?.listChanged === true;
    if (!announces || this.#client.getProtocolEra() !== "modern") return;
    await this.#client.listen({ toolsListChanged: true }, { signal, timeout: noTimeout }).catch(() => {});
  }

  /** Nothing is told from here on. */
  stop(): void {
    this.#ended.abort();
  }

  /** A change that nobody has heard of yet is told at once. */
  subscribe(listener: Listener): void {
    this.#listeners.push(listener);
    if (this.#latest !== null) listener(this.#latest);
  }

  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    setTimeout(() => {
      this.#isGathering = false;
      this.#reading = this.#reading.then(() => this.#read());
    }, gatherMs).unref();
  }

  async #read(): Promise<void> {
    const ended = this.#ended.signal;
    if (ended.aborted) return;
    try {
      const signal = AbortSignal.any([ended, AbortSignal.timeout(readMs)]);
      this.#latest = (await discoverTools(this.#client, signal)).items;
    } catch {
      return;
    }
    for (const listener of this.#listeners) listener(this.#latest);
  }
}
