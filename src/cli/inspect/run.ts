import { HomeostatError } from "../../core/errors.ts";
import { replayed } from "../../inspect/recording.ts";
import { type InspectorServer, openInspector } from "../../node/inspector/open-inspector.ts";
import { createRecording, readRecording } from "../../node/inspector/recording-file.ts";
import { explain } from "../explain.ts";
import { listenForStop } from "../run/signals.ts";
import { readVersion } from "../version.ts";
import { openBrowser } from "./browser.ts";
import { printTest } from "./test-file.ts";

export interface InspectCommandOptions {
  readonly listen?: boolean;
  readonly port?: number;
  readonly open?: boolean;
  readonly allowSend?: boolean;
  readonly allowOrigin?: readonly string[];
  readonly record?: string;
  readonly toTest?: boolean;
  readonly actor?: string;
  readonly machine?: string;
}

export type InspectTerminal = Pick<NodeJS.Process, "stdout" | "stderr">;

/** The command without its command line: ends at Ctrl-C, or with its exit code. */
export async function runInspect(
  recording: string | undefined,
  options: InspectCommandOptions,
  terminal: InspectTerminal,
): Promise<0 | 1 | 2> {
  try {
    if (options.toTest === true) {
      await printTest(recording, options, terminal.stdout);
      return 0;
    }
    const { actor, machine } = options;
    if (actor !== undefined || machine !== undefined) {
      const option = actor === undefined ? "--machine" : "--actor";
      throw new HomeostatError("config_invalid", `${option} is for --to-test: give --to-test too`);
    }
    await serve(recording, options, terminal);
    return 0;
  } catch (error) {
    const code = explain(
      error,
      { json: false, postscript: "nothing is inspected" },
      { ...terminal, env: {} },
    );
    return code === 1 ? 1 : 2;
  }
}

async function serve(
  recording: string | undefined,
  options: InspectCommandOptions,
  { stdout, stderr }: InspectTerminal,
): Promise<void> {
  const { port, allowSend = false, allowOrigin = [], record } = options;
  const notice = (text: string): void => void stderr.write(`homeostat: ${text}\n`);
  const file = record === undefined ? null : createRecording(record, notice);
  const server = await openInspector({
    port,
    allowSend,
    allowOrigins: allowOrigin,
    version: readVersion(),
    // A recording is there to be seen whole, however slow the page is.
    ...(recording !== undefined && { waiting: Number.POSITIVE_INFINITY }),
  });
  try {
    if (file !== null) server.listen((message) => file.write(message));
    if (recording !== undefined) await load(recording, server);
    stdout.write(`the inspector is at ${server.url}\n`);
    if (recording === undefined || options.listen === true) {
      stdout.write(
        `an app sends to it with createWebSocketInspector({ url: "ws://127.0.0.1:${server.port}/?token=${server.token}" })\n`,
      );
    }
    if (options.open === true) openBrowser(server.url, notice);
    const asked = Promise.withResolvers<void>();
    const stopListening = listenForStop({ onFirst: asked.resolve, onSecond: asked.resolve });
    stdout.on("error", asked.resolve);
    await asked.promise;
    stopListening();
  } finally {
    await server.close();
    await file?.close();
  }
}

/** Throws `config_invalid` when nothing in it is of a recording. */
async function load(recording: string, server: InspectorServer): Promise<void> {
  const source = server.addSource();
  let taken = 0;
  let problem: string | null = null;
  for await (const parsed of readRecording(recording)) {
    if (parsed.ok) {
      taken += 1;
      source.receive(replayed(parsed.line));
    } else {
      problem ??= parsed.problem;
      server.drop(parsed.problem);
    }
  }
  if (taken === 0) {
    throw new HomeostatError("config_invalid", problem ?? `${recording} is empty: it is no recording`);
  }
  server.endOfFile();
}
