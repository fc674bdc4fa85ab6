/**
 * Where one looks at the chart from: it is dragged, scrolled, enlarged, fitted, and follows what is active.
 *
 * @module
 */
import { type RefObject, useEffect, useMemo, useRef } from "react";
import type { PlacedChart, Rectangle } from "../../chart/layout.ts";

export interface Camera {
  fit: () => void;
  /** As large as can be read, around what is active. */
  home: (around: Rectangle | null) => void;
  zoom: (factor: number) => void;
  /** Moves only if it is not seen. */
  reveal: (box: Rectangle) => void;
  panBy: (x: number, y: number) => void;
}

const limits = { min: 0.12, max: 3, readable: 0.72, largest: 1.15 };
const margin = 16;
/** The buttons at the right cover nothing that is fitted or revealed. */
const toolsWidth = 84;

export function useCamera(
  viewport: RefObject<HTMLElement | null>,
  canvas: RefObject<HTMLElement | null>,
  chart: PlacedChart | null,
): Camera {
  const at = useRef({ x: 0, y: 0, scale: 1 });
  const size = useRef({ width: 0, height: 0 });
  size.current = { width: chart?.width ?? 0, height: chart?.height ?? 0 };

  const camera = useMemo((): Camera => {
    const apply = (isSmooth: boolean): void => {
      const element = canvas.current;
      if (element === null) return;
      const { x, y, scale } = at.current;
      element.classList.toggle("glide", isSmooth);
      element.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    };
    const seen = (): { width: number; height: number } => {
      const { clientWidth = 1, clientHeight = 1 } = viewport.current ?? {};
      return { width: Math.max(1, clientWidth - toolsWidth), height: clientHeight };
    };
    const fitting = (): number => {
      const { width, height } = seen();
      const all = size.current;
      return Math.min((width - 2 * margin) / all.width, (height - 2 * margin) / all.height);
    };
    const center = (scale: number, box: Rectangle): void => {
      const { width, height } = seen();
      const all = size.current;
      const place = (room: number, whole: number, middle: number): number => {
        const drawn = whole * scale;
        if (drawn + 2 * margin <= room) return (room - drawn) / 2;
        const wanted = room / 2 - middle * scale;
        return Math.min(margin, Math.max(room - drawn - margin, wanted));
      };
      const x = place(width, all.width, box.x + box.width / 2);
      const y = place(height, all.height, box.y + box.height / 2);
      at.current = { x, y, scale };
    };
    const whole = (): Rectangle => ({ x: 0, y: 0, ...size.current });
    return {
      fit() {
        center(Math.min(limits.largest, Math.max(limits.min, fitting())), whole());
        apply(true);
      },
      home(around) {
        const scale = Math.min(limits.largest, Math.max(limits.readable, fitting()));
        center(scale, around ?? { ...whole(), height: 0 });
        apply(false);
      },
      zoom(factor) {
        const { width, height } = seen();
        const { x, y, scale } = at.current;
        const next = Math.min(limits.max, Math.max(limits.min, scale * factor));
        const grow = next / scale;
        at.current = {
          x: width / 2 - (width / 2 - x) * grow,
          y: height / 2 - (height / 2 - y) * grow,
          scale: next,
        };
        apply(true);
      },
      reveal(box) {
        const { width, height } = seen();
        const { x, y, scale } = at.current;
        const [left, top] = [box.x * scale + x, box.y * scale + y];
        const isSeen =
          left >= 0 && top >= 0 && left + box.width * scale <= width && top + box.height * scale <= height;
        if (isSeen) return;
        center(scale, box);
        apply(true);
      },
      panBy(dx, dy) {
        at.current = { ...at.current, x: at.current.x + dx, y: at.current.y + dy };
        apply(false);
      },
    };
  }, [viewport, canvas]);

  useEffect(() => {
    const element = viewport.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) camera.zoom(Math.exp(-event.deltaY / 300));
      else camera.panBy(-event.deltaX, -event.deltaY);
    };
    let from: { x: number; y: number } | null = null;
    const onDown = (event: PointerEvent): void => {
      if (event.button === 0) from = { x: event.clientX, y: event.clientY };
    };
    const onMove = (event: PointerEvent): void => {
      if (from === null) return;
      camera.panBy(event.clientX - from.x, event.clientY - from.y);
      from = { x: event.clientX, y: event.clientY };
    };
    const onUp = (): void => void (from = null);
    element.addEventListener("wheel", onWheel, { passive: false });
    element.addEventListener("pointerdown", onDown);
    window.addEventListener("pointermove", onMove);
    window.addEventListener("pointerup", onUp);
    return () => {
      element.removeEventListener("wheel", onWheel);
      element.removeEventListener("pointerdown", onDown);
      window.removeEventListener("pointermove", onMove);
      window.removeEventListener("pointerup", onUp);
    };
  }, [viewport, camera]);
  return camera;
}
