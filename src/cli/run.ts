/**
 * `homeostat run`: supervises what the configuration names until it is told to stop.
 *
 * @module
 */
import { systemClock } from "../runtime/clock.ts";
import { exitCode, type ExitCode } from "./exit-code.ts";
import { formatDuration } from "./run/duration.ts";
import { type Host, openHost } from "./run/host.ts";
import { prepareInspection } from "./run/inspection.ts";
import { count } from "./run/narrator.ts";
import { chooseOutput, type Output } from "./run/output.ts";
import { chooseSeed, seededRandom } from "./run/random.ts";
import { runSession } from "./run/session.ts";
import { kill, listenForStop } from "./run/signals.ts";
import { type EndReason, type Summary, summarise } from "./run/summary.ts";
import type { Terminal } from "./run/terminal.ts";
import { tourMs } from "./tour/tour.ts";

export interface RunOptions {
  readonly config: string;
  readonly dir?: string;
  /** Milliseconds. */
  readonly for?: number;
  readonly chaos: number;
  readonly seed?: number;
  readonly tour: boolean;
  readonly json: boolean;
  /** `true`: the page; `stately`: the Stately Inspector. */
  readonly inspect?: true | "stately";
  readonly open: boolean;
  readonly allowSend: boolean;
  /** A file. */
  readonly record?: string;
}

/** Throws the HomeostatError of `openHost`, or of what is to be inspected or recorded, before anything is started. */
export async function run(options: RunOptions, terminal: Terminal): Promise<ExitCode> {
  const inspection = prepareInspection(options);
  const host = openHost({ ...options, inspector: inspection?.inspector }, terminal.env);
  const { supervisor, retries } = host;
  const facts = { health: () => supervisor.health(), retries, forMs: options.for ?? null };
  const output = chooseOutput(terminal, options.json, facts);
  const ended = new AbortController();
  const end = (reason: EndReason): void => ended.abort(reason);
  const stopListening = listenForStop({
    onFirst: () => end("request"),
    onSecond() {
      output.abandon();
      // What owns the servers' processes kills them when this process exits.
      process.exit(exitCode.killed);
    },
  });
  terminal.stdout.on("error", () => end("outputClosed"));
  supervisor.on((record) => output.record(record));
  try {
    await inspection?.open((text) => output.notice(text));
    const summary = await supervise(options, host, output, ended.signal);
    output.end(summary);
    return summary.exitCode;
  } catch (error) {
    output.abandon();
    throw error;
  } finally {
    stopListening();
    host.close();
    await inspection?.close();
  }
}

async function supervise(
  options: RunOptions,
  host: Host,
  output: Output,
  signal: AbortSignal,
): Promise<Summary> {
  const { reaped, refused } = await host.reap();
  host.warnings.forEach((it) => output.notice(it));
  if (reaped.length > 0)
    output.notice(`ended ${count(reaped.length, "process", "processes")} that an earlier run had left`);
  refused.forEach(({ pid, why }) => output.notice(`left process ${pid} of an earlier run alone: ${why}`));
  const seed = options.chaos === 0 ? null : (options.seed ?? chooseSeed());
  if (seed !== null) output.notice(`${count(options.chaos, "kill")} to come, chosen with --seed ${seed}`);
  if (host.tour !== null && options.for !== undefined && options.for < tourMs) {
    output.notice(`the tour takes about ${formatDuration(tourMs)}: the run ends when it is over`);
  }
  const result = await runSession({
    supervisor: host.supervisor,
    output,
    clock: systemClock,
    forMs: options.for ?? null,
    kills: options.chaos,
    tour: host.tour,
    random: seededRandom(seed ?? 0),
    kill,
    signal,
  });
  return summarise({
    ...result,
    endedBy: signal.aborted ? (signal.reason as EndReason) : "time",
    seed,
    requestedKills: options.chaos,
    specs: host.specs,
    reaped: reaped.length,
    orphans: host.countOrphans(),
  });
}
