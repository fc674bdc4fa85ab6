/**
 * How long until a delay passes, beside the delay's pill.
 *
 * @module
 */
import type { ReactNode } from "react";
import type { PlacedChart } from "../../chart/layout.ts";
import type { ChartModel } from "../../chart/model.ts";
import type { Encoded } from "../../inspect/protocol/encoded.ts";
import { duration } from "../format.ts";

export interface Delay {
  readonly transition: string;
  /** When it passes, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/**
 * The delays that run. A delay in milliseconds counts from the entry of its state; one by name is known only where the
 * context holds its `deadline`, as charts with `untilDeadline` do.
 */
export function delaysOf(
  model: ChartModel,
  active: readonly { readonly id: string; readonly since: number }[],
  context: Encoded,
  timeOrigin: number,
): Delay[] {
  const deadline =
    typeof context === "object" && context !== null && !Array.isArray(context) ? context["deadline"] : null;
  return model.transitions.flatMap(({ id, kind, source, delay }) => {
    const entered = active.find((it) => it.id === source);
    if (kind !== "after" || entered === undefined) return [];
    if (typeof delay === "number") return [{ transition: id, at: entered.since + delay }];
    return delay === "untilDeadline" && typeof deadline === "number"
      ? [{ transition: id, at: timeOrigin + deadline }]
      : [];
  });
}

interface CountdownsProps {
  readonly chart: PlacedChart;
  readonly delays: readonly Delay[];
  readonly now: number;
}

export function Countdowns({ chart, delays, now }: CountdownsProps): ReactNode {
  return delays.map(({ transition, at }) => {
    const pill = chart.pills.find((it) => it.transitions.includes(transition));
    const leftMs = at - now;
    if (pill === undefined || leftMs < 0 || leftMs > 86_400_000) return null;
    return (
      <span
        key={transition}
        className="countdown"
        style={{ left: pill.x + pill.width / 2, top: pill.y + pill.height }}
      >
        in {duration(leftMs)}
      </span>
    );
  });
}
