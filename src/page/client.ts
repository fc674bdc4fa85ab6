/**
 * The page's side of the worker: the slices as they were posted last, and what is asked for.
 *
 * @module
 */
import { useSyncExternalStore, useCallback } from "react";
import type { SourceMessage } from "../inspect/protocol.ts";
import workerUrl from "./ingest/worker.ts?worker&url";
import { inlined } from "./inlined.ts";
import type { FromWorker, Request, Responses, ToWorker } from "./ingest/messages.ts";
import { initialView } from "./ingest/initial-view.ts";
import type { Slices } from "./ingest/slices.ts";
import type { View } from "./ingest/view.ts";

/** Nested parts may be partial, too. */
export type ViewChange = {
  readonly [K in keyof View]?: View[K] extends readonly unknown[] | number | string | null
    ? View[K]
    : Partial<View[K]>;
};

export class Client {
  readonly #worker: Worker;
  readonly #slices: Partial<Slices> = {};
  readonly #listeners = new Map<keyof Slices | "view", Set<() => void>>();
  readonly #waiting = new Map<number, (response: unknown) => void>();
  #asked = 0;
  view: View = initialView;

  constructor() {
    this.#worker = new Worker(inlined("ingest") ?? workerUrl);
    this.#worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#receive(data));
  }

  connect(url: string): void {
    this.#post({ type: "connect", url });
  }

  /** Hands on what an app told this page, for all viewers. */
  inject(message: SourceMessage): void {
    this.#post({ type: "inject", message });
  }

  get<K extends keyof Slices>(name: K): Slices[K] | undefined {
    return this.#slices[name];
  }

  subscribe(name: keyof Slices | "view", listener: () => void): () => void {
    let own = this.#listeners.get(name);
    if (own === undefined) this.#listeners.set(name, (own = new Set()));
    own.add(listener);
    return () => void own.delete(listener);
  }

  /** Shows another part of what is there. */
  show(change: ViewChange): void {
    const { view } = this;
    const next: Partial<Record<keyof View, unknown>> = {};
    let isOther = false;
    for (const [name, value] of Object.entries(change) as [keyof View, View[keyof View]][]) {
      const isPart = typeof value === "object" && value !== null && !Array.isArray(value);
      const whole: unknown = isPart ? Object.assign({}, view[name], value) : value;
      if (JSON.stringify(whole) === JSON.stringify(view[name])) continue;
      next[name] = whole;
      isOther = true;
    }
    if (!isOther) return;
    this.view = { ...view, ...(next as Partial<View>) };
    this.#post({ type: "view", view: next as Partial<View> });
    this.#listeners.get("view")?.forEach((it) => it());
  }

  ask<K extends Request["kind"]>(request: Extract<Request, { kind: K }>): Promise<Responses[K]> {
    const id = ++this.#asked;
    const response = Promise.withResolvers<Responses[K]>();
    this.#waiting.set(id, (it) => response.resolve(it as Responses[K]));
    this.#post({ type: "ask", id, request });
    return response.promise;
  }

  #receive(message: FromWorker): void {
    if (message.type === "response") {
      this.#waiting.get(message.id)?.(message.response);
      this.#waiting.delete(message.id);
      return;
    }
    Object.assign(this.#slices, message.frame);
    for (const name of Object.keys(message.frame)) {
      this.#listeners.get(name as keyof Slices)?.forEach((it) => it());
    }
    // The next frame may come when this one has been drawn.
    requestAnimationFrame(() => {
      this.#post({ type: "drawn" });
      const { newestAt = 0, received = 0, missing = 0 } = this.#slices.status ?? {};
      window.dispatchEvent(new CustomEvent("homeostat:frame", { detail: { newestAt, received, missing } }));
    });
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}

export function useSlice<K extends keyof Slices>(client: Client, name: K): Slices[K] | undefined {
  const subscribe = useCallback((it: () => void) => client.subscribe(name, it), [client, name]);
  return useSyncExternalStore(subscribe, () => client.get(name));
}

export function useView(client: Client): View {
  const subscribe = useCallback((it: () => void) => client.subscribe("view", it), [client]);
  return useSyncExternalStore(subscribe, () => client.view);
}
