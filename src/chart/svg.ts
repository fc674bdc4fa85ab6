/**
 * Placed chart → SVG, as text: in Node for documents, in a page for the screen.
 *
 * Boxes carry `data-state`, edges and pills `data-edge`, and each row of text the transitions it stands for in
 * `data-transitions` (a JSON array): a page can light them up by adding the class `on`.
 *
 * @module
 */
import type { PlacedBox, PlacedChart, PlacedEdge, PlacedPill, TextRow } from "./layout.ts";
import { historyRadius, initialRadius, titleHeight } from "./layout/graph.ts";
import { textWidth } from "./layout/measure.ts";
import { routePath, routeTip, short } from "./svg/route.ts";
import { styleSheet, type Theme } from "./svg/style.ts";
import { attributes, escapeXml } from "./xml.ts";

export { type Theme, themes } from "./svg/style.ts";

export interface SvgOptions {
  readonly theme?: Theme;
  /** Ids of the states that are active. */
  readonly active?: Iterable<string>;
  /** Ids of the transitions that were taken last. */
  readonly taken?: Iterable<string>;
}

export function toSvg(chart: PlacedChart, options: SvgOptions = {}): string {
  const { theme = "auto" } = options;
  const active = new Set(options.active);
  const taken = new Set(options.taken);
  const isTaken = ({ transitions }: { readonly transitions: readonly string[] }): boolean =>
    transitions.some((it) => taken.has(it));
  const { width, height, id, description } = chart;
  const frame = {
    xmlns: "http://www.w3.org/2000/svg",
    class: `hc hc-${theme}`,
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": `Statechart ${id}`,
  };
  return [
    `<svg${attributes(frame)}>`,
    `<title>${escapeXml(description ?? id)}</title>`,
    `<style>${styleSheet(theme)}</style>`,
    ...chart.boxes.map((it) => box(it, active.has(it.state))),
    ...chart.initials.map(
      ({ x, y }) =>
        `<circle${attributes({ class: "initial", cx: short(x), cy: short(y), r: initialRadius })}/>`,
    ),
    ...chart.edges.map((it) => edge(it, isTaken(it))),
    // After the edges: a line that has to cross a title is interrupted by it.
    ...chart.boxes.filter((it) => it.kind !== "history").map((it) => boxText(it, active.has(it.state))),
    ...chart.pills.map((it) => pill(it, isTaken(it))),
    "</svg>",
    "",
  ].join("\n");
}

/** A group; its class names without the empty ones. */
function group(
  classes: readonly (string | false)[],
  data: Readonly<Record<string, string>>,
  content: readonly string[],
): string {
  const named = { class: classes.filter((it) => it !== false).join(" "), ...data };
  return `<g${attributes(named)}>${content.filter((it) => it !== "").join("")}</g>`;
}

function rect(x: number, y: number, width: number, height: number, rx: number, name?: string): string {
  const size = { width: short(width), height: short(height) };
  return `<rect${attributes({ class: name, x: short(x), y: short(y), ...size, rx })}/>`;
}

function box(it: PlacedBox, isActive: boolean): string {
  const { x, y, width, height, state, kind, isOpen, isRegion, depth, rows, description } = it;
  const label = { "data-state": state, "aria-label": isActive ? `${it.title}, active` : it.title };
  const hint = description === null ? "" : `<title>${escapeXml(description)}</title>`;
  if (kind === "history") {
    const [cx, cy] = [x + historyRadius, y + historyRadius];
    const letter = it.historyDepth === "deep" ? "H*" : "H";
    return group(["box", "history", isActive && "on"], label, [
      `<circle${attributes({ cx: short(cx), cy: short(cy), r: historyRadius - 1 })}/>`,
      `<text${attributes({ class: "t-name", x: short(cx), y: short(cy + 4), "text-anchor": "middle" })}>${letter}</text>`,
      hint,
    ]);
  }
  const classes = ["box", isOpen && "open", isOpen && `d${depth}`, isRegion && "region", isActive && "on"];
  const rule = `<path${attributes({ class: "rule", d: `M${short(x)} ${short(y + titleHeight - 0.5)}h${short(width)}` })}/>`;
  return group(classes, label, [
    rect(x, y, width, height, 8),
    kind === "final" ? rect(x + 3, y + 3, width - 6, height - 6, 6, "inner") : "",
    isOpen || rows.length > 0 ? rule : "",
    hint,
  ]);
}

function boxText(it: PlacedBox, isActive: boolean): string {
  const { x, y, width, height, isOpen, depth, rows, title, badge, state } = it;
  // Without rows a closed box is higher than its title.
  const titleY = rows.length === 0 && !isOpen ? y + height / 2 + 4.5 : y + 19;
  const titleWidth = short(textWidth(title, 13, true));
  const at = { x: short(x + 12), y: short(titleY), textLength: titleWidth, lengthAdjust: "spacingAndGlyphs" };
  const end = { class: "badge", x: short(x + width - 10), y: short(titleY), "text-anchor": "end" };
  return group(["text", isOpen && `halo d${depth}`, isActive && "on"], { "data-state": state }, [
    `<text${attributes({ class: "title", ...at })}>${escapeXml(title)}</text>`,
    badge === "" ? "" : `<text${attributes(end)}>${escapeXml(badge)}</text>`,
    ...lines(rows, x + 12, y + titleHeight),
  ]);
}

function edge({ id, kind, points }: PlacedEdge, isTaken: boolean): string {
  return group(["edge", kind, isTaken && "on"], { "data-edge": id }, [
    `<path${attributes({ d: routePath(points) })}/>`,
    `<polygon${attributes({ points: routeTip(points) })}/>`,
  ]);
}

function pill({ x, y, width, height, rows, edge: id }: PlacedPill, isTaken: boolean): string {
  return group(["pill", isTaken && "on"], { "data-edge": id }, [
    rect(x, y, width, height, rows.length > 1 ? 7 : 10),
    ...lines(rows, x + 8, y + 2),
  ]);
}

/** Rows of text below each other, `top` being the upper edge of the first. */
function lines(rows: readonly TextRow[], x: number, top: number): string[] {
  let bottom = top;
  return rows.map(({ spans, width, height, transitions }) => {
    bottom += height;
    const pieces = spans
      .filter((it) => it.text !== "")
      .map(({ text, style }) => `<tspan class="t-${style}">${escapeXml(text)}</tspan>`);
    const own = transitions.length === 0 ? null : JSON.stringify(transitions);
    const at = { x: short(x), y: short(bottom - (height === 13 ? 3.5 : 4.5)) };
    const fit = { textLength: short(width), lengthAdjust: "spacingAndGlyphs", "data-transitions": own };
    return `<text${attributes({ ...at, ...fit })}>${pieces.join("")}</text>`;
  });
}
