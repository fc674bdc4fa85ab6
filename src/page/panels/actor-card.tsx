/**
 * The selected actor: its state, what differs in its context, what it would take, what supervision says of it.
 *
 * @module
 */
import type { ReactNode } from "react";
import { useSlice, useView } from "../client.ts";
import { delaysOf } from "../chart/countdown.tsx";
import { clock, duration, inline } from "../format.ts";
import type { ActorSlice } from "../ingest/slices.ts";
import { usePage } from "../page.ts";
import { useShownAt } from "../time.ts";
import { useAccepts } from "../use-accepts.ts";
import { Diff } from "../widgets/diff.tsx";
import { HealthMark } from "../widgets/health-mark.tsx";
import { JsonTree } from "../widgets/json-tree.tsx";
import { OwnSupervision } from "./own-supervision.tsx";

export function ActorCard(): ReactNode {
  const { client } = usePage();
  const actor = useSlice(client, "actor") ?? null;
  return (
    <aside className="card" aria-label="Selected actor" tabIndex={0}>
      {actor === null ? (
        <p className="hint">No actor is selected.</p>
      ) : (
        <>
          <Head actor={actor} />
          <Context actor={actor} />
          <Events actor={actor} />
          <OwnSupervision actor={actor} />
        </>
      )}
    </aside>
  );
}

function Head({ actor }: { readonly actor: ActorSlice }): ReactNode {
  const { client } = usePage();
  const machine = useSlice(client, "machine");
  const now = useShownAt();
  const since = actor.active.at(-1)?.since ?? actor.createdAt;
  const model = machine?.hash === actor.def ? machine?.model : null;
  const [next] =
    model == null || actor.status !== "active"
      ? []
      : delaysOf(model, actor.active, actor.context, actor.timeOrigin)
          .filter((it) => it.at >= now)
          .sort((a, b) => a.at - b.at);
  const target = model?.transitions
    .find((it) => it.id === next?.transition)
    ?.targets[0]?.split(".")
    .at(-1);
  const machineText =
    actor.machine === null
      ? actor.logic
      : `${actor.machine}${actor.machineVersion === null ? "" : ` ${actor.machineVersion}`}`;
  return (
    <section className="card-head">
      <h2 title={actor.path}>
        <span className="grow">{actor.name}</span>
        <span>
          {actor.session} · {machineText} · up {duration(now - actor.createdAt)}
        </span>
      </h2>
      <p>
        <span className={`state-chip ${actor.health}`}>
          <HealthMark health={actor.health} /> {actor.state === "" ? "active" : actor.state}
        </span>
        <span className="quiet-text">
          for {duration(now - since)}
          {next !== undefined && ` · ${target ?? "next"} in ${duration(next.at - now)}`}
        </span>
      </p>
      {actor.statusData !== null && (
        <p className="quiet-text">
          {actor.status === "error" ? "error" : "output"} {inline(actor.statusData)}
        </p>
      )}
    </section>
  );
}

function Context({ actor }: { readonly actor: ActorSlice }): ReactNode {
  const page = usePage();
  const { client } = page;
  const { pin, at } = useView(client);
  const status = useSlice(client, "status");
  const moment = (pos: number | null): string =>
    pos === null || pos < 0 ? "–" : `#${pos.toLocaleString("en")}`;
  return (
    <section>
      <h2>
        <span className="grow">What changed in its context</span>
        <span>
          {moment(actor.beforePos)} → {moment(actor.contextPos)}
        </span>
      </h2>
      {actor.contextPos === null ? (
        <p className="hint">No context has been reported.</p>
      ) : (
        <Diff before={actor.before} after={actor.context} />
      )}
      <p className="buttons">
        <button
          type="button"
          aria-pressed={pin !== null}
          title="Compare any later moment with this one (p)"
          onClick={() => client.show({ pin: pin === null ? (at ?? status?.lastPos ?? null) : null })}
        >
          {pin === null ? "Pin this moment" : `Pinned: ${moment(pin)}. Unpin`}
        </button>
        {actor.contextPos !== null && actor.contextPos >= 0 && (
          <button type="button" onClick={() => page.travel(actor.contextPos)}>
            Go to the last change
          </button>
        )}
      </p>
      <details className="whole" open>
        <summary>All of it</summary>
        <JsonTree value={actor.context} />
      </details>
    </section>
  );
}

function Events({ actor }: { readonly actor: ActorSlice }): ReactNode {
  const page = usePage();
  const { at } = useView(page.client);
  const { events, isExact } = useAccepts();
  if (actor.machine === null) return null;
  const sorted = [...events].sort((a, b) => Number(b.accepted) - Number(a.accepted));
  return (
    <section>
      <h2>
        <span className="grow">Send an event</span>
        <span>
          {at !== null ? "as it was then" : isExact ? "guards are asked" : "from the chart, without guards"}
        </span>
      </h2>
      {events.length === 0 ? (
        <p className="hint">Its machine takes no events.</p>
      ) : (
        <ul className="events" aria-label="Events">
          {sorted.map(({ type, accepted, reason }) => (
            <li key={type}>
              <button
                type="button"
                className={accepted ? "event lit" : "event"}
                aria-disabled={!accepted}
                title={reason ?? "it would be taken"}
                onClick={() => page.send(type)}
              >
                {type}
                {!accepted && <span className="hidden">, not taken now: {reason}</span>}
              </button>
            </li>
          ))}
        </ul>
      )}
      <p className="hint">
        {at === null
          ? `Choose one to see what it would do.`
          : `${clockOf(page.client.get("status")?.shownAt)}: nothing can be sent into the past.`}
      </p>
    </section>
  );
}

const clockOf = (at: number | null | undefined): string => (at == null ? "" : clock(at));
