/**
 * The chart: starts per hour over the crash interval, both logarithmic. One self-contained SVG, light or dark as the
 * viewer prefers; in a browser a line stands out when it or its name is pointed at.
 *
 * @module
 */
import { chartStyle, hues } from "./svg/style.ts";
import type { SweepLine, SweepPoint } from "./sweep.ts";

const width = 1_000;
const height = 640;
const plot = { left: 76, right: 756, top: 84, bottom: 540 };
const legend = { left: 786, top: 96, rowHeight: 23 };

/** `caption` says under which conditions, in one line. */
export function drawSweep(lines: readonly SweepLine[], caption: string): string {
  const scale = scaleOf(lines.flatMap((it) => it.points));
  // The first policy is drawn last, above the others.
  const drawn = lines.map((line, index) => drawLine(line, index, scale)).toReversed();
  const description = `For each restart policy a line: how often it starts a unit in an hour, when each incarnation crashes after the interval on the horizontal axis. Dotted where the policy gave up. ${lines.map(describe).join(" ")}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">
<title id="title">Starts per hour over crash interval</title>
<desc id="desc">${escape(description)}</desc>
<style>${chartStyle}</style>
<rect class="ground" width="${width}" height="${height}"/>
<text class="heading" x="${plot.left}" y="34">Starts per hour over crash interval</text>
<text class="caption" x="${plot.left}" y="58">${escape(caption)}</text>
${drawAxes(scale)}
${drawn.join("\n")}
${drawKey()}
</svg>
`;
}

// ── Scales ───────────────────────────────────────────────────────────────────

interface Scale {
  readonly x: (intervalMs: number) => number;
  readonly y: (startsPerHour: number) => number;
  readonly intervals: readonly [number, number];
  readonly rates: readonly [number, number];
}

function scaleOf(points: readonly SweepPoint[]): Scale {
  const intervals = span(points.map((it) => it.intervalMs));
  const [lowest, highest] = span(points.map((it) => it.startsPerHour));
  const rates = [10 ** Math.floor(Math.log10(lowest)) * 0.8, highest * 1.25] as const;
  return {
    intervals,
    rates,
    x: (it) => plot.left + share(it, intervals) * (plot.right - plot.left),
    y: (it) => plot.bottom - share(it, rates) * (plot.bottom - plot.top),
  };
}

function span(values: readonly number[]): readonly [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** Where `value` lies between the ends, from 0 to 1, on a logarithmic scale. */
function share(value: number, [from, to]: readonly [number, number]): number {
  return from === to ? 0.5 : Math.log(value / from) / Math.log(to / from);
}

const intervalTicks: readonly (readonly [number, string])[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((it) => [it, `${it} ms`] as const),
  ...[1, 2, 5, 10, 20].map((it) => [it * 1_000, `${it} s`] as const),
  ...[1, 2, 5, 10, 20].map((it) => [it * 60_000, `${it} min`] as const),
  ...[1, 2, 5, 10, 24].map((it) => [it * 3_600_000, `${it} h`] as const),
];

const labelWidth = 54;

function drawAxes({ x, y, intervals, rates }: Scale): string {
  const shown = intervalTicks.filter(([ms]) => ms >= intervals[0] && ms <= intervals[1]);
  const columns = apart(shown, x).map(
    ([ms, label]) =>
      `<path class="grid" d="M${round(x(ms))} ${plot.top}V${plot.bottom}"/><text class="tick middle" x="${round(x(ms))}" y="${plot.bottom + 20}">${label}</text>`,
  );
  const decades = Array.from({ length: 12 }, (_, index) => 10 ** (index - 3)).filter(
    (it) => it >= rates[0] && it <= rates[1],
  );
  const rows = decades.map(
    (it) =>
      `<path class="grid" d="M${plot.left} ${round(y(it))}H${plot.right}"/><text class="tick end" x="${plot.left - 10}" y="${round(y(it) + 4)}">${it.toLocaleString("en")}</text>`,
  );
  const middle = (plot.top + plot.bottom) / 2;
  return [
    ...columns,
    ...rows,
    `<path class="axis" d="M${plot.left} ${plot.top}V${plot.bottom}H${plot.right}"/>`,
    `<text class="label middle" x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 46}">each incarnation crashes after</text>`,
    `<text class="label middle" transform="rotate(-90 22 ${middle})" x="22" y="${middle}">starts per hour</text>`,
  ].join("\n");
}

// ── Lines ────────────────────────────────────────────────────────────────────

/** Points between two markers of a line; each line's are shifted, so that lines on top of each other show all theirs. */
const markerEvery = 12;

function drawLine({ name, summary, points }: SweepLine, index: number, scale: Scale): string {
  const at = (it: SweepPoint): string =>
    `${round(scale.x(it.intervalMs))} ${round(scale.y(it.startsPerHour))}`;
  const paths = { kept: "", gaveUp: "" };
  for (const [position, point] of points.entries()) {
    const next = points[position + 1];
    if (next === undefined) break;
    // The step from one to the other belongs to the part that gave up.
    paths[point.gaveUp || next.gaveUp ? "gaveUp" : "kept"] += `M${at(point)}L${at(next)}`;
  }
  const markers = points
    .filter((_, position) => position % markerEvery === (index * 5) % markerEvery)
    .map((it) => marker(index, scale.x(it.intervalMs), scale.y(it.startsPerHour)));
  const y = legend.top + index * legend.rowHeight;
  const kept = paths.kept === "" ? "" : `<path d="${joined(paths.kept)}"/>`;
  const gaveUp = paths.gaveUp === "" ? "" : `<path class="dotted" d="${joined(paths.gaveUp)}"/>`;
  return `<g class="line hue${index % hues}${index === 0 ? " first" : ""}"><title>${escape(`${name}: ${summary}`)}</title>${kept}${gaveUp}${markers.join("")}<path d="M${legend.left} ${y}h26"/>${marker(index, legend.left + 13, y)}<text class="name" x="${legend.left + 36}" y="${y + 4}">${escape(name)}</text></g>`;
}

/** One `M` for each run of steps that follow each other. */
function joined(steps: string): string {
  let end = "";
  return steps.replaceAll(/M([^ML]+)L([^ML]+)/g, (_, from: string, to: string) => {
    const step = from === end ? `L${to}` : `M${from}L${to}`;
    end = to;
    return step;
  });
}

/** Discs for the first lines, then, with the same hues again, squares and then rings. */
function marker(index: number, x: number, y: number): string {
  switch (Math.floor(index / hues) % 3) {
    case 0:
      return `<circle class="mark" cx="${round(x)}" cy="${round(y)}" r="3.4"/>`;
    case 1:
      return `<rect class="hollow" x="${round(x - 3.5)}" y="${round(y - 3.5)}" width="7" height="7"/>`;
    default:
      return `<circle class="hollow" cx="${round(x)}" cy="${round(y)}" r="3.6"/>`;
  }
}

function drawKey(): string {
  const y = height - 28;
  return `<g class="key"><path d="M${plot.left} ${y}h32"/><text x="${plot.left + 42}" y="${y + 4}">goes on restarting</text><path class="dotted" d="M${plot.left + 190} ${y}h32"/><text x="${plot.left + 232}" y="${y + 4}">gave up: so many starts, then none</text></g>`;
}

function describe({ name, points }: SweepLine): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return "";
  const say = (it: SweepPoint): string =>
    `${Math.round(it.startsPerHour)} at ${it.intervalMs} ms${it.gaveUp ? ", gave up" : ""}`;
  return `${name}: ${say(first)}; ${say(last)}.`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Those that have room for their label beside the one before. */
function apart(ticks: typeof intervalTicks, x: Scale["x"]): typeof intervalTicks {
  let end = -Infinity;
  return ticks.filter(([ms]) => {
    if (x(ms) < end + labelWidth) return false;
    end = x(ms);
    return true;
  });
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
