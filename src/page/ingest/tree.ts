/**
 * The actors as an indented list: which rows are seen, and what each says.
 *
 * @module
 */
import type { BudgetDomainRecord } from "../../inspect/protocol/domain.ts";
import type { Actor } from "./actor.ts";
import { healthOf } from "./health.ts";
import { parseQuery, type Query } from "./query.ts";
import type { TreeRow, TreeSlice } from "./slices.ts";
import type { View } from "./view.ts";
import type { System } from "./system.ts";

interface Place {
  readonly actor: Actor;
  readonly position: number;
  readonly siblings: number;
  readonly isExpandable: boolean;
  readonly isExpanded: boolean;
}

export class TreeView {
  #text = "";
  #query: Query = parseQuery("");

  slice(system: System, view: View, now: number): TreeSlice {
    if (view.tree.filter !== this.#text) this.#query = parseQuery((this.#text = view.tree.filter));
    const places = placesOf(system, view, this.#query);
    const start = Math.max(0, Math.min(view.tree.start, places.length - view.tree.rows));
    const budgets = budgetsOf(system, view.at);
    return {
      total: places.length,
      actors: [...system.sources.values()].reduce((sum, it) => sum + it.actors.size, 0),
      start,
      rows: places.slice(start, start + view.tree.rows).map((it) => rowOf(system, view, it, budgets, now)),
      selectedIndex: places.findIndex(({ actor }) => actor.key === view.selected),
      problem: this.#query.problem,
    };
  }
}

/** Those that are there at the moment that is shown, in order, without what is folded or filtered away. */
export function placesOf(system: System, view: View, query: Query): Place[] {
  const collapsed = new Set(view.tree.collapsed);
  const exists = ({ createdPos, isStarted }: Actor): boolean =>
    isStarted && (view.at === null || createdPos <= view.at);
  const kept = query.isEmpty ? null : matching(system, view, query);
  const isKept = (it: Actor): boolean => exists(it) && (kept === null || kept.has(it));
  const places: Place[] = [];
  const add = (siblings: readonly Actor[]): void => {
    siblings.forEach((actor, index) => {
      const children = actor.children.filter(isKept);
      const isExpanded = kept !== null || !collapsed.has(actor.key);
      const isExpandable = children.length > 0;
      places.push({ actor, position: index + 1, siblings: siblings.length, isExpandable, isExpanded });
      if (isExpanded) add(children);
    });
  };
  const roots = [...system.sources.values()].flatMap((it) =>
    [...it.actors.values()].filter(({ parent }) => parent === null),
  );
  add(roots.filter(isKept));
  return places;
}

/** Those that match, and what is around them. */
function matching(system: System, view: View, query: Query): Set<Actor> {
  const kept = new Set<Actor>();
  for (const source of system.sources.values()) {
    for (const actor of source.actors.values()) {
      const value = actor.values.at(view.at);
      const machine = system.machineOf(actor);
      const matches = query.test({
        text: `${actor.info.path} ${actor.info.systemId ?? ""} ${value?.text ?? ""}`.toLowerCase(),
        field(name) {
          switch (name) {
            case "actor":
              return actor.info.path;
            case "type":
              return `${actor.info.logic} ${actor.info.src ?? ""}`;
            case "state":
              return value?.text ?? "";
            case "tag":
              return machine?.tags(value?.value ?? null).join(" ") ?? "";
            case "is":
              return healthOf(actor, machine, view.at);
            case "event":
            case "from":
              return "";
          }
        },
      });
      if (matches) for (let it: Actor | null = actor; it !== null; it = it.parent) kept.add(it);
    }
  }
  return kept;
}

/** By the ids that a supervisor gives its actors. */
function budgetsOf(system: System, at: number | null): Map<string, BudgetDomainRecord> {
  const budgets = new Map<string, BudgetDomainRecord>();
  for (const source of system.sources.values()) {
    for (const record of source.domainAt(at)) {
      if (record.kind !== "budget") continue;
      budgets.set(`${source.id}|budget:${record.plugin}/${record.server}`, record);
      const plugin = `${source.id}|plugin:${record.plugin}`;
      const worst = budgets.get(plugin);
      if (worst === undefined || record.retriesLeft < worst.retriesLeft) budgets.set(plugin, record);
    }
  }
  return budgets;
}

function rowOf(
  system: System,
  { at }: View,
  { actor, position, siblings, isExpandable, isExpanded }: Place,
  budgets: ReadonlyMap<string, BudgetDomainRecord>,
  now: number,
): TreeRow {
  const { key, name, depth } = actor;
  const budget = budgets.get(`${actor.source.id}|${actor.info.id}`);
  const status = actor.statuses.at(at);
  return {
    key,
    name,
    depth,
    position,
    siblings,
    isExpandable,
    isExpanded,
    state: status?.status ?? actor.values.at(at)?.text ?? actor.info.logic,
    health: healthOf(actor, system.machineOf(actor), at),
    budget: budget === undefined ? null : { left: budget.retriesLeft, of: budget.retries },
    rate: at === null ? actor.rate(now) : null,
  };
}
