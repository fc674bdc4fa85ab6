/**
 * Everything that happened, one row each, newest at the bottom. Choosing a row shows everything as it was then.
 *
 * @module
 */
import { type KeyboardEvent, memo, type ReactNode, useEffect, useLayoutEffect, useRef } from "react";
import { useSlice, useView } from "../client.ts";
import { clock } from "../format.ts";
import { type RowKind, rowKinds } from "../ingest/rows.ts";
import type { LogRow } from "../ingest/slices.ts";
import { usePage } from "../page.ts";
import { FilterField } from "../widgets/filter-field.tsx";
import { useRows } from "./use-rows.ts";

const rowHeight = 23;

export function LogPanel(): ReactNode {
  const page = usePage();
  const { client } = page;
  const log = useSlice(client, "log");
  const { at, log: view } = useView(client);
  const scroller = useRef<HTMLDivElement>(null);
  const [seen, look] = useRows(scroller, rowHeight, at === null);
  const isFollowing = at === null && seen.isAtEnd;
  const start = isFollowing ? null : seen.first;
  useEffect(() => {
    client.show({ log: { rows: seen.count, start } });
  }, [client, start, seen.count]);

  // Stays at the end while the end is shown; goes to the moment that is shown.
  const total = log?.total ?? 0;
  const playhead = log?.playhead ?? -1;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    if (at === null) {
      if (isFollowing) element.scrollTop = element.scrollHeight;
      return;
    }
    const top = playhead * rowHeight;
    const { scrollTop, clientHeight } = element;
    if (top < scrollTop || top + rowHeight > scrollTop + clientHeight) {
      element.scrollTop = Math.max(0, top - clientHeight / 2);
    }
  }, [at, total, playhead, isFollowing]);

  const choose = ({ pos, actorKey }: LogRow): void => {
    page.travel(pos);
    if (actorKey !== null) page.select(actorKey);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowUp: -1, ArrowDown: 1, k: -1, j: 1 }[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    void page.step(step === 1 ? 1 : -1, "log");
  };
  const toggle = (kind: RowKind): void => {
    const hidden = view.hidden.includes(kind)
      ? view.hidden.filter((it) => it !== kind)
      : [...view.hidden, kind];
    client.show({ log: { hidden, start: null } });
  };
  const current = log?.rows.find((it) => log.start + log.rows.indexOf(it) === playhead);

  return (
    <section className="log" id="log" aria-label="Log">
      <div className="log-head">
        <h2>Log</h2>
        <FilterField
          id="log-filter"
          label="Filter the log"
          placeholder='actor:mail|billing  event:/crash/  state:recovering  is:error  !type:action  "two words"'
          value={view.query}
          problem={log?.problem ?? null}
          onChange={(query) => client.show({ log: { query, start: null } })}
        />
        <span className="quiet-text">
          {total.toLocaleString("en")} of {(log?.kept ?? 0).toLocaleString("en")}
        </span>
      </div>
      <div className="chips" role="group" aria-label="Kinds of rows">
        {rowKinds.map((kind) => (
          <button
            key={kind}
            type="button"
            className="chip"
            aria-pressed={!view.hidden.includes(kind)}
            onClick={() => toggle(kind)}
          >
            {kind}
          </button>
        ))}
      </div>
      <div
        ref={scroller}
        id="log-rows"
        className="rows"
        role="grid"
        aria-label="Log"
        aria-rowcount={total}
        tabIndex={0}
        aria-activedescendant={at === null || current === undefined ? undefined : `row-${current.pos}`}
        onScroll={look}
        onKeyDown={onKeyDown}
      >
        <div role="presentation" className="virtual" style={{ height: total * rowHeight }}>
          {log?.rows.map((row, index) => (
            <Row
              // A place on the screen: while rows stream in, elements change their text and are not made anew.
              key={(log.start + index) % seen.count}
              row={row}
              index={log.start + index}
              isShown={at !== null && log.start + index === playhead}
              onChoose={choose}
            />
          ))}
        </div>
      </div>
      {total === 0 && <p className="hint">Nothing yet that passes the filter.</p>}
    </section>
  );
}

interface RowProps {
  readonly row: LogRow;
  readonly index: number;
  readonly isShown: boolean;
  readonly onChoose: (row: LogRow) => void;
}

const Row = memo(
  function Row({ row, index, isShown, onChoose }: RowProps): ReactNode {
    const { pos, at, kind, tone, actor, from, name, detail } = row;
    return (
      // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the grid has the keys
      <div
        id={`row-${pos}`}
        role="row"
        aria-rowindex={index + 1}
        aria-selected={isShown}
        className={`log-row ${tone} ${isShown ? "selected" : ""}`}
        style={{ transform: `translateY(${index * rowHeight}px)` }}
        onClick={() => onChoose(row)}
      >
        <span role="gridcell" className="quiet-text">
          {clock(at)}
        </span>
        <span role="gridcell">
          <span className={`tag ${kind}`}>{kind}</span>
        </span>
        <strong role="gridcell">{actor}</strong>
        <span role="gridcell" className="what">
          {name}
        </span>
        <span role="gridcell" className="quiet-text">
          {from === "" ? "" : `from ${from}`}
        </span>
        <span role="gridcell" className="quiet-text" title={detail}>
          {detail}
        </span>
      </div>
    );
  },
  (a, b) => a.row.pos === b.row.pos && a.index === b.index && a.isShown === b.isShown,
);
