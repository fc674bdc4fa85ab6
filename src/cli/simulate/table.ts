/**
 * Results as tables of at most 100 columns.
 *
 * @module
 */
import type pc from "picocolors";
import type { Simulated } from "../../simulate/index.ts";

type Colours = ReturnType<typeof pc.createColors>;
type Cell = (it: Simulated, colours: Colours) => string;

/** The widest that a table may be. */
const columns = 100;
const headWidth = 22;
const cellWidth = 11;

/** `results` for every policy and trace: a grid for each figure, or one table when there is one of either. */
export function drawTables(results: readonly Simulated[], hours: number, colours: Colours): string {
  const traces = [...new Set(results.map((it) => it.trace))];
  const policies = [...new Set(results.map((it) => it.policy))];
  if (traces.length === 1) return drawFigures(results, "policy", (it) => it.policy, hours, colours);
  if (policies.length === 1) return drawFigures(results, "crash every", headOf, hours, colours);
  const perGrid = Math.floor((columns - headWidth) / cellWidth);
  return gridsOf(results, hours)
    .flatMap(([title, cell]) =>
      chunks(traces, perGrid).map((part, index) =>
        drawGrid(index === 0 ? title : "", results, part, cell, colours),
      ),
    )
    .join("\n");
}

export const legend = `17!1m   goes on with rare probes, and told somebody after 1 min
 5×2.9s gave up after 2.9 s, and told somebody
`;

// ── A grid for each figure ───────────────────────────────────────────────────

function gridsOf(results: readonly Simulated[], hours: number): (readonly [string, Cell])[] {
  const during = hours === 1 ? "in an hour" : `in ${hours} h`;
  const grids: (readonly [string, Cell])[] = [
    ["starts per hour, by crash interval", startsCell],
    [`downtime ${during}`, (it) => duration(it.downtimeMs).padStart(5)],
    ["longest gap", (it) => duration(it.longestGapMs).padStart(5)],
  ];
  if (results.some((it) => it.healing !== null)) grids.push(["from healthy to serving", servedCell]);
  return grids;
}

function drawGrid(
  title: string,
  results: readonly Simulated[],
  traces: readonly string[],
  cell: Cell,
  colours: Colours,
): string {
  const byPolicy = Map.groupBy(results, (it) => it.policy);
  const shown = [...byPolicy].map(([policy, all]) => {
    const cells = traces
      .map((trace) => all.find((it) => it.trace === trace))
      .filter((it) => it !== undefined);
    return row(
      policy,
      cells.map((it) => cell(it, colours)),
    );
  });
  const first = [...byPolicy.values()][0] ?? [];
  const heads = first.filter((it) => traces.includes(it.trace)).map((it) => headOf(it).padStart(5));
  return [colours.bold(title), colours.dim(row("", heads)), ...shown, ""].join("\n");
}

const row = (head: string, cells: readonly string[]): string =>
  `${head.padEnd(headWidth)}${cells.map((it) => padded(it, cellWidth)).join("")}`.trimEnd();

const startsCell: Cell = (it, { red, yellow }) => {
  const starts = count(it.startsPerHour).padStart(5);
  if (it.gaveUpAtMs !== null) return `${starts}${red(`×${duration(it.gaveUpAtMs)}`)}`;
  return it.toldAtMs === null ? starts : `${starts}${yellow(`!${duration(it.toldAtMs)}`)}`;
};

const servedCell: Cell = ({ healing }, { red }) =>
  healing?.servedAfterMs === null || healing === null
    ? red("never")
    : duration(healing.servedAfterMs).padStart(5);

// ── One table with every figure ──────────────────────────────────────────────

function drawFigures(
  results: readonly Simulated[],
  head: string,
  nameOf: (it: Simulated) => string,
  hours: number,
  colours: Colours,
): string {
  const heals = results.some((it) => it.healing !== null);
  const heads = ["starts/h", "gives up", "tells", "downtime", "longest gap"];
  if (heals) heads.push("starts after", "back in");
  const widths = heads.map((it) => Math.max(it.length, 8) + 2);
  const line = (name: string, cells: readonly string[]): string =>
    `${name.padEnd(headWidth)}${cells.map((it, index) => padded(it, widths[index] ?? 0, "start")).join("")}`;
  const time = (it: number | null): string => (it === null ? colours.dim("never") : duration(it));
  const rows = results.map((it) => {
    const { startsPerHour, gaveUpAtMs, toldAtMs, downtimeMs, longestGapMs, healing } = it;
    const gaveUp = gaveUpAtMs === null ? time(null) : colours.red(duration(gaveUpAtMs));
    const cells = [
      count(startsPerHour),
      gaveUp,
      time(toldAtMs),
      duration(downtimeMs),
      duration(longestGapMs),
    ];
    const healed = healing === null ? [] : [String(healing.starts), servedCell(it, colours).trim()];
    return line(nameOf(it), [...cells, ...healed]);
  });
  const [first] = results;
  const title =
    head === "policy"
      ? `${first === undefined ? "" : named(first)}, ${hours} h`
      : `${first?.policy}, ${hours} h`;
  const note = heals ? [colours.dim(healingNote)] : [];
  return [colours.bold(title), colours.dim(line(head, heads)), ...rows, ...note, ""].join("\n");
}

const healingNote = "starts after: made since it could be healthy again; back in: from then until it served";

const named = (it: Simulated): string =>
  it.intervalMs === null ? `trace ${it.trace}` : `crashes after ${duration(it.intervalMs)} of uptime`;

// ── Cells ────────────────────────────────────────────────────────────────────

const headOf = (it: Simulated): string => (it.intervalMs === null ? "trace" : duration(it.intervalMs));

const count = (value: number): string => String(value < 9.95 ? Number(value.toFixed(1)) : Math.round(value));

/** At most six characters: `412ms`, `7.2s`, `100s`, `3.8m`, `59m`, `2.5h`. */
function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  if (ms < 119_500) return `${short(ms / 1_000)}s`;
  if (ms < 119.5 * 60_000) return `${short(ms / 60_000)}m`;
  return `${short(ms / 3_600_000)}h`;
}

const short = (value: number): string => (value < 9.95 ? String(Number(value.toFixed(1))) : value.toFixed(0));

/** Filled with spaces to `width`, colours not counted. */
function padded(text: string, width: number, side: "start" | "end" = "end"): string {
  // oxlint-disable-next-line no-control-regex -- the escape character is what colours begin with
  const visible = text.replaceAll(/\u001B\[\d+m/g, "").length;
  const fill = " ".repeat(Math.max(0, width - visible));
  return side === "end" ? `${text}${fill}` : `${fill}${text}`;
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
