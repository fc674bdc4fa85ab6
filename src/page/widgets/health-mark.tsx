import type { ReactNode } from "react";
import type { Health } from "../ingest/slices.ts";

const marks: Readonly<Record<Health, readonly [shape: string, words: string]>> = {
  ok: ["●", "well"],
  warn: ["▲", "to be watched"],
  error: ["■", "failed"],
  info: ["◆", "on its way"],
  ended: ["○", "ended"],
};

/** Shape, colour and word: never colour alone. */
export function HealthMark({ health }: { readonly health: Health }): ReactNode {
  const [shape, words] = marks[health];
  return (
    <span className={`mark ${health}`} role="img" aria-label={words} title={words}>
      {shape}
    </span>
  );
}
