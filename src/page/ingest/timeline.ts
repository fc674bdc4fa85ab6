/**
 * States over time: a bar for each, as long as it held. Stretches in which nothing changed are shortened.
 *
 * @module
 */
import type { Actor } from "./actor.ts";
import { healthOfState } from "./health.ts";
import { parseQuery } from "./query.ts";
import type { TimelineBar, TimelineSlice } from "./slices.ts";
import type { View } from "./view.ts";
import type { System } from "./system.ts";
import { placesOf } from "./tree.ts";

/** A stretch is idle when it is longer than this part of the whole, and is drawn as long as `squashedPart`. */
const idlePart = 0.06;
const squashedPart = 0.02;
const maxBars = 400;

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly isIdle: boolean;
  readonly x: number;
  readonly width: number;
}

export function timelineSlice(system: System, view: View, now: number): TimelineSlice {
  const { timeline, at } = view;
  const actors = placesOf(system, { ...view, at: null }, parseQuery(view.tree.filter))
    .map((it) => it.actor)
    .filter((it) => it.values.length > 0);
  const start = Math.max(0, Math.min(timeline.start, actors.length - timeline.rows));
  const shown = actors.slice(start, start + timeline.rows);
  const firstAt = system.rows.get(system.rows.first)?.at ?? now;
  // A recording ends with its last record, what is live with this moment.
  const isOver = [...system.sources.values()].every((it) => it.ended !== null);
  const end = Math.max(firstAt + 1, isOver ? system.newestAt : now);
  const range: readonly [number, number] = timeline.range ?? [firstAt, end];
  const pieces = piecesOf(shown, range, timeline.squash);
  const place = (instant: number): number => placeOf(pieces, instant);
  return {
    total: actors.length,
    start,
    range,
    rows: shown.map((actor) => ({
      key: actor.key,
      name: actor.name,
      depth: actor.depth,
      bars: barsOf(system, actor, range, place),
    })),
    gaps: pieces.filter((it) => it.isIdle).map(({ x, width, from, to }) => ({ x, width, ms: to - from })),
    ticks: ticksOf(pieces).filter(({ x }) => x < 1 - tickWidth && !isNearGap(pieces, x)),
    playhead: at === null ? null : place(system.rows.get(at)?.at ?? range[1]),
  };
}

function piecesOf(actors: readonly Actor[], [from, to]: readonly [number, number], squash: boolean): Piece[] {
  const length = Math.max(1, to - from);
  const changes = actors.flatMap((it) => [...it.values, ...it.statuses].map(({ at }) => at));
  const instants = [from, ...changes.filter((it) => it > from && it < to).sort((a, b) => a - b), to];
  const raw: { from: number; to: number; isIdle: boolean }[] = [];
  for (let index = 1; index < instants.length; index++) {
    const [a = from, b = to] = [instants[index - 1], instants[index]];
    const isIdle = squash && b - a > length * idlePart && instants.length > 2;
    const last = raw.at(-1);
    if (last !== undefined && !isIdle && !last.isIdle) last.to = b;
    else raw.push({ from: a, to: b, isIdle });
  }
  const idle = raw.filter((it) => it.isIdle).length;
  const busyMs = raw.reduce((sum, it) => sum + (it.isIdle ? 0 : it.to - it.from), 0);
  const busyWidth = busyMs === 0 ? 0 : 1 - idle * squashedPart;
  let x = 0;
  return raw.map((it) => {
    const share = (it.to - it.from) / Math.max(1, busyMs);
    const width = it.isIdle ? (busyMs === 0 ? 1 / idle : squashedPart) : share * busyWidth;
    const piece = { ...it, x, width };
    x += width;
    return piece;
  });
}

function placeOf(pieces: readonly Piece[], instant: number): number {
  const piece = pieces.find((it) => instant <= it.to) ?? pieces.at(-1);
  if (piece === undefined) return 0;
  const part = (instant - piece.from) / Math.max(1, piece.to - piece.from);
  return Math.min(1, Math.max(0, piece.x + piece.width * part));
}

function barsOf(
  system: System,
  actor: Actor,
  [from, to]: readonly [number, number],
  place: (instant: number) => number,
): TimelineBar[] {
  const machine = system.machineOf(actor);
  const ended = actor.statuses.last()?.at ?? null;
  const bars: TimelineBar[] = [];
  const { values } = actor;
  const firstShown = Math.max(0, values.length - maxBars);
  for (let index = firstShown; index < values.length; index++) {
    const value = values.get(index);
    if (value === undefined) continue;
    const next = values.get(index + 1)?.at ?? ended;
    if ((next ?? to) < from || value.at > to) continue;
    const x = place(Math.max(value.at, from));
    const width = Math.max(0.001, place(Math.min(next ?? to, to)) - x);
    const health = healthOfState(value.text, machine?.tags(value.value) ?? []);
    const { text: state, pos, at } = value;
    bars.push({ x, width, state, health, from: at, to: next, pos });
  }
  return bars;
}

/** What the words of a tick take of a narrow lane: 70 px of 400. They begin at it. */
const tickWidth = 0.18;

/** Where its words would be written over those of a gap, which have their middle in its middle. */
function isNearGap(pieces: readonly Piece[], at: number): boolean {
  return pieces.some(({ isIdle, x, width }) => {
    const fromGap = x + width / 2 - at;
    return isIdle && fromGap < tickWidth + 0.06 && fromGap > -0.06;
  });
}

function ticksOf(pieces: readonly Piece[]): TimelineSlice["ticks"] {
  const ticks: { x: number; at: number }[] = [];
  let lastX = -1;
  for (const { from, to, x, width, isIdle } of pieces) {
    const count = isIdle ? 0 : Math.max(1, Math.floor(width * 8));
    for (let index = 0; index < count; index++) {
      const at = from + ((to - from) * index) / count;
      const tick = x + (width * index) / count;
      if (tick - lastX < tickWidth) continue;
      ticks.push({ x: tick, at });
      lastX = tick;
    }
  }
  return ticks;
}
