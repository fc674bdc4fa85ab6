/**
 * The rows of the log that pass the filter. New rows are tested as they come; a new filter tests all that are kept, once.
 *
 * @module
 */
import { parseQuery, type Query } from "./query.ts";
import type { Row } from "./rows.ts";
import type { LogRow, LogSlice } from "./slices.ts";
import type { View } from "./view.ts";
import type { System } from "./system.ts";

export class LogView {
  #text: string | null = null;
  #hidden = "";
  #query: Query = parseQuery("");
  #matches: number[] = [];
  /** Up to where rows have been tested. */
  #tested = 0;

  slice(system: System, view: View): LogSlice {
    const { log, at } = view;
    this.#update(system, view);
    const matches = this.#matches;
    // What had to go is cut off in one piece.
    const { first, end } = system.rows;
    if ((matches[0] ?? first) < first) matches.splice(0, lowerBound(matches, first));
    const playhead = at === null ? matches.length - 1 : lowerBound(matches, at + 1) - 1;
    const last = log.start ?? (at === null ? matches.length : playhead + 1) - log.rows;
    const start = Math.max(0, Math.min(last, matches.length - log.rows));
    const rows = matches
      .slice(start, start + log.rows)
      .flatMap((pos) => system.rows.get(pos) ?? [])
      .map(logRow);
    const { problem } = this.#query;
    return { total: matches.length, kept: end - first, start, rows, playhead, problem };
  }

  /** The place of the next (1) or previous (-1) row of the list, from `pos`; `null` at its end. */
  neighbour(system: System, view: View, pos: number, step: 1 | -1): number | null {
    this.#update(system, view);
    const index = step === 1 ? lowerBound(this.#matches, pos + 1) : lowerBound(this.#matches, pos) - 1;
    return this.#matches[index] ?? null;
  }

  #update({ rows }: System, { log }: View): void {
    const hidden = log.hidden.join();
    if (log.query !== this.#text || hidden !== this.#hidden) {
      this.#query = parseQuery((this.#text = log.query));
      this.#hidden = hidden;
      this.#matches = [];
      this.#tested = rows.first;
    }
    const isHidden = new Set(log.hidden);
    const { test, isEmpty } = this.#query;
    for (let pos = Math.max(this.#tested, rows.first); pos < rows.end; pos++) {
      const row = rows.get(pos);
      if (row === undefined || isHidden.has(row.kind)) continue;
      if (isEmpty || test(new RowSubject(row))) this.#matches.push(pos);
    }
    this.#tested = rows.end;
  }
}

class RowSubject {
  readonly #row: Row;
  readonly text: string;

  constructor(row: Row) {
    this.#row = row;
    this.text = row.text;
  }

  field(name: "actor" | "type" | "state" | "event" | "tag" | "from" | "is"): string {
    const { actor, source, kind, state, name: event, from, tone } = this.#row;
    switch (name) {
      case "actor":
        return actor?.info.path ?? source.hello.app;
      case "type":
        return kind;
      case "state":
        return state;
      case "event":
        return event;
      case "from":
        return from?.info.path ?? "";
      case "is":
        return `${tone} ${kind}`;
      case "tag":
        return "";
    }
  }
}

function logRow({ pos, at, kind, tone, actor, source, from, name, detail }: Row): LogRow {
  return {
    pos,
    at,
    kind,
    tone,
    actor: actor?.name ?? source.hello.app,
    actorKey: actor?.key ?? null,
    from: from?.name ?? "",
    name,
    detail,
  };
}

/** The index of the first of the ascending `values` that is at least `wanted`. */
export function lowerBound(values: readonly number[], wanted: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? Infinity) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
