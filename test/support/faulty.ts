import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type * as z from "zod";
import type { ServerSession, StartPhase } from "../../src/core/ports.ts";
import { ServerSpec } from "../../src/core/server.ts";
import { StartError } from "../../src/core/start-error.ts";
import { type McpServerOptions, openMcpServer } from "../../src/node/index.ts";

const script = fileURLToPath(new URL("../fixtures/faulty-server.mjs", import.meta.url));

/** A server that goes wrong as `fault` says; see the fixture. */
export function faultySpec(
  fault: string,
  { env, ...rest }: Partial<z.input<typeof ServerSpec>> = {},
): ServerSpec {
  return ServerSpec.parse({
    command: process.execPath,
    args: [script],
    env: { FAULT: fault, ...env },
    ...rest,
  });
}

export interface Opened {
  readonly session: ServerSession;
  readonly phases: readonly StartPhase[];
}

/** Opens it, and ends it when the test does. */
export async function open(
  spec: ServerSpec,
  options: McpServerOptions & { signal?: AbortSignal } = {},
): Promise<Opened> {
  const phases: StartPhase[] = [];
  const input = { plugin: "tested", server: "faulty", incarnation: 1, spec };
  const session = await openMcpServer(options)(
    { ...input, onPhase: (phase) => phases.push(phase) },
    options.signal ?? new AbortController().signal,
  );
  onTestFinished(async () => {
    session.kill("requested");
    await session.close();
  });
  return { session, phases };
}

/** The failure of a start that must fail. */
export async function failedStart(
  spec: ServerSpec,
  options: McpServerOptions & { signal?: AbortSignal } = {},
): Promise<StartError["failure"]> {
  const error = await open(spec, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof StartError) return error.failure;
  throw new Error("the start succeeded, or failed in another way", { cause: error });
}
