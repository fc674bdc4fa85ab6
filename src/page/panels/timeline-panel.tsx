/**
 * The states of all actors over time, as bars.
 *
 * @module
 */
import { type ReactNode, useEffect, useRef } from "react";
import { useSlice, useView } from "../client.ts";
import { clock, duration } from "../format.ts";
import type { TimelineBar } from "../ingest/slices.ts";
import { usePage } from "../page.ts";
import { Empty } from "../widgets/empty.tsx";

const rowHeight = 30;

export function TimelinePanel(): ReactNode {
  const page = usePage();
  const { client } = page;
  const timeline = useSlice(client, "timeline");
  const { timeline: view, selected } = useView(client);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = (): void => {
      const start = Math.max(0, Math.floor(element.scrollTop / rowHeight) - 4);
      client.show({ timeline: { start, rows: Math.ceil(element.clientHeight / rowHeight) + 8 } });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure);
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, [client]);

  const zoom = (factor: number): void => {
    if (timeline === undefined) return;
    const [from, to] = timeline.range;
    const middle = timeline.playhead === null ? to : from + (to - from) * timeline.playhead;
    const length = (to - from) * factor;
    const end = Math.min(to, middle + length / 2);
    client.show({ timeline: { range: factor >= 1 ? null : [end - length, end] } });
  };
  return (
    <section className="timeline" aria-label="Timeline">
      <div className="panel-head">
        <label>
          <input
            type="checkbox"
            checked={view.squash}
            onChange={({ target }) => client.show({ timeline: { squash: target.checked } })}
          />
          shorten idle stretches
        </label>
        <span className="quiet-text grow">
          {timeline !== undefined &&
            `${clock(timeline.range[0])} – ${clock(timeline.range[1])} · ${duration(timeline.range[1] - timeline.range[0])}`}
        </span>
        <button type="button" onClick={() => zoom(0.5)}>
          Half the time
        </button>
        <button type="button" disabled={view.range === null} onClick={() => zoom(1)}>
          All of it
        </button>
      </div>
      {timeline !== undefined && (
        <div className="ticks" aria-hidden="true">
          {timeline.gaps.map(({ x, width, ms }) => (
            <span key={`gap ${x}`} className="gap" style={{ left: `${(x + width / 2) * 100}%` }}>
              ⋯ {duration(ms)}
            </span>
          ))}
          {timeline.ticks.map(({ x, at }) => (
            <span key={x} style={{ left: `${x * 100}%` }}>
              {clock(at).slice(0, 10)}
            </span>
          ))}
        </div>
      )}
      <div className="timeline-rows" ref={scroller} tabIndex={0} role="group" aria-label="States over time">
        {timeline === undefined || timeline.total === 0 ? (
          <Empty title="No machine has changed its state yet" />
        ) : (
          <div className="virtual" style={{ height: timeline.total * rowHeight }}>
            <div className="lanes-area" aria-hidden="true">
              {timeline.gaps.map(({ x, width, ms }) => (
                <span
                  key={x}
                  className="idle"
                  style={{ left: `${x * 100}%`, width: `${width * 100}%` }}
                  title={`${duration(ms)} in which nothing changed`}
                />
              ))}
              {timeline.playhead !== null && (
                <span className="playhead" style={{ left: `${timeline.playhead * 100}%` }} />
              )}
            </div>
            {timeline.rows.map((row, index) => (
              <div
                key={row.key}
                className={row.key === selected ? "timeline-row selected" : "timeline-row"}
                style={{ transform: `translateY(${(timeline.start + index) * rowHeight}px)` }}
              >
                <button
                  type="button"
                  className="timeline-name"
                  style={{ paddingLeft: 8 + Math.min(row.depth, 8) * 10 }}
                  title={row.name}
                  onClick={() => page.select(row.key)}
                >
                  {row.name}
                </button>
                <div className="bars-area">
                  {row.bars.map((bar) => (
                    <Bar
                      key={bar.pos}
                      bar={bar}
                      end={timeline.range[1]}
                      onChoose={(pos) => {
                        page.select(row.key);
                        page.travel(pos);
                      }}
                    />
                  ))}
                </div>
              </div>
            ))}
          </div>
        )}
      </div>
    </section>
  );
}

interface BarProps {
  readonly bar: TimelineBar;
  readonly end: number;
  readonly onChoose: (pos: number) => void;
}

function Bar({ bar, end, onChoose }: BarProps): ReactNode {
  const { x, width, state, health, from, to, pos } = bar;
  const long = duration((to ?? end) - from);
  const rest = `${to === null ? ", still" : ""}, from ${clock(from)}`;
  return (
    <button
      type="button"
      className={`bar ${health}`}
      style={{ left: `${x * 100}%`, width: `max(3px, ${width * 100}% - 1px)` }}
      title={`${state} ${long}${rest}`}
      tabIndex={-1}
      onClick={() => onChoose(Math.max(0, pos))}
    >
      <span className={width > 0.05 ? "" : "hidden"}>
        {state} <small>{long}</small>
      </span>
      <span className="hidden">{rest}</span>
    </button>
  );
}
