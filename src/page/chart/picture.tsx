/**
 * The chart as a picture: drawn once for each layout, then lit up by class names alone.
 *
 * @module
 */
import { memo, type ReactNode, useEffect, useLayoutEffect, useRef } from "react";
import type { PlacedChart, Rectangle } from "../../chart/layout.ts";
import { toSvg } from "../../chart/svg.ts";
import { type Camera, useCamera } from "./camera.ts";
import { countHeat, type Heat } from "./heat.ts";

export interface PictureProps {
  readonly chart: PlacedChart;
  readonly theme: "light" | "dark";
  readonly active: readonly string[];
  readonly taken: readonly string[];
  /** Changes when `taken` was taken (again). */
  readonly takenPos: number;
  readonly follow: boolean;
  readonly part: string | null;
  readonly heat: Heat | null;
  readonly onPart: (id: string | null) => void;
  readonly onCamera: (camera: Camera) => void;
  readonly children?: ReactNode;
}

/** The box of the innermost active state that is drawn. */
function activeBox(chart: PlacedChart, active: readonly string[]): Rectangle | null {
  return chart.boxes.findLast((it) => active.includes(it.state)) ?? null;
}

const Drawing = memo(function Drawing({
  chart,
  theme,
}: {
  readonly chart: PlacedChart;
  readonly theme: string;
}) {
  // The style sheet is the document's own: see `styles.ts`.
  const svg = toSvg(chart, { theme: theme === "dark" ? "dark" : "light" })
    .replace(/<style>[^]*?<\/style>/, "")
    .replace('role="img"', 'aria-hidden="true" focusable="false"');
  return <div className="chart-svg" dangerouslySetInnerHTML={{ __html: svg }} />;
});

export function Picture(props: PictureProps): ReactNode {
  const { chart, theme, active, taken, takenPos, follow, part, heat, onPart, onCamera, children } = props;
  const viewport = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const camera = useCamera(viewport, canvas, chart);
  useEffect(() => onCamera(camera), [camera, onCamera]);

  const activeNow = useRef(active);
  activeNow.current = active;
  useLayoutEffect(() => camera.home(activeBox(chart, activeNow.current)), [camera, chart]);

  // What is active and what was taken.
  useLayoutEffect(() => {
    const root = canvas.current;
    if (root === null) return;
    const on = new Set(active);
    for (const it of root.querySelectorAll<SVGElement>("[data-state]")) {
      it.classList.toggle("on", heat === null && on.has(it.dataset["state"] ?? ""));
      it.classList.toggle("part", it.dataset["state"] === part);
    }
    const edges = new Set(
      chart.edges.filter((it) => it.transitions.some((id) => taken.includes(id))).map((it) => it.id),
    );
    const isPart = (id: string): boolean =>
      part !== null && (chart.edges.find((it) => it.id === id)?.transitions.includes(part) ?? false);
    for (const it of root.querySelectorAll<SVGElement>("[data-edge]")) {
      const id = it.dataset["edge"] ?? "";
      it.classList.toggle("on", heat === null && edges.has(id));
      it.classList.toggle("part", isPart(id));
    }
    for (const it of root.querySelectorAll<SVGElement>("[data-transitions]")) {
      const ids = JSON.parse(it.dataset["transitions"] ?? "[]") as string[];
      it.classList.toggle("taken", heat === null && ids.some((id) => taken.includes(id)));
    }
  }, [chart, theme, active, taken, part, heat]);

  // A flash for what has just been taken.
  useEffect(() => {
    const root = canvas.current;
    if (root === null || takenPos < 0 || heat !== null) return;
    for (const it of root.querySelectorAll(".edge.on, .pill.on")) {
      it.classList.remove("flash");
      void (it as SVGGraphicsElement).getBBox();
      it.classList.add("flash");
    }
  }, [takenPos, heat]);

  useLayoutEffect(
    () => (canvas.current === null ? undefined : countHeat(canvas.current, chart, heat)),
    [chart, theme, heat],
  );

  const box = activeBox(chart, active);
  const boxId = box === null ? "" : `${box.x},${box.y}`;
  useEffect(() => {
    const wanted = activeBox(chart, activeNow.current);
    if (follow && wanted !== null) camera.reveal(wanted);
  }, [camera, chart, follow, boxId]);

  const pressed = useRef({ x: 0, y: 0 });
  return (
    // The outline beside it is the way by keyboard.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
    <div
      className="chart-view"
      ref={viewport}
      onPointerDown={(event) => (pressed.current = { x: event.clientX, y: event.clientY })}
      onClick={(event) => {
        const moved = Math.hypot(event.clientX - pressed.current.x, event.clientY - pressed.current.y);
        if (moved > 4) return;
        onPart(partOf(chart, event.target as Element));
      }}
    >
      <div className="chart-canvas" ref={canvas}>
        <Drawing chart={chart} theme={theme} />
        {children}
      </div>
    </div>
  );
}

/** The id of the state or transition that was hit. */
function partOf(chart: PlacedChart, target: Element): string | null {
  const row = target.closest<SVGElement>("[data-transitions]");
  if (row !== null) return (JSON.parse(row.dataset["transitions"] ?? "[]") as string[])[0] ?? null;
  const edge = target.closest<SVGElement>("[data-edge]");
  if (edge !== null) return chart.edges.find((it) => it.id === edge.dataset["edge"])?.transitions[0] ?? null;
  return target.closest<SVGElement>("[data-state]")?.dataset["state"] ?? null;
}
