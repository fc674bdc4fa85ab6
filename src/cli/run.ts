/**
 * `homeostat run`: supervises what the configuration names until it is told to stop.
 *
 * @module
 */
import { join } from "node:path";
import { pluginsOf } from "../core/config.ts";
import { readConfig } from "../node/config.ts";
import { systemClock } from "../runtime/clock.ts";
import { createSupervisor } from "../runtime/supervisor.ts";
import { openMcpServer } from "../node/mcp/open-mcp-server.ts";
import { countOrphans, openRunDirectory } from "../node/process/run-directory.ts";
import { exitCode, type ExitCode } from "./exit-code.ts";
import { count } from "./run/narrator.ts";
import { chooseOutput } from "./run/output.ts";
import { seededRandom } from "./run/random.ts";
import { makeScratch, nameScratch, scratchVariable } from "./run/scratch.ts";
import { runSession } from "./run/session.ts";
import { listenForStop } from "./run/signals.ts";
import { type EndReason, summarise } from "./run/summary.ts";
import type { Terminal } from "./run/terminal.ts";

export interface RunOptions {
  readonly config: string;
  /** Default: `.homeostat` beside the configuration. */
  readonly dir?: string;
  /** Milliseconds. */
  readonly for?: number;
  readonly chaos: number;
  readonly seed?: number;
  readonly json: boolean;
}

/** Throws a HomeostatError before anything is started: a bad configuration, a run directory in use. */
export async function run(options: RunOptions, terminal: Terminal): Promise<ExitCode> {
  const scratch = nameScratch();
  const { config, directory, warnings } = readConfig(options.config, {
    ...terminal.env,
    [scratchVariable]: scratch,
  });
  const specs = pluginsOf(config);
  const runDirectory = openRunDirectory(options.dir ?? join(directory, ".homeostat"));
  const removeScratch = makeScratch(scratch);
  const ended = new AbortController();
  const end = (reason: EndReason): void => ended.abort(reason);
  try {
    const supervisor = createSupervisor({
      ...config,
      plugins: specs,
      ports: { openServer: openMcpServer({ runDirectory }) },
    });
    const output = chooseOutput(terminal, options.json, {
      health: () => supervisor.health(),
      retries: config.crashBudget.retries,
      forMs: options.for ?? null,
    });
    const stopListening = listenForStop({
      onFirst: () => end("request"),
      onSecond: () => {
        output.abandon();
        // The servers' owner kills them when the process exits.
        process.exit(exitCode.killed);
      },
    });
    terminal.stdout.on("error", () => end("outputClosed"));
    try {
      warnings.forEach((it) => output.notice(it));
      const { reaped, refused } = await runDirectory.reap();
      if (reaped.length > 0)
        output.notice(`ended ${count(reaped.length, "process", "processes")} that an earlier run had left`);
      refused.forEach(({ pid, why }) => output.notice(`left process ${pid} of an earlier run alone: ${why}`));
      const seed = options.chaos === 0 ? null : (options.seed ?? Math.floor(Math.random() * 2 ** 32));
      if (seed !== null) output.notice(`${count(options.chaos, "kill")} to come, chosen with --seed ${seed}`);
      supervisor.on((record) => output.record(record));
      const result = await runSession({
        supervisor,
        output,
        clock: systemClock,
        forMs: options.for ?? null,
        kills: options.chaos,
        random: seededRandom(seed ?? 0),
        kill,
        signal: ended.signal,
      });
      const summary = summarise({
        ...result,
        endedBy: (ended.signal.reason as EndReason | undefined) ?? "time",
        seed,
        requestedKills: options.chaos,
        specs,
        reaped: reaped.length,
        orphans: countOrphans(runDirectory.runId),
      });
      output.end(summary);
      return summary.exitCode;
    } catch (error) {
      output.abandon();
      throw error;
    } finally {
      stopListening();
    }
  } finally {
    removeScratch();
    runDirectory.close();
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
