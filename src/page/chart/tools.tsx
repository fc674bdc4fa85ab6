/** The buttons on the chart. */
import type { ReactNode } from "react";
import { usePage, useUi } from "../page.ts";
import type { FoldMode } from "../ui.ts";

const next: Readonly<Record<FoldMode, FoldMode>> = { auto: "none", none: "all", all: "auto" };
const foldText: Readonly<Record<FoldMode, string>> = {
  auto: "fold: auto",
  none: "fold: none",
  all: "fold: all",
};

export function ChartTools({ isFoldable }: { readonly isFoldable: boolean }): ReactNode {
  const page = usePage();
  const { follow, fold, outline } = useUi();
  return (
    <div className="chart-tools" role="toolbar" aria-label="Chart" aria-orientation="vertical">
      <button type="button" onClick={() => page.reach.zoom?.(1.25)} aria-label="Larger" title="Larger (+)">
        +
      </button>
      <button type="button" onClick={() => page.reach.zoom?.(0.8)} aria-label="Smaller" title="Smaller (-)">
        −
      </button>
      <button type="button" onClick={() => page.reach.fit?.()} title="Show all of it (0)">
        fit
      </button>
      {isFoldable && (
        <button
          type="button"
          onClick={() => page.ui.set({ fold: next[fold], folds: {} })}
          title="auto: only what is active is open"
        >
          {foldText[fold]}
        </button>
      )}
      <button
        type="button"
        aria-pressed={follow}
        onClick={() => page.ui.set({ follow: !follow })}
        title="Keep the active state in sight (f)"
      >
        follow
      </button>
      <button
        type="button"
        aria-pressed={outline}
        onClick={() => page.ui.set({ outline: !outline })}
        title="The chart in words (o)"
      >
        outline
      </button>
    </div>
  );
}
