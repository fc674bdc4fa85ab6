/**
 * Which rows of a long list are seen, where all are equally high: by arithmetic, whatever their number. While a live list
 * stays at its end, new rows change nothing here.
 *
 * @module
 */
import { type RefObject, useCallback, useLayoutEffect, useState } from "react";

export interface SeenRows {
  readonly first: number;
  readonly count: number;
  readonly isAtEnd: boolean;
}

const overscan = 10;

export function useRows(
  scroller: RefObject<HTMLElement | null>,
  rowHeight: number,
  isLive: boolean,
): readonly [seen: SeenRows, look: () => void] {
  const [seen, setSeen] = useState<SeenRows>({ first: 0, count: 30, isAtEnd: true });
  const look = useCallback((): void => {
    const element = scroller.current;
    if (element === null) return;
    const { scrollTop, clientHeight, scrollHeight } = element;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - rowHeight * 1.5;
    const count = Math.max(30, Math.ceil(clientHeight / rowHeight) + 2 * overscan);
    setSeen((last) => {
      const isRunning = isLive && isAtEnd;
      const first = isRunning ? last.first : Math.max(0, Math.floor(scrollTop / rowHeight) - overscan);
      const isSame = last.first === first && last.count === count && last.isAtEnd === isAtEnd;
      return isSame ? last : { first, count, isAtEnd };
    });
  }, [scroller, rowHeight, isLive]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, look]);
  return [seen, look];
}
