import type { ReactNode } from "react";

interface MeterProps {
  /** What is left. */
  readonly left: number;
  readonly of: number;
  readonly label: string;
}

/** How much of a budget is spent: full and red when nothing is left. */
export function Meter({ left, of, label }: MeterProps): ReactNode {
  const spent = of === 0 ? 1 : Math.min(1, Math.max(0, 1 - left / of));
  const tone = left <= 0 ? "error" : spent > 0 ? "warn" : "ok";
  return (
    <span className="meter" role="img" aria-label={label} title={label}>
      <span className={tone} style={{ width: `${spent * 100}%` }} />
    </span>
  );
}
