/**
 * What a run holds: its configuration, its run directory, a temporary directory, and a supervisor for MCP servers.
 *
 * @module
 */
import { join } from "node:path";
import { pluginsOf, type PluginSpec } from "../../core/config.ts";
import { HomeostatError } from "../../core/errors.ts";
import type { Inspector } from "../../inspect/inspector.ts";
import { readConfig } from "../../node/config.ts";
import {
  countOrphans,
  openMcpServer,
  openRunDirectory,
  type ReapReport,
  type RunDirectory,
} from "../../node/index.ts";
import type { Supervisor } from "../../runtime/api.ts";
import { systemClock } from "../../runtime/clock.ts";
import { createSupervisor } from "../../runtime/create-supervisor.ts";
import { refuseNamesOfTour, Tour } from "../tour/tour.ts";
import {
  findAbandonedScratch,
  makeScratch,
  nameScratch,
  removeDirectory,
  scratchVariable,
} from "./scratch.ts";

export interface Host {
  readonly supervisor: Supervisor;
  readonly specs: Readonly<Record<string, PluginSpec>>;
  /** `null` unless it was asked for; its plugins are among `specs`. */
  readonly tour: Tour | null;
  /** Retries per window of the crash budget. */
  readonly retries: number;
  /** About the configuration. */
  readonly warnings: readonly string[];
  /** Ends and removes what an earlier host left behind. */
  reap(): Promise<ReapReport>;
  /** Processes of this run that are alive. */
  countOrphans(): number;
  /** Lets the next run in. */
  close(): void;
}

/**
 * Opens a host in the run directory `dir`, by default `.homeostat` beside the configuration. Starts nothing.
 *
 * Throws a HomeostatError: those of `readConfig`, `run_directory_locked`, or `config_invalid` when the run directory
 * cannot be used at all; then nothing was made.
 */
export function openHost(
  {
    config: file,
    dir,
    tour: isTour,
    inspector,
  }: { config: string; dir?: string; tour: boolean; inspector?: Inspector },
  env: Readonly<Record<string, string | undefined>>,
): Host {
  const scratch = nameScratch();
  const { config, directory, warnings } = readConfig(file, { ...env, [scratchVariable]: scratch });
  const own = pluginsOf(config);
  if (isTour) refuseNamesOfTour(Object.keys(own));
  const runDirectory = open(dir ?? join(directory, ".homeostat"));
  const abandoned = findAbandonedScratch(runDirectory.path);
  const removeScratch = makeScratch(scratch, runDirectory.path);
  const tour = isTour ? new Tour(join(scratch, "tour"), runDirectory, systemClock) : null;
  const specs = { ...own, ...tour?.plugins };
  const { crashBudget, spawnBudget, startSlots, stopDeadlineMs } = config;
  return {
    supervisor: createSupervisor({
      plugins: specs,
      ports: { openServer: openMcpServer({ runDirectory }), ...tour?.ports },
      crashBudget,
      spawnBudget,
      startSlots,
      stopDeadlineMs,
      observers: tour === null ? [] : [tour.record],
      inspect: { inspector },
    }),
    specs,
    tour,
    retries: crashBudget.retries,
    warnings,
    async reap() {
      const report = await runDirectory.reap();
      // Not before the processes that used it are gone.
      if (abandoned !== null) removeDirectory(abandoned);
      return report;
    },
    countOrphans: () => countOrphans(runDirectory.runId),
    close() {
      removeScratch();
      runDirectory.close();
    },
  };
}

function open(path: string): RunDirectory {
  try {
    return openRunDirectory(path);
  } catch (error) {
    if (error instanceof HomeostatError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${path} cannot be the run directory (${reason}); name another one with --dir DIRECTORY`;
    throw new HomeostatError("config_invalid", message, { path }, error);
  }
}
