/**
 * Messages between actors, in order: those of one actor, or of all.
 *
 * @module
 */
import type { Actor } from "./actor.ts";
import { lowerBound } from "./log.ts";
import type { Row } from "./rows.ts";
import type { SequenceItem, SequenceSlice } from "./slices.ts";
import type { View } from "./view.ts";
import type { System } from "./system.ts";

export function sequenceSlice(system: System, view: View, actor: Actor | undefined): SequenceSlice {
  const { sequence, at } = view;
  const places = sequence.scope === "actor" && actor !== undefined ? actor.messages : allPlaces(system);
  const end = at === null ? places.length : lowerBound(places, at + 1);
  const wanted = sequence.start ?? end - sequence.rows;
  const start = Math.max(0, Math.min(wanted, end - sequence.rows));
  const items = places.slice(start, Math.min(end, start + sequence.rows)).flatMap((pos) => {
    const row = system.rows.get(pos);
    return row === undefined ? [] : itemOf(row);
  });
  return { total: end, start, lanes: lanesOf(system, items, actor), items };
}

function allPlaces({ rows }: System): number[] {
  const places: number[] = [];
  // The last ones are enough: further back leads the log.
  for (let pos = rows.end - 1; pos >= rows.first && places.length < 2000; pos--) {
    const kind = rows.get(pos)?.kind;
    if (kind === "event" || kind === "spawn" || kind === "end") places.push(pos);
  }
  return places.reverse();
}

function itemOf({ pos, at, kind, actor, from, name, tone }: Row): SequenceItem[] {
  if (actor === null) return [];
  const base = { pos, at, label: name, tone };
  switch (kind) {
    case "event":
      return [{ ...base, kind, from: from?.key ?? null, to: actor.key }];
    case "spawn":
      return [{ ...base, kind, label: "create", from: from?.key ?? null, to: actor.key }];
    case "end":
      return [{ ...base, kind, from: actor.key, to: (actor.parent ?? actor).key }];
    case "state":
      return [{ ...base, kind, from: actor.key, to: actor.key }];
    case "transition":
    case "context":
    case "action":
    case "escalation":
    case "supervisor":
    case "domain":
    case "gap":
      return [];
  }
}

/** The selected actor's parent first, then in the order of the tree. */
function lanesOf(
  system: System,
  items: readonly SequenceItem[],
  selected: Actor | undefined,
): SequenceSlice["lanes"] {
  const keys = new Set(items.flatMap(({ from, to }) => (from === null ? [to] : [from, to])));
  if (selected !== undefined) keys.add(selected.key);
  return [...keys]
    .flatMap((it) => system.actor(it) ?? [])
    .sort((a, b) => a.depth - b.depth || a.number - b.number)
    .map(({ key, name }) => ({ key, name }));
}
