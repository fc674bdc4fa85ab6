/**
 * What is known of one state or transition.
 *
 * @module
 */
import type { ReactNode } from "react";
import { eventLabel, guardLabel } from "../../chart/labels.ts";
import { foldable } from "../../chart/layout.ts";
import type { ChartModel, ChartState, ChartTransition } from "../../chart/model.ts";
import { duration } from "../format.ts";
import type { ActorSlice } from "../ingest/slices.ts";
import { usePage } from "../page.ts";

interface PartProps {
  readonly id: string;
  readonly model: ChartModel;
  readonly actor: ActorSlice;
  readonly now: number;
  readonly onFold: (id: string) => void;
}

export function PartDetails(props: PartProps): ReactNode {
  const page = usePage();
  const { id, model } = props;
  const state = model.states.find((it) => it.id === id);
  const transition = model.transitions.find((it) => it.id === id);
  if (state === undefined && transition === undefined) return null;
  return (
    <div className="part-details" role="region" aria-label="Details">
      {state !== undefined && <StateDetails {...props} state={state} />}
      {transition !== undefined && <TransitionDetails {...props} transition={transition} />}
      <button
        type="button"
        className="quiet"
        aria-label="Close the details"
        onClick={() => page.ui.set({ part: null })}
      >
        ✕
      </button>
    </div>
  );
}

function StateDetails({
  state,
  model,
  actor,
  now,
  onFold,
}: PartProps & { readonly state: ChartState }): ReactNode {
  const page = usePage();
  const since = actor.active.find((it) => it.id === state.id)?.since;
  return (
    <>
      <strong>{state.key}</strong>
      <span className={since === undefined ? "quiet-text" : "active-text"}>
        {since === undefined ? "not active" : `active for ${duration(now - since)}`}
      </span>
      {state.tags.length > 0 && (
        <span className="quiet-text">{state.tags.map((it) => `#${it}`).join(" ")}</span>
      )}
      {state.description !== null && <span className="grow">{state.description}</span>}
      <button
        type="button"
        onClick={() => {
          page.client.show({ log: { query: `actor:"${actor.path}" state:"${state.key}"`, start: null } });
          page.focus("log-rows");
        }}
      >
        Its rows in the log
      </button>
      {foldable(model).includes(state.id) && (
        <button type="button" onClick={() => onFold(state.id)}>
          Fold or open
        </button>
      )}
    </>
  );
}

function TransitionDetails({
  transition,
  model,
  actor,
}: PartProps & { readonly transition: ChartTransition }): ReactNode {
  const page = usePage();
  const source = model.states.find((it) => it.id === transition.source);
  if (source === undefined) return null;
  const targets = transition.targets.map((id) => model.states.find((it) => it.id === id)?.key ?? id);
  const isTaken = actor.taken.includes(transition.id);
  return (
    <>
      <strong>
        {eventLabel(transition, source)} {guardLabel(transition)}
      </strong>
      <span>
        {source.key} → {targets.join(", ") || "no other state"}
      </span>
      {transition.actions.length > 0 && (
        <span className="quiet-text">{transition.actions.map((it) => it.name).join(", ")}</span>
      )}
      {isTaken && <span className="active-text">taken last</span>}
      {transition.description !== null && <span className="grow">{transition.description}</span>}
      {transition.kind === "event" && (
        <button type="button" onClick={() => page.send(transition.event)}>
          Send {transition.event}…
        </button>
      )}
    </>
  );
}
