/**
 * Ports: what a host (or `homeostat/node`) provides. Plain functions and objects that know nothing of XState.
 *
 * @module
 */
import type { ServerExit, ServerSpec } from "./server.ts";
import type { Tool } from "./tools.ts";

/** Starts one incarnation of a server; resolves after one verified round trip (its list of tools) on that very process. */
export type OpenServer = (input: OpenServerInput, signal: AbortSignal) => Promise<ServerSession>;

export interface OpenServerInput {
  readonly plugin: string;
  readonly server: string;
  /** Counts the starts of this server from 1; the fencing token of everything this process does. */
  readonly incarnation: number;
  readonly spec: ServerSpec;
  /** Called as the start enters its phases: `spawn_connect`, `initialize_handshake`, `tool_discovery`, … */
  readonly onPhase: (phase: StartPhase) => void;
}

export type StartPhase =
  | "spawn_connect"
  | "initialize_handshake"
  | "tool_discovery"
  | "resource_discovery"
  | "ready";

/**
 * One incarnation that serves. `OpenServer` rejects with a `StartError` instead when there is none; then nothing
 * of the process is left.
 */
export interface ServerSession {
  /** Process id; `null` where there is no process. */
  readonly pid: number | null;
  /** What the server said of itself. */
  readonly info: { readonly name: string; readonly version: string } | null;
  /** The tools of the verified round trip: unique names, invalid ones left out. */
  readonly tools: readonly Tool[];
  /** The resources of the first list; empty when the server has none. */
  readonly resources: readonly Resource[];
  /** True when a list was cut short or had invalid entries. */
  readonly partial: boolean;
  /** Settles exactly once, when this incarnation has ended, however it ended. Never rejects. */
  readonly exited: Promise<ServerExit>;
  /** Calls back with the new list after the server announced a change; bursts are merged. */
  onToolsChanged(listener: (tools: readonly Tool[]) => void): void;
  /** One round trip that shows that the server serves; rejects when it does not answer before `signal` aborts. */
  probe(signal: AbortSignal): Promise<void>;
  /** Never rejects. */
  callTool(call: ToolCall, signal: AbortSignal): Promise<SessionCallOutcome>;
  /** Walks the ladder EOF → TERM → KILL; resolves when nothing of the process group is left. */
  close(): Promise<ServerExit>;
  /** Ends it at once (KILL to the group), with `cause` in its exit. */
  kill(cause: "unresponsive" | "requested"): void;
}

export interface Resource {
  readonly uri: string;
  readonly name: string;
  readonly description: string | null;
  readonly mimeType: string | null;
}

export interface ToolCall {
  /** As the server names it. */
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Total, in milliseconds: progress does not extend it. */
  readonly timeoutMs: number;
  /** Called whenever the server reports progress on this call. */
  readonly onProgress?: () => void;
}

export interface ToolResult {
  readonly content: readonly unknown[];
  readonly structuredContent?: unknown;
  /** The tool itself says that it failed. */
  readonly isError: boolean;
}

export type SessionCallOutcome =
  /** the server answered */
  | { readonly outcome: "completed"; readonly result: ToolResult }
  /** the server answered with a protocol error (unknown tool, invalid arguments, …) */
  | { readonly outcome: "rejected"; readonly code: number; readonly message: string }
  /** no answer in time; the server was told to cancel */
  | { readonly outcome: "timedOut" }
  /** the caller aborted; the server was told to cancel */
  | { readonly outcome: "cancelled" }
  /** the call never reached the server: sending it again is safe */
  | { readonly outcome: "notSent" }
  /** the process ended while the call was under way: whether it had an effect is not known */
  | { readonly outcome: "lost"; readonly exit: ServerExit };
