/**
 * What a run came to: for programs as one JSON object, for people as a few lines.
 *
 * @module
 */
import type { PluginSpec } from "../../core/config.ts";
import type { Health, PluginStatus, ServerStatusReport } from "../../runtime/api.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { describeTour, isShown } from "../tour/describe.ts";
import type { TourResult } from "../tour/tour.ts";
import type { Kill } from "./chaos.ts";
import { formatDuration } from "./duration.ts";
import { count, nameServer } from "./narrator.ts";
import { isServing } from "./view.ts";

/** `time`: it took as long as it was told to; `request`: a signal; `outputClosed`: nobody reads what it prints. */
export type EndReason = "time" | "request" | "outputClosed";

export interface Outcome {
  readonly endedBy: EndReason;
  readonly ranMs: number;
  readonly seed: number | null;
  readonly requestedKills: number;
  readonly perKill: readonly Kill[];
  /** What the tour showed; `null`: there was none. */
  readonly tour: TourResult | null;
  /** As things were just before the stop. */
  readonly health: Health;
  readonly specs: Readonly<Record<string, PluginSpec>>;
  /** Processes that an earlier host had left and that were ended at the start. */
  readonly reaped: number;
  /** Processes of this run that are alive after its stop. */
  readonly orphans: number;
}

export interface Summary extends Omit<Outcome, "health" | "specs"> {
  readonly type: "summary";
  readonly exitCode: ExitCode;
  /** Servers killed by `--chaos`. */
  readonly kills: number;
  readonly recovered: number;
  /** Of the kills that were recovered, in order. */
  readonly downMs: readonly number[];
  readonly plugins: readonly PluginStatus[];
  /** Required servers that did not serve at the end. */
  readonly notServing: readonly string[];
}

export function summarise({ health, specs, ...outcome }: Outcome): Summary {
  const { perKill, requestedKills, tour, orphans, endedBy } = outcome;
  const downMs = perKill.flatMap((it) => it.downMs ?? []);
  const notServing = findNotServing({ health, specs, ...outcome });
  const isShort = endedBy === "time" && perKill.length < requestedKills;
  const isToured = tour === null || isShown(tour, endedBy === "time");
  const isWell =
    notServing.length === 0 && downMs.length === perKill.length && !isShort && isToured && orphans === 0;
  return {
    type: "summary",
    exitCode: isWell ? exitCode.ok : exitCode.notServing,
    ...outcome,
    kills: perKill.length,
    recovered: downMs.length,
    downMs,
    plugins: health.plugins,
    notServing,
  };
}

/** The required servers that do not serve, and plugins that failed without one. */
function findNotServing({ health: { plugins }, specs, endedBy }: Outcome): string[] {
  return plugins.flatMap(({ name, state, servers }) => {
    const down = servers
      .filter((server) => specs[name]?.servers[server.name]?.required ?? true)
      .filter((server) => !isServing(server) && !(endedBy !== "time" && isOnFirstWayUp(server)))
      .map((server) => nameServer(name, server.name));
    return down.length === 0 && state === "failed" ? [name] : down;
  });
}

/** Whoever ends a run before its servers are up does not say that they would not have come up. */
function isOnFirstWayUp({ status, restarts }: ServerStatusReport): boolean {
  return status === "starting" && restarts === 0;
}

/** The same for people. */
export function describeSummary(summary: Summary): string[] {
  const { kills, recovered, requestedKills, perKill, notServing, orphans, plugins, endedBy } = summary;
  const why = {
    time: "",
    request: ", then was asked to stop",
    outputClosed: ", until nobody read its output",
  };
  const reasons = new Map(
    plugins.flatMap(({ name, servers }) =>
      servers.map((it) => [nameServer(name, it.name), it.lastError] as const),
    ),
  );
  return [
    `ran for ${formatDuration(summary.ranMs)}${why[endedBy]}`,
    ...(requestedKills > 0 ? [`killed ${count(kills, "server")}, ${recovered} recovered`] : []),
    ...perKill.map((kill) => `  ${describeKill(kill)}`),
    ...(kills < requestedKills && endedBy === "time" ? [shortfall(summary)] : []),
    ...(summary.tour === null ? [] : describeTour(summary.tour)),
    ...notServing.map((it) => `not serving at the end: ${it}${because(reasons.get(it))}`),
    orphans === 0
      ? "no process of this run is left"
      : `${count(orphans, "process", "processes")} of this run left`,
  ];
}

function describeKill(kill: Kill): string {
  const name = nameServer(kill.plugin, kill.server);
  if (kill.downMs === null) return `${name} (pid ${kill.pid}) did not come back`;
  const how = kill.by === "standby" ? "by its warm spare" : "by a restart";
  return `${name} (pid ${kill.pid}) was down for ${formatDuration(kill.downMs)}, brought back ${how}`;
}

function shortfall({ kills, requestedKills }: Summary): string {
  const missing = requestedKills - kills;
  return `${count(missing, "kill")} could not be made in time: no healthy server had a retry left in its budget`;
}

function because(error: string | null | undefined): string {
  return error === null || error === undefined ? "" : ` (${error})`;
}
