/** The present instant in a component: now, or the moment that is shown. */
import { useEffect, useState } from "react";
import { useSlice } from "./client.ts";
import { usePage } from "./page.ts";

/** Milliseconds since the Unix epoch; goes on each `everyMs` while the present is shown and a source is there. */
export function useShownAt(everyMs = 200): number {
  const { client } = usePage();
  const status = useSlice(client, "status");
  const shownAt = status?.shownAt ?? null;
  const isOver = status !== undefined && status.sources.every((it) => it.ended !== null);
  const fixed = shownAt ?? (isOver ? status.newestAt : null);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (fixed !== null) return;
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [fixed, everyMs]);
  return fixed ?? now;
}
