/**
 * The live view: what it shows, as lines of text. A pure function of its model.
 *
 * @module
 */
import type pc from "picocolors";
import type { Health, PluginStatus, ServerStatusReport } from "../../runtime/api.ts";
import { formatDuration, formatElapsed } from "./duration.ts";
import { count, type Line, nameServer, type Tone } from "./narrator.ts";
import { type Cell, type Column, fit, layOutTable } from "./view/table.ts";

type Colors = ReturnType<typeof pc.createColors>;

export interface ViewModel {
  readonly health: Health;
  /** By subject, as the narrator names them. */
  readonly lastLines: ReadonlyMap<string, Line>;
  /** Of the crash budget: retries per window. */
  readonly retries: number;
  readonly elapsedMs: number;
  /** How long the run takes; `null`: until it is ended. */
  readonly forMs: number | null;
  /** Lines about the run as a whole, such as the kills so far. */
  readonly notes: readonly string[];
}

export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly colors: Colors;
}

const columns: readonly Column[] = [
  { title: "PLUGIN", align: "left", dropOrder: null, flexibleFrom: null },
  { title: "STATE", align: "left", dropOrder: null, flexibleFrom: null },
  { title: "UPTIME", align: "right", dropOrder: 1, flexibleFrom: null },
  { title: "RESTARTS", align: "right", dropOrder: 3, flexibleFrom: null },
  { title: "BUDGET", align: "left", dropOrder: 2, flexibleFrom: null },
  { title: "LAST EVENT", align: "left", dropOrder: 4, flexibleFrom: 16 },
];

interface Row {
  readonly tone: Tone;
  readonly cells: readonly Cell[];
}

/** The lines of the view: none wider than the screen, not more than its height less one for the cursor. */
export function renderView(model: ViewModel, { width, height, colors }: Screen): string[] {
  const { health, elapsedMs, forMs, notes } = model;
  const servers = health.plugins.flatMap((it) => it.servers);
  const serving = servers.filter((it) => isServing(it)).length;
  const time = formatElapsed(elapsedMs) + (forMs === null ? "" : ` of ${formatElapsed(forMs)}`);
  const heading = `homeostat   ${count(health.plugins.length, "plugin")}, ${serving} of ${count(servers.length, "server")} serving   ${time}`;
  const footer = [
    ...notes,
    ...health.escalations.map(({ subject, message }) => `needs a person: ${subject}: ${message}`),
    ...hint(health.status),
  ];
  // Heading, titles, two empty lines, the cursor's line.
  const room = Math.max(1, height - 5 - footer.length);
  const rows = health.plugins.flatMap((plugin) => rowsOf(plugin, model, colors));
  const shown = rows.length <= room ? rows : urgentFirst(rows).slice(0, room - 1);
  const [titles = "", ...table] = layOutTable(
    columns,
    shown.map((it) => it.cells),
    width,
  );
  const hidden = rows.length - shown.length;
  return [
    colors.bold(fit(heading, width)),
    "",
    colors.dim(titles),
    ...table,
    ...(hidden > 0 ? [colors.dim(fit(`and ${hidden} more`, width))] : []),
    "",
    ...footer.map((line) => colors.dim(fit(line, width))),
  ];
}

export const stoppingText = "stopping… press Ctrl-C again to kill";

function hint(status: Health["status"]): string[] {
  if (status === "stopped") return [];
  return [status === "stopping" ? stoppingText : "Ctrl-C stops"];
}

export function isServing({ status }: Pick<ServerStatusReport, "status">): boolean {
  return status === "healthy" || status === "degraded";
}

function rowsOf(plugin: PluginStatus, model: ViewModel, colors: Colors): Row[] {
  const [only] = plugin.servers;
  if (only !== undefined && plugin.servers.length === 1 && only.name === plugin.name)
    return [serverRow(plugin.name, only, plugin, model, colors)];
  const tone = toneOf(plugin.state);
  const event = model.lastLines.get(plugin.name)?.text ?? plugin.reason ?? "";
  const cells = [plugin.name, words(plugin.state), "", "", "", event];
  return [
    paintRow(cells, tone, colors),
    ...plugin.servers.map((server) => serverRow(`  ${server.name}`, server, plugin, model, colors)),
  ];
}

function serverRow(
  label: string,
  server: ServerStatusReport,
  plugin: PluginStatus,
  { lastLines, retries }: ViewModel,
  colors: Colors,
): Row {
  const waits = server.retryAfterMs !== null;
  const leaves = plugin.state === "shuttingDown" || plugin.state === "stopped";
  const state = leaves && server.status !== "stopped" ? plugin.state : waits ? server.budget : server.status;
  const budget = waits
    ? `retry in ${formatDuration(Math.ceil((server.retryAfterMs ?? 0) / 1_000) * 1_000)}`
    : `${server.retriesLeft} of ${count(retries, "retry", "retries")} left`;
  const cells = [
    label,
    words(state) + (server.standby === "ready" ? " +1" : ""),
    server.uptimeMs === null ? "–" : formatElapsed(server.uptimeMs),
    String(server.restarts),
    leaves ? "" : budget,
    lastLines.get(nameServer(plugin.name, server.name))?.text ?? server.lastError ?? "",
  ];
  return paintRow(cells, toneOf(state), colors);
}

function paintRow(texts: readonly string[], tone: Tone, colors: Colors): Row {
  const cells = texts.map((text, index): Cell => {
    if (columns[index]?.title === "STATE") return { text, paint: (it) => painter(tone, colors)(it) };
    return columns[index]?.title === "LAST EVENT" ? { text, paint: colors.dim } : { text };
  });
  return { tone, cells };
}

/** Colour for a tone of voice. */
export function painter(tone: Tone, colors: Colors): (text: string) => string {
  switch (tone) {
    case "good":
      return colors.green;
    case "notable":
      return colors.yellow;
    case "bad":
      return colors.red;
    case "plain":
      return (text) => text;
  }
}

/** By states of the plugin and budget charts and of server reports. */
function toneOf(state: string): Tone {
  if (state === "healthy") return "good";
  if (state === "failed" || state === "refused" || state.startsWith("quarantined")) return "bad";
  return state === "stopped" || state === "shuttingDown" ? "plain" : "notable";
}

/** `backingOff` as `backing off`, `halfOpen.probing` as `half open probing`. */
function words(state: string): string {
  return state.replaceAll(".", " ").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** What is amiss first, otherwise as it was. */
function urgentFirst(rows: readonly Row[]): Row[] {
  const urgency: Readonly<Record<Tone, number>> = { bad: 0, notable: 1, plain: 2, good: 3 };
  return [...rows].sort((a, b) => urgency[a.tone] - urgency[b.tone]);
}
