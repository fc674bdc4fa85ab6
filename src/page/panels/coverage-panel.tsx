/**
 * The chart as a heat-map of what live runs or the generated tests have seen of it, and a way to each gap.
 *
 * @module
 */
import { type ReactNode, useState } from "react";
import { transitionLabel } from "../../chart/labels.ts";
import type { ChartModel } from "../../chart/model.ts";
import { useSlice } from "../client.ts";
import type { CoverageCounts } from "../ingest/slices.ts";
import { usePage, useUi } from "../page.ts";
import { ChartPanel } from "./chart-panel.tsx";

export function CoveragePanel(): ReactNode {
  const page = usePage();
  const coverage = useSlice(page.client, "coverage") ?? null;
  const machine = useSlice(page.client, "machine") ?? null;
  const [wanted, setWanted] = useState<"live" | "tests">("live");
  const of = coverage?.tests === null ? "live" : wanted;
  const counts = of === "tests" ? (coverage?.tests ?? null) : (coverage?.live ?? null);
  const model = machine?.hash === coverage?.def ? (machine?.model ?? null) : null;
  return (
    <section className="coverage" aria-label="Coverage">
      <div className="panel-head">
        <div role="group" aria-label="Counts of" className="switch">
          <button type="button" aria-pressed={of === "live"} onClick={() => setWanted("live")}>
            this run
          </button>
          <button
            type="button"
            aria-pressed={of === "tests"}
            disabled={coverage?.tests === null}
            onClick={() => setWanted("tests")}
          >
            tests
          </button>
        </div>
        <span className="quiet-text grow">
          {counts !== null && model !== null
            ? summary(counts, model)
            : "Choose an actor that runs a machine."}
        </span>
        <button type="button" onClick={() => document.getElementById("open-file")?.click()}>
          Open a coverage file…
        </button>
      </div>
      <div className="coverage-body">
        <ChartPanel heat={counts ?? { states: {}, transitions: {} }} />
        {counts !== null && model !== null && <Gaps counts={counts} model={model} />}
      </div>
    </section>
  );
}

function summary({ states, transitions }: CoverageCounts, model: ChartModel): string {
  const seenStates = model.states.filter((it) => (states[it.id] ?? 0) > 0 || it.parent === null).length;
  const seen = model.transitions.filter((it) => (transitions[it.id] ?? 0) > 0).length;
  return `${seenStates} of ${model.states.length} states, ${seen} of ${model.transitions.length} transitions`;
}

function Gaps({ counts, model }: { readonly counts: CoverageCounts; readonly model: ChartModel }): ReactNode {
  const page = usePage();
  const { part } = useUi();
  const states = model.states.filter((it) => it.parent !== null && (counts.states[it.id] ?? 0) === 0);
  const transitions = model.transitions.filter((it) => (counts.transitions[it.id] ?? 0) === 0);
  const gaps = [
    ...states.map((it) => ({ id: it.id, text: `state ${it.path.join(".")}` })),
    ...transitions.map((it) => {
      const source = model.states.find((state) => state.id === it.source);
      const label = source === undefined ? it.event : transitionLabel(it, source);
      return { id: it.id, text: `${source?.key ?? ""}: ${label}` };
    }),
  ];
  return (
    <div className="gaps">
      <h2>
        <span className="grow">Not seen</span> <span>{gaps.length}</span>
      </h2>
      {gaps.length === 0 && <p className="hint">Everything was seen.</p>}
      <ul aria-label="Not seen">
        {gaps.map(({ id, text }) => {
          const path = counts.paths[id];
          return (
            <li key={id}>
              <button
                type="button"
                aria-pressed={part === id}
                onClick={() => page.ui.set({ part: part === id ? null : id })}
              >
                {text}
              </button>
              {path !== undefined && (
                <p className="quiet-text path">
                  {path.length === 0 ? "from the start" : `by ${path.join(" → ")}`}
                </p>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
