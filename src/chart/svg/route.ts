/**
 * The line of an edge: right angles with rounded corners, and a tip.
 *
 * @module
 */
import type { Point } from "../layout.ts";

const radius = 7;
const tip = { length: 8, halfWidth: 4, notch: 2 };

/** One decimal is less than what a screen shows. */
export function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

const at = ({ x, y }: Point): string => `${short(x)} ${short(y)}`;
const distance = (a: Point, b: Point): number => Math.hypot(b.x - a.x, b.y - a.y);
/** The point `length` away from `a` on the way to `b`. */
const towards = (a: Point, b: Point, length: number): Point => {
  const whole = distance(a, b) || 1;
  return { x: a.x + ((b.x - a.x) / whole) * length, y: a.y + ((b.y - a.y) / whole) * length };
};

/** The `d` of a path; empty for fewer than two points. */
export function routePath(points: readonly Point[]): string {
  const [start] = points;
  const end = points.at(-1);
  if (start === undefined || end === undefined || points.length < 2) return "";
  const corners = points.slice(1, -1).map((corner, index) => {
    const before = points[index] ?? start;
    const after = points[index + 2] ?? end;
    const round = Math.min(radius, distance(before, corner) / 2, distance(corner, after) / 2);
    return `L${at(towards(corner, before, round))}Q${at(corner)} ${at(towards(corner, after, round))}`;
  });
  return `M${at(start)}${corners.join("")}L${at(end)}`;
}

/** The `points` of a polygon at the end of the route. */
export function routeTip(points: readonly Point[]): string {
  const end = points.at(-1);
  const before = points.at(-2);
  if (end === undefined || before === undefined) return "";
  const whole = distance(before, end) || 1;
  const along = { x: (end.x - before.x) / whole, y: (end.y - before.y) / whole };
  const place = (back: number, aside: number): string =>
    `${short(end.x - along.x * back - along.y * aside)},${short(end.y - along.y * back + along.x * aside)}`;
  const { length, halfWidth, notch } = tip;
  return [place(0, 0), place(length, halfWidth), place(length - notch, 0), place(length, -halfWidth)].join(
    " ",
  );
}
