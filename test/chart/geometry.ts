/** What is wrong with a placed chart, in words: empty for a picture that can be read. */
import type { PlacedBox, PlacedChart, PlacedEdge, Point, Rectangle } from "../../src/chart/index.ts";

/** Less than a tenth of a pixel is rounding. */
const tolerance = 0.1;

export function flaws(chart: PlacedChart): string[] {
  return [
    ...unrouted(chart),
    ...looseEnds(chart),
    ...overlappingBoxes(chart),
    ...overlappingPills(chart),
    ...outside(chart),
  ];
}

function unrouted({ edges }: PlacedChart): string[] {
  return edges.filter((it) => it.points.length < 2).map((it) => `${it.id} has no route`);
}

/** Every edge ends at its target and starts at its source, but at its pill where it comes from around. */
function looseEnds(chart: PlacedChart): string[] {
  const box = new Map(chart.boxes.map((it) => [it.state, it]));
  return chart.edges.flatMap((edge) => {
    const [from = "", to = ""] = edge.id.split(">");
    const [start, end] = [edge.points.at(0), edge.points.at(-1)];
    const target = box.get(to);
    const source = box.get(from);
    const isFromAround =
      source !== undefined && target !== undefined && source !== target && holds(source, target);
    const starts = isFromAround ? chart.pills.filter((it) => it.edge === edge.id) : [source];
    const problems: string[] = [];
    if (end === undefined || target === undefined || !isOnBorder(end, target))
      problems.push(`${edge.id} does not end at its target`);
    if (
      from !== "" &&
      !starts.some((it) => it !== undefined && start !== undefined && isOnBorder(start, it))
    ) {
      problems.push(`${edge.id} does not start at its source`);
    }
    return problems;
  });
}

function isOnBorder({ x, y }: Point, { x: left, y: top, width, height }: Rectangle): boolean {
  const [right, bottom] = [left + width, top + height];
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1;
  const isBetween = (it: number, low: number, high: number): boolean => it >= low - 1 && it <= high + 1;
  return (
    ((near(x, left) || near(x, right)) && isBetween(y, top, bottom)) ||
    ((near(y, top) || near(y, bottom)) && isBetween(x, left, right))
  );
}

export function isOverlapping(a: Rectangle, b: Rectangle): boolean {
  return (
    a.x + a.width > b.x + tolerance &&
    b.x + b.width > a.x + tolerance &&
    a.y + a.height > b.y + tolerance &&
    b.y + b.height > a.y + tolerance
  );
}

const contains = (outer: Rectangle, inner: Rectangle): boolean =>
  inner.x >= outer.x - tolerance &&
  inner.y >= outer.y - tolerance &&
  inner.x + inner.width <= outer.x + outer.width + tolerance &&
  inner.y + inner.height <= outer.y + outer.height + tolerance;

/** Two boxes are apart, or one is open and holds the other below its text. */
function overlappingBoxes({ boxes }: PlacedChart): string[] {
  return pairs(boxes)
    .filter(([a, b]) => isOverlapping(a, b) && !holds(a, b) && !holds(b, a))
    .map(([a, b]) => `${a.state} and ${b.state} overlap`);
}

function holds(outer: PlacedBox, inner: Rectangle): boolean {
  const { x, y, width, height, headHeight } = outer;
  return outer.isOpen && contains({ x, y: y + headHeight, width, height: height - headHeight }, inner);
}

function overlappingPills({ pills, boxes }: PlacedChart): string[] {
  const closed = boxes.filter((it) => !it.isOpen);
  return [
    ...pairs(pills)
      .filter(([a, b]) => isOverlapping(a, b))
      .map(([a, b]) => `the texts of ${a.edge} and ${b.edge} overlap`),
    ...pills.flatMap((pill) =>
      closed
        .filter((it) => isOverlapping(pill, it))
        .map((it) => `the text of ${pill.edge} lies on ${it.state}`),
    ),
  ];
}

function outside({ width, height, boxes, pills, edges }: PlacedChart): string[] {
  const picture = { x: 0, y: 0, width, height };
  const point = ({ x, y }: Point): Rectangle => ({ x, y, width: 0, height: 0 });
  return [
    ...boxes.filter((it) => !contains(picture, it)).map((it) => `${it.state} lies outside`),
    ...pills.filter((it) => !contains(picture, it)).map((it) => `the text of ${it.edge} lies outside`),
    ...edges
      .filter((it) => it.points.some((at) => !contains(picture, point(at))))
      .map((it) => `${it.id} runs outside`),
    ...boxes.filter(isTooSmall).map((it) => `the text of ${it.state} is wider than it`),
  ];
}

const isTooSmall = ({ rows, width }: PlacedBox): boolean => rows.some((it) => it.width + 23 > width);

/** Closed boxes that an edge crosses on its way, besides its ends. */
export function crossedBoxes(chart: PlacedChart): string[] {
  return chart.edges.flatMap((edge) => crossings(edge, chart.boxes));
}

function crossings({ id, points }: PlacedEdge, boxes: readonly PlacedBox[]): string[] {
  const segments = points.slice(1).map((to, at) => {
    const from = points[at] ?? to;
    return {
      x: Math.min(from.x, to.x),
      y: Math.min(from.y, to.y),
      width: Math.abs(to.x - from.x),
      height: Math.abs(to.y - from.y),
    };
  });
  return boxes
    .filter((box) => !box.isOpen && segments.some((it) => isOverlapping(it, shrunk(box))))
    .map((it) => `${id} runs through ${it.state}`);
}

const shrunk = ({ x, y, width, height }: Rectangle): Rectangle => ({
  x: x + 2,
  y: y + 2,
  width: width - 4,
  height: height - 4,
});

function pairs<T>(items: readonly T[]): (readonly [T, T])[] {
  return items.flatMap((a, at) => items.slice(at + 1).map((b) => [a, b] as const));
}
