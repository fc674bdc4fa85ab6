/**
 * The selected actor's statechart: the picture, its outline, and details of the part that was chosen.
 *
 * @module
 */
import { type ReactNode, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { foldable } from "../../chart/layout.ts";
import type { ActorSlice } from "../ingest/slices.ts";
import { type Camera } from "../chart/camera.ts";
import { Countdowns, delaysOf } from "../chart/countdown.tsx";
import type { Heat } from "../chart/heat.ts";
import { Outline } from "../chart/outline.tsx";
import { PartDetails } from "../chart/part-details.tsx";
import { Picture } from "../chart/picture.tsx";
import { foldedOf, useLayout } from "../chart/use-layout.ts";
import { useSlice } from "../client.ts";
import { usePage, useUi } from "../page.ts";
import { useShownAt } from "../time.ts";
import { ChartTools } from "../chart/tools.tsx";
import { Empty } from "../widgets/empty.tsx";

/** The same list each time: what hangs on it must not believe that it changed. */
const none: readonly string[] = [];

export function ChartPanel({ heat = null }: { readonly heat?: Heat | null }): ReactNode {
  const { client } = usePage();
  const actor = useSlice(client, "actor") ?? null;
  const machine = useSlice(client, "machine") ?? null;
  if (actor === null) {
    return (
      <Empty title="No actor is selected">
        Choose one in the list of actors: its statechart appears here.
      </Empty>
    );
  }
  if (actor.def === null || machine?.hash !== actor.def) {
    return (
      <Empty title={`${actor.name} has no statechart`}>
        It runs {actor.logic === "other" ? "logic of its own" : `a ${actor.logic}`}, not a machine. Its
        messages are in the sequence diagram and the log.
      </Empty>
    );
  }
  return <Chart actor={actor} heat={heat} />;
}

function Chart({ actor, heat }: { readonly actor: ActorSlice; readonly heat: Heat | null }): ReactNode {
  const page = usePage();
  const ui = useUi();
  const machine = useSlice(page.client, "machine");
  const model = machine?.model ?? null;
  const now = useShownAt();
  const frame = useRef<HTMLDivElement>(null);
  const ratio = useAspectRatio(frame);
  const activeKey = actor.active.map((it) => it.id).join(" ");
  const active = useMemo(() => (activeKey === "" ? none : activeKey.split(" ")), [activeKey]);
  const wishes = ui.folds[actor.def ?? ""];
  const mode = heat === null ? ui.fold : "none";
  const folded = useMemo(
    () => (model === null ? none : foldedOf(model, mode, active, wishes ?? {})),
    [model, mode, active, wishes],
  );
  const { chart, isPending, problem } = useLayout(actor.def, model, folded, ratio);
  const takenKey = actor.taken.join("\n");
  const taken = useMemo(() => (takenKey === "" ? none : takenKey.split("\n")), [takenKey]);

  const onCamera = useCallback((camera: Camera): void => void Object.assign(page.reach, camera), [page]);
  const toggleFold = (id: string): void => {
    const isFolded = folded.includes(id);
    page.ui.set({ folds: { ...ui.folds, [actor.def ?? ""]: { ...wishes, [id]: !isFolded } } });
  };
  if (model === null) return <Empty title="No chart">The app sent no model of this machine.</Empty>;
  const isState = (id: string): boolean => model.states.some((it) => it.id === id);
  const open = (id: string): void => {
    if (isState(id)) {
      if (foldable(model).includes(id)) toggleFold(id);
      return;
    }
    const transition = model.transitions.find((it) => it.id === id);
    if (transition?.kind === "event") page.send(transition.event);
  };
  return (
    <section
      className="chart-panel"
      aria-label={`Statechart of ${actor.name}`}
      ref={frame}
      aria-busy={isPending}
    >
      <div className={ui.outline ? "outline-frame shown" : "outline-frame"}>
        <Outline
          model={model}
          active={actor.active}
          taken={taken}
          now={now}
          part={ui.part}
          onPart={(part) => page.ui.set({ part })}
          onOpen={open}
        />
      </div>
      <div className="chart-frame">
        {chart !== null && (
          <Picture
            chart={chart}
            theme={ui.theme}
            active={active}
            taken={taken}
            takenPos={actor.takenPos}
            follow={ui.follow}
            part={ui.part}
            heat={heat}
            onPart={(part) => page.ui.set({ part })}
            onCamera={onCamera}
          >
            {heat === null && actor.status === "active" && (
              <Countdowns
                chart={chart}
                delays={delaysOf(model, actor.active, actor.context, actor.timeOrigin)}
                now={now}
              />
            )}
          </Picture>
        )}
        {chart === null && problem === null && <Empty title="Laying out the chart…" />}
        {problem !== null && (
          <Empty title="This chart cannot be drawn">{problem} The outline shows it in words.</Empty>
        )}
        <ChartTools isFoldable={heat === null && foldable(model).length > 0} />
        {chart !== null && chart.folded.length > folded.length && (
          <p className="chart-note">Drawn folded: the whole chart takes more than 3 s to lay out.</p>
        )}
        {!actor.exactTransitions && heat === null && (
          <p className="chart-note">
            The app does not say which transitions were taken; active states are exact.
          </p>
        )}
      </div>
      {ui.part !== null && (
        <PartDetails id={ui.part} model={model} actor={actor} now={now} onFold={toggleFold} />
      )}
    </section>
  );
}

/** Of the panel, in steps, so that a small change of its size changes no layout. */
function useAspectRatio(frame: { readonly current: HTMLElement | null }): number {
  const [ratio, setRatio] = useState(1);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const measure = (): void => {
      const { clientWidth, clientHeight } = element;
      if (clientWidth > 0 && clientHeight > 0)
        setRatio(2 ** (Math.round(Math.log2(clientWidth / clientHeight) * 2) / 2));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return ratio;
}
