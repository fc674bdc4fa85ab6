/**
 * Sends an event to the selected actor, or says what it would do.
 *
 * @module
 */
import { type ReactNode, useState } from "react";
import type { Command, WhatIf } from "../../inspect/protocol/command.ts";
import { useSlice, useView } from "../client.ts";
import { inline } from "../format.ts";
import { valueText } from "../ingest/actor.ts";
import type { StateValue } from "../../inspect/protocol/record.ts";
import type { ActorSlice } from "../ingest/slices.ts";
import { usePage, useUi } from "../page.ts";
import { useAccepts } from "../use-accepts.ts";
import { Diff } from "../widgets/diff.tsx";
import { DialogFrame } from "../widgets/dialog.tsx";
import { EventForm } from "./event-form.tsx";

type Answer = { readonly whatIf: WhatIf } | { readonly said: string; readonly isBad: boolean } | null;

export function SendDialog(): ReactNode {
  const { client } = usePage();
  const actor = useSlice(client, "actor") ?? null;
  if (actor === null) {
    return (
      <DialogFrame title="Send an event">
        <p>Choose an actor first.</p>
      </DialogFrame>
    );
  }
  return <Send actor={actor} />;
}

function Send({ actor }: { readonly actor: ActorSlice }): ReactNode {
  const page = usePage();
  const { client } = page;
  const ui = useUi();
  const machine = useSlice(client, "machine") ?? null;
  const status = useSlice(client, "status");
  const { at } = useView(client);
  const { events } = useAccepts();
  const first = ui.event ?? events.find((it) => it.accepted)?.type ?? events[0]?.type ?? "";
  const [type, setType] = useState(first);
  const [payload, setPayload] = useState<{ readonly [key: string]: unknown } | string>({});
  const [answer, setAnswer] = useState<Answer>(null);
  const source = status?.sources.find((it) => it.id === actor.source);
  const schema = machine?.hash === actor.def ? machine?.events?.[type] : undefined;
  const acceptable = events.find((it) => it.type === type);
  const problem = typeof payload === "string" ? payload : null;

  const whyNot =
    at !== null
      ? "You are looking at the past: go back to now (End) to send."
      : source?.ended !== null
        ? "The app is not there any more."
        : status?.allowSend !== true
          ? "Read only: start the inspector with --allow-send to send events."
          : source.accepts.includes("send")
            ? null
            : "This app takes no events from an inspector.";
  const noWhatIf =
    at !== null
      ? "What-if asks the app as it is now."
      : source?.ended !== null || !source.accepts.includes("whatIf")
        ? "This app cannot tell."
        : null;

  const ask = async (name: "send" | "whatIf"): Promise<void> => {
    if (typeof payload === "string") return;
    const number = Number(actor.key.slice(actor.key.lastIndexOf(":") + 1));
    const command: Command = { name, actor: number, event: { ...payload, type } };
    const given = await client.ask({ kind: "command", source: actor.source, command });
    if (!given.ok) return setAnswer({ said: given.message, isBad: true });
    if (given.result.kind === "whatIf") return setAnswer({ whatIf: given.result });
    setAnswer({ said: `${type} was sent to ${actor.name}.`, isBad: false });
  };
  return (
    <DialogFrame title={`Send an event to ${actor.name}`} className="send">
      <label className="field">
        <span>Event</span>
        <select
          value={type}
          onChange={({ target }) => {
            setType(target.value);
            setPayload({});
            setAnswer(null);
          }}
        >
          {!events.some((it) => it.type === type) && <option value={type}>{type}</option>}
          {events.map((it) => (
            <option key={it.type} value={it.type}>
              {it.type}
              {it.accepted ? "" : " (not taken now)"}
            </option>
          ))}
        </select>
      </label>
      {acceptable?.accepted === false && <p className="warn-text">Not taken now: {acceptable.reason}</p>}
      <EventForm key={type} schema={schema} onChange={setPayload} />
      {problem !== null && <p className="error-text">{problem}</p>}
      <p className="buttons">
        <button
          type="button"
          className="accent"
          disabled={whyNot !== null || problem !== null}
          onClick={() => void ask("send")}
        >
          Send
        </button>
        <button
          type="button"
          disabled={noWhatIf !== null || problem !== null}
          onClick={() => void ask("whatIf")}
        >
          What if?
        </button>
        <span className="quiet-text">{whyNot ?? noWhatIf ?? "What if? changes nothing."}</span>
      </p>
      <div role="status" className="answer">
        {answer !== null && "said" in answer && (
          <p className={answer.isBad ? "error-text" : ""}>{answer.said}</p>
        )}
        {answer !== null && "whatIf" in answer && <WhatIfAnswer answer={answer.whatIf} actor={actor} />}
      </div>
    </DialogFrame>
  );
}

function WhatIfAnswer({ answer, actor }: { readonly answer: WhatIf; readonly actor: ActorSlice }): ReactNode {
  const { client } = usePage();
  const model = useSlice(client, "machine")?.model;
  if (!answer.accepted) return <p>It would be ignored: no transition is enabled.</p>;
  const value = valueText(answer.value as StateValue | null);
  const taken = answer.transitions.flatMap((it) => model?.transitions[it]?.id ?? []);
  return (
    <>
      <p>
        It would go from <strong>{actor.state}</strong> to <strong>{value}</strong>
        {answer.status === "active" ? "" : ` and be ${answer.status}`}.
      </p>
      {taken.length > 0 && <p className="quiet-text">by {taken.join(", ")}</p>}
      {answer.actions.length > 0 && (
        <p>
          It would do{" "}
          {answer.actions
            .map((it) => (it.params === null ? it.name : `${it.name} ${inline(it.params, 60)}`))
            .join(", ")}
          .
        </p>
      )}
      <Diff before={actor.context} after={answer.context} />
    </>
  );
}
