import { type Client, ProtocolError, SdkError, SdkErrorCode } from "@modelcontextprotocol/client";
import * as z from "zod";
import type { ServerSession, SessionCallOutcome, ToolCall } from "../../core/ports.ts";
import type { ServerExit, StopPolicy } from "../../core/server.ts";
import type { Tool } from "../../core/tools.ts";
import type { OwnedProcess } from "../process/owned-process.ts";
import { WriteError } from "../process/write-error.ts";
import { discoverTools, noTimeout } from "./discovery.ts";
import type { ToolChanges } from "./tool-changes.ts";

/** What the start found out. */
export type SessionFacts = Pick<ServerSession, "info" | "tools" | "resources" | "partial">;

/** What a session works with. */
export interface SessionParts {
  readonly client: Client;
  readonly process: OwnedProcess;
  readonly changes: ToolChanges;
  readonly stop: StopPolicy;
  /** Takes the secrets out of a text. */
  readonly redact: (text: string) => string;
}

const CallResult = z.looseObject({
  content: z.array(z.unknown()).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().default(false),
});

/** JSON-RPC's own code for an answer that makes no sense. */
const internalError = -32_603;

/** One server process that has shown that it serves. */
export class McpSession implements ServerSession {
  readonly pid: number;
  readonly info: ServerSession["info"];
  readonly tools: readonly Tool[];
  readonly resources: ServerSession["resources"];
  readonly partial: boolean;
  readonly exited: Promise<ServerExit>;
  readonly #parts: SessionParts;

  constructor(facts: SessionFacts, parts: SessionParts) {
    this.pid = parts.process.pid;
    this.exited = parts.process.exited;
    this.info = facts.info;
    this.tools = facts.tools;
    this.resources = facts.resources;
    this.partial = facts.partial;
    this.#parts = parts;
  }

  onToolsChanged(listener: (tools: readonly Tool[]) => void): void {
    this.#parts.changes.subscribe(listener);
  }

  async probe(signal: AbortSignal): Promise<void> {
    await probe(this.#parts.client, signal);
  }

  async callTool(call: ToolCall, signal: AbortSignal): Promise<SessionCallOutcome> {
    if (signal.aborted) return { outcome: "cancelled" };
    if (!this.#parts.process.isOpen) return { outcome: "notSent" };
    try {
      return { outcome: "completed", result: await this.#request(call, signal) };
    } catch (error) {
      return this.#explain(error, signal);
    }
  }

  close(): Promise<ServerExit> {
    return this.#parts.process.close(this.#parts.stop);
  }

  kill(cause: "unresponsive" | "requested"): void {
    this.#parts.process.kill(cause);
  }

  #request(
    { name, args, timeoutMs, onProgress }: ToolCall,
    signal: AbortSignal,
  ): Promise<z.output<typeof CallResult>> {
    return this.#parts.client.request(
      { method: "tools/call", params: { name, arguments: { ...args } } },
      CallResult,
      {
        signal,
        timeout: Math.min(timeoutMs, noTimeout),
        ...(onProgress && { onprogress: () => onProgress() }),
      },
    );
  }

  async #explain(error: unknown, signal: AbortSignal): Promise<SessionCallOutcome> {
    if (error instanceof WriteError && !error.mayHaveArrived) return { outcome: "notSent" };
    if (signal.aborted) return { outcome: "cancelled" };
    if (error instanceof ProtocolError) {
      return { outcome: "rejected", code: error.code, message: this.#parts.redact(error.message) };
    }
    if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout)
      return { outcome: "timedOut" };
    if (error instanceof SdkError && error.code === SdkErrorCode.InvalidResult) {
      return { outcome: "rejected", code: internalError, message: this.#parts.redact(error.message) };
    }
    if (this.#parts.process.isOpen && !(error instanceof WriteError)) {
      return { outcome: "rejected", code: internalError, message: this.#parts.redact(String(error)) };
    }
    // The connection is closed, or a write failed half-way: both are followed by the end.
    return { outcome: "lost", exit: await this.exited };
  }
}

/** One round trip on an open connection. 2026-07-28 has no `ping`; there `server/discover` takes its place. */
async function probe(client: Client, signal: AbortSignal): Promise<void> {
  const options = { signal, timeout: noTimeout };
  await (client.getProtocolEra() === "modern" ? client.discover(options) : client.ping(options));
}

/** The list of tools; asking for it is a verified round trip, and so is a probe where there is none to ask for. */
export async function verifyByTools(client: Client, signal: AbortSignal): ReturnType<typeof discoverTools> {
  if (client.getServerCapabilities()?.tools !== undefined) return discoverTools(client, signal);
  await probe(client, signal);
  return { items: [], partial: false };
}
