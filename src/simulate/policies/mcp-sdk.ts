/**
 * The client transports of the MCP TypeScript SDK.
 *
 * - stdio: the transport closes with its process and starts no other.
 * - Streamable HTTP: a stream that was open is opened again after a delay that grows with each attempt that fails, up to
 *   `maxRetries` attempts. A stream that opens begins the count anew, however short it lives; a stream that never was open
 *   is not retried.
 *
 * @module
 */
import * as z from "zod";
import { giveUp, restart, type RestartPolicy } from "../policy.ts";

const source = "https://github.com/modelcontextprotocol/typescript-sdk";

/** @see https://github.com/modelcontextprotocol/typescript-sdk, `StreamableHTTPReconnectionOptions` */
export const StreamableHttpOptions = z.strictObject({
  initialReconnectionDelayMs: z.number().positive().default(1_000),
  reconnectionDelayGrowFactor: z.number().gte(1).default(1.5),
  maxReconnectionDelayMs: z.number().positive().default(30_000),
  maxRetries: z.int().positive().default(2),
});

export function mcpStdio(): RestartPolicy<null> {
  return {
    name: "mcp-stdio",
    summary: "never restarted",
    source,
    initial: null,
    decide: () => ({ state: null, answer: giveUp() }),
  };
}

interface Reconnection {
  /** Attempts that failed since a stream was open; `null` when none ever was. */
  readonly failed: number | null;
}

export function mcpHttp(options: z.input<typeof StreamableHttpOptions> = {}): RestartPolicy<Reconnection> {
  const settings = StreamableHttpOptions.parse(options);
  const { initialReconnectionDelayMs, reconnectionDelayGrowFactor, maxReconnectionDelayMs, maxRetries } =
    settings;
  return {
    name: "mcp-http",
    summary: `after ${initialReconnectionDelayMs / 1_000} s × ${reconnectionDelayGrowFactor} ≤ ${maxReconnectionDelayMs / 1_000} s; ${maxRetries} failed attempts end it`,
    source,
    initial: { failed: null },
    decide(state, { servedSince }) {
      const failed = servedSince === null ? nextOf(state.failed) : 0;
      if (failed === null || failed >= maxRetries) return { state: { failed }, answer: giveUp() };
      const delayMs = initialReconnectionDelayMs * reconnectionDelayGrowFactor ** failed;
      return { state: { failed }, answer: restart(Math.min(delayMs, maxReconnectionDelayMs)) };
    },
  };
}

const nextOf = (failed: number | null): number | null => (failed === null ? null : failed + 1);
