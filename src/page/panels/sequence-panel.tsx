/**
 * Messages between actors, drawn in order: lifelines across, time down.
 *
 * @module
 */
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useSlice, useView } from "../client.ts";
import { clock } from "../format.ts";
import type { SequenceItem, SequenceSlice } from "../ingest/slices.ts";
import { usePage } from "../page.ts";
import { Empty } from "../widgets/empty.tsx";

const rowHeight = 30;
const headHeight = 34;

export function SequencePanel(): ReactNode {
  const page = usePage();
  const { client } = page;
  const sequence = useSlice(client, "sequence");
  const { sequence: view, selected } = useView(client);
  const body = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 520, rows: 20 });
  useEffect(() => {
    const element = body.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      const rows = Math.max(4, Math.floor((element.clientHeight - headHeight - 8) / rowHeight));
      setSize({ width: element.clientWidth, rows });
      client.show({ sequence: { rows } });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [client]);

  const scroll = (by: number): void => {
    if (sequence === undefined) return;
    const start = Math.max(0, sequence.start + by);
    client.show({ sequence: { start: start + size.rows >= sequence.total ? null : start } });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -size.rows, PageDown: size.rows }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    scroll(by);
  };
  const count = sequence?.items.length ?? 0;
  return (
    <section className="sequence" aria-label="Sequence diagram">
      <div className="panel-head">
        <label>
          <input
            type="checkbox"
            checked={view.scope === "all"}
            onChange={({ target }) =>
              client.show({ sequence: { scope: target.checked ? "all" : "actor", start: null } })
            }
          />
          all actors
        </label>
        <span className="quiet-text">
          {sequence !== undefined && count > 0
            ? `${sequence.start + 1}–${sequence.start + count} of ${sequence.total.toLocaleString("en")}`
            : "no messages"}
        </span>
        <button type="button" aria-label="Earlier messages" onClick={() => scroll(-size.rows)}>
          ▲
        </button>
        <button type="button" aria-label="Later messages" onClick={() => scroll(size.rows)}>
          ▼
        </button>
      </div>
      <div className="sequence-body" ref={body} onWheel={(event) => scroll(Math.sign(event.deltaY) * 2)}>
        {sequence === undefined || count === 0 ? (
          <Empty title="No messages yet">What the selected actor gets and sends is drawn here.</Empty>
        ) : (
          <ul className="lifelines" aria-label="Messages" tabIndex={0} onKeyDown={onKeyDown}>
            <Lifelines sequence={sequence} width={size.width} selected={selected} />
            {sequence.items.map((it, index) => (
              // A place on the screen: while messages stream in, elements change their text and are not made anew.
              <li key={index} style={{ top: headHeight + index * rowHeight, height: rowHeight }}>
                <button
                  type="button"
                  tabIndex={-1}
                  title={`${clock(it.at)}: show everything as it was then`}
                  onClick={() => page.travel(it.pos)}
                >
                  <span className="hidden">{sentence(it, sequence)}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function sentence({ from, to, label, kind, at }: SequenceItem, { lanes }: SequenceSlice): string {
  const name = (key: string | null): string => lanes.find((it) => it.key === key)?.name ?? "outside";
  if (kind === "state") return `${clock(at)} ${name(to)} is ${label}`;
  return `${clock(at)} ${name(from)} to ${name(to)}: ${label}`;
}

interface LifelinesProps {
  readonly sequence: SequenceSlice;
  readonly width: number;
  readonly selected: string | null;
}

function Lifelines({ sequence, width, selected }: LifelinesProps): ReactNode {
  const { lanes, items } = sequence;
  const laneWidth = Math.max(96, (width - 24) / Math.max(1, lanes.length));
  const x = (key: string | null): number => {
    const index = lanes.findIndex((it) => it.key === key);
    return index < 0 ? 6 : 12 + laneWidth * (index + 0.5);
  };
  const height = headHeight + items.length * rowHeight + 10;
  const drawn = Math.max(width, 24 + laneWidth * lanes.length);
  const nameLength = Math.floor((laneWidth - 22) / 6.6);
  return (
    <svg width={drawn} height={height} viewBox={`0 0 ${drawn} ${height}`} aria-hidden="true">
      {lanes.map(({ key, name }) => (
        <g key={key} className={key === selected ? "lane selected" : "lane"}>
          <path d={`M${x(key)} ${headHeight - 4}V${height}`} />
          <rect x={x(key) - laneWidth / 2 + 4} y={4} width={laneWidth - 8} height={24} rx={6} />
          <text x={x(key)} y={20} textAnchor="middle">
            {shorten(name, nameLength)}
          </text>
        </g>
      ))}
      {items.map((it, index) => (
        <Message
          key={index}
          item={it}
          from={x(it.from)}
          to={x(it.to)}
          right={drawn}
          y={headHeight + index * rowHeight + 19}
          space={laneWidth}
        />
      ))}
    </svg>
  );
}

interface MessageProps {
  readonly item: SequenceItem;
  readonly from: number;
  readonly to: number;
  readonly right: number;
  readonly y: number;
  readonly space: number;
}

function Message({ item, from, to, right, y, space }: MessageProps): ReactNode {
  const { kind, tone, label } = item;
  if (kind === "state") {
    const text = shorten(label, 24);
    const width = text.length * 6.1 + 16;
    return (
      <g className="note">
        <rect x={to - width / 2} y={y - 13} width={width} height={20} rx={10} />
        <text x={to} y={y + 1} textAnchor="middle">
          {text}
        </text>
      </g>
    );
  }
  const isOwn = Math.abs(from - to) < 1;
  const way = to > from ? -1 : 1;
  const length = Math.max(60, Math.abs(to - from) - 14);
  const text = shorten(label, Math.max(14, Math.floor((isOwn ? space - 40 : length) / 6)));
  // A loop turns to where there is room for its words.
  const side = to + 34 + text.length * 6.2 > right ? -1 : 1;
  return (
    <g className={`message ${kind} ${tone}`}>
      {isOwn ? (
        <path d={`M${to} ${y - 8}h${24 * side}v11h${-18 * side}`} />
      ) : (
        <path d={`M${from} ${y}H${to + way * 5}`} />
      )}
      {isOwn ? (
        <polygon points={`${to + side},${y + 3} ${to + 9 * side},${y - 1} ${to + 9 * side},${y + 7}`} />
      ) : (
        <polygon points={`${to},${y} ${to + way * 8},${y - 4} ${to + way * 8},${y + 4}`} />
      )}
      <text
        x={isOwn ? to + 30 * side : from < 10 ? to - 12 : (from + to) / 2}
        y={isOwn ? y + 2 : y - 5}
        textAnchor={isOwn ? (side > 0 ? "start" : "end") : from < 10 ? "end" : "middle"}
      >
        {text}
      </text>
    </g>
  );
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, Math.max(1, length - 1))}…` : text;
}
