/**
 * How much happened when. Its playhead is moved to see everything as it was: nothing in the app is turned back.
 *
 * @module
 */
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from "react";
import { useSlice, useView } from "../client.ts";
import { clock } from "../format.ts";
import { usePage } from "../page.ts";

export function TimeStrip(): ReactNode {
  const page = usePage();
  const { at } = useView(page.client);
  const strip = useSlice(page.client, "strip");
  const status = useSlice(page.client, "status");
  const bars = useRef<HTMLDivElement>(null);
  const isDragging = useRef(false);
  if (strip === undefined || status === undefined)
    return <section className="time-strip" aria-label="Time" />;
  const { counts, errors, startAt, widthMs, playhead } = strip;
  const most = Math.max(1, ...counts);
  const slots = Math.max(counts.length, 60);

  const travelTo = async ({ clientX }: PointerEvent): Promise<void> => {
    const box = bars.current?.getBoundingClientRect();
    if (box === undefined) return;
    const slot = ((clientX - box.left) / box.width) * slots;
    const instant = startAt + Math.min(counts.length, Math.max(0, slot)) * widthMs;
    page.travel(await page.client.ask({ kind: "placeAt", at: instant }));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const big = Math.max(1, Math.round((status.lastPos - status.firstPos) / 20));
    const from = at ?? status.lastPos;
    const to: Readonly<Record<string, number | null>> = {
      ArrowLeft: from - 1,
      ArrowDown: from - 1,
      ArrowRight: from + 1,
      ArrowUp: from + 1,
      PageDown: from - big,
      PageUp: from + big,
      Home: status.firstPos,
      End: null,
    };
    if (!(event.key in to)) return;
    event.preventDefault();
    const place = to[event.key] ?? null;
    page.travel(place === null || place >= status.lastPos ? null : Math.max(status.firstPos, place));
  };
  const shown = status.shownAt === null ? "now" : `${clock(status.shownAt)}, row ${at}`;
  const left = playhead === null ? null : `${Math.min(100, (playhead / slots) * 100)}%`;
  return (
    <section className="time-strip" aria-label="Time">
      <button
        type="button"
        aria-label="One row back"
        title="One row back ([)"
        onClick={() => void page.step(-1, "log")}
      >
        ◀
      </button>
      <button
        type="button"
        aria-label="One row on"
        title="One row on (])"
        onClick={() => void page.step(1, "log")}
      >
        ▶
      </button>
      <div
        ref={bars}
        className="bars"
        role="slider"
        tabIndex={0}
        aria-label="Moment that is shown"
        aria-valuemin={status.firstPos}
        aria-valuemax={Math.max(status.firstPos, status.lastPos)}
        aria-valuenow={Math.max(status.firstPos, at ?? status.lastPos)}
        aria-valuetext={shown}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          isDragging.current = true;
          event.currentTarget.setPointerCapture(event.pointerId);
          void travelTo(event);
        }}
        onPointerMove={(event) => isDragging.current && void travelTo(event)}
        onPointerUp={() => (isDragging.current = false)}
      >
        <svg viewBox={`0 0 ${slots} 100`} preserveAspectRatio="none" aria-hidden="true">
          {counts.map((count, index) => {
            const height = count === 0 ? 0 : 8 + 92 * Math.sqrt(count / most);
            const isBad = (errors[index] ?? 0) > 0;
            return (
              <rect
                key={index}
                className={isBad ? "bad" : ""}
                x={index + 0.08}
                width={0.84}
                y={100 - (isBad ? 100 : height)}
                height={isBad ? 100 : height}
              />
            );
          })}
        </svg>
        {left !== null && (
          <span className="playhead" style={{ left }}>
            <span className={(playhead ?? 0) > slots * 0.8 ? "label before" : "label"}>
              {status.shownAt !== null && clock(status.shownAt)} · #{at?.toLocaleString("en")}
            </span>
          </span>
        )}
      </div>
      {at === null ? (
        <span className="pill quiet-text">showing now</span>
      ) : (
        <button type="button" className="accent" onClick={() => page.goLive()}>
          viewing the past · back to now <kbd>End</kbd>
        </button>
      )}
    </section>
  );
}
