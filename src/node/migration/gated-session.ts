import type { ServerSession, SessionCallOutcome, ToolCall } from "../../core/ports.ts";

/**
 * A session that others are let in to, and kept out of: a call that comes while the gate is closed is `notSent`.
 *
 * It may be opened again; the process behind it is the same all the time.
 */
export class GatedSession implements ServerSession {
  readonly pid: ServerSession["pid"];
  readonly info: ServerSession["info"];
  readonly tools: ServerSession["tools"];
  readonly resources: ServerSession["resources"];
  readonly partial: ServerSession["partial"];
  readonly exited: ServerSession["exited"];
  /** The way around the gate. */
  readonly inner: ServerSession;
  #isOpen = false;
  #inFlight = 0;
  #idle: PromiseWithResolvers<void> | null = null;

  constructor(inner: ServerSession) {
    this.inner = inner;
    this.pid = inner.pid;
    this.info = inner.info;
    this.tools = inner.tools;
    this.resources = inner.resources;
    this.partial = inner.partial;
    this.exited = inner.exited;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  openGate(): void {
    this.#isOpen = true;
  }

  /** Closes it at once; resolves when no call is under way any more. */
  async closeGate(): Promise<void> {
    this.#isOpen = false;
    if (this.#inFlight > 0) await (this.#idle ??= Promise.withResolvers()).promise;
  }

  async callTool(call: ToolCall, signal: AbortSignal): Promise<SessionCallOutcome> {
    if (!this.#isOpen) return { outcome: "notSent" };
    this.#inFlight += 1;
    try {
      return await this.inner.callTool(call, signal);
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) {
        this.#idle?.resolve();
        this.#idle = null;
      }
    }
  }

  onToolsChanged(listener: Parameters<ServerSession["onToolsChanged"]>[0]): void {
    this.inner.onToolsChanged(listener);
  }

  probe(signal: AbortSignal): Promise<void> {
    return this.inner.probe(signal);
  }

  close(): ReturnType<ServerSession["close"]> {
    return this.inner.close();
  }

  kill(cause: Parameters<ServerSession["kill"]>[0]): void {
    this.inner.kill(cause);
  }
}
