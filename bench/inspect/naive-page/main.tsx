/**
 * An inspector as one is written first: the socket is read on the main thread, what arrives goes into state, lists show all
 * that they have. What the real page is measured against.
 */
import { type ReactNode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import type { ToViewer } from "../../../src/inspect/protocol.ts";
import type { InspectionRecord, StateValue } from "../../../src/inspect/protocol/record.ts";

interface Row {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly actor: string;
  readonly text: string;
}

interface Actor {
  readonly number: number;
  readonly name: string;
  readonly value: StateValue | null;
  readonly context: unknown;
  readonly events: number;
}

interface Everything {
  readonly actors: ReadonlyMap<number, Actor>;
  readonly rows: readonly Row[];
  readonly newestAt: number;
}

/** A tenth of a second of 10,000 a second: who scrolls back wants to find something. */
const shownRows = 1_000;
let timeOrigin = 0;

function taken(before: Everything, records: readonly InspectionRecord[]): Everything {
  const actors = new Map(before.actors);
  const rows = [...before.rows];
  let { newestAt } = before;
  for (const record of records) {
    const [kind, seq, at, number] = record;
    newestAt = Math.max(newestAt, timeOrigin + at);
    if (kind === "a") {
      actors.set(number, { number, name: record[4].id, value: null, context: null, events: 0 });
      continue;
    }
    const actor = actors.get(number);
    if (actor === undefined) continue;
    if (kind === "e") actors.set(number, { ...actor, events: actor.events + 1 });
    else if (kind === "v") actors.set(number, { ...actor, value: record[4] });
    else if (kind === "c") actors.set(number, { ...actor, context: record[4] });
    else if (kind === "p")
      actors.set(number, { ...actor, context: Object.assign({}, actor.context, record[4]) });
    rows.push({ seq, at: timeOrigin + at, kind, actor: actor.name, text: JSON.stringify(record.slice(4)) });
  }
  return { actors, rows: rows.slice(-shownRows), newestAt };
}

function App(): ReactNode {
  const [all, setAll] = useState<Everything>({ actors: new Map(), rows: [], newestAt: 0 });
  useEffect(() => {
    const address = new URL("/viewer", location.href);
    address.protocol = "ws:";
    address.search = location.search;
    const socket = new WebSocket(address);
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "attach", proto: 1, have: {} }));
      socket.send(JSON.stringify({ type: "credits", records: 10_000_000 }));
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as ToViewer;
      if (message.type === "hello") ({ timeOrigin } = message);
      if (message.type === "batch") setAll((before) => taken(before, message.records));
    };
    return () => socket.close();
  }, []);
  useEffect(() => {
    requestAnimationFrame(() => {
      window.dispatchEvent(new CustomEvent("homeostat:frame", { detail: { newestAt: all.newestAt } }));
    });
  }, [all]);
  return (
    <>
      <section>
        {[...all.actors.values()].map(({ number, name, value, events }) => (
          <div key={number}>
            <b>{name}</b> {JSON.stringify(value)} {events}
          </div>
        ))}
      </section>
      <section>
        {all.rows.map(({ seq, at, kind, actor, text }) => (
          <div key={seq}>
            <span>{new Date(at).toISOString().slice(11, 23)}</span> <span>{kind}</span> <b>{actor}</b>{" "}
            <span>{text}</span>
          </div>
        ))}
      </section>
    </>
  );
}

const element = document.getElementById("page");
if (element !== null) createRoot(element).render(<App />);
