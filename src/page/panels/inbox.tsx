/**
 * What needs a person: why, since when, what can be done, and what that leads to.
 *
 * @module
 */
import { type ReactNode, useState } from "react";
import { useSlice, useView } from "../client.ts";
import { clock, duration } from "../format.ts";
import type { SupervisionSlice } from "../ingest/slices.ts";
import { usePage } from "../page.ts";
import { useShownAt } from "../time.ts";

type Escalation = SupervisionSlice["escalations"][number];

const causes: Readonly<Record<Escalation["cause"], string>> = {
  quarantined: "refused too often: only rare tries are made now",
  permanentFailure: "trying again cannot help until something is changed",
  recoveryExhausted: "its recovery did not help",
  migrationStuck: "a migration can go neither on nor back by itself",
  deadLetter: "an attempt was lost more often than it may be recovered",
  internalError: "a bug: a chart or a port threw",
};

export function Inbox(): ReactNode {
  const { client } = usePage();
  const supervision = useSlice(client, "supervision");
  const escalations = supervision?.escalations ?? [];
  const open = escalations.filter((it) => it.open);
  const closed = escalations.filter((it) => !it.open);
  return (
    <section className="inbox" id="inbox" aria-label="Escalations" tabIndex={-1}>
      <h2>
        <span className="grow">Escalations</span>
        <span>{open.length === 0 ? "none open" : `${open.length} open`}</span>
      </h2>
      {open.length === 0 && <p className="hint">Nothing needs a person.</p>}
      <ul>
        {open.map((it) => (
          <Open key={`${it.source} ${it.id}`} escalation={it} />
        ))}
      </ul>
      {closed.length > 0 && (
        <details>
          <summary>{closed.length} closed</summary>
          <ul>
            {closed.map((it) => (
              <li key={`${it.source} ${it.id}`} className="closed">
                <strong>{it.subject}</strong> {it.message}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Open({ escalation }: { readonly escalation: Escalation }): ReactNode {
  const page = usePage();
  const { client } = page;
  const status = useSlice(client, "status");
  const { at } = useView(client);
  const now = useShownAt(1000);
  const [answer, setAnswer] = useState<string | null>(null);
  const { id, subject, cause, message, openedAt, acknowledged, verbs, pos, actorKey, source } = escalation;
  const why =
    at !== null
      ? "You are looking at the past: go back to now to act."
      : status?.allowSend === true
        ? null
        : "Read only: start the inspector with --allow-send to act from here.";
  const act = async (verb: Escalation["verbs"][number]["verb"]): Promise<void> => {
    if (why !== null) return setAnswer(why);
    const command = { name: "act", escalation: id, verb, by: "inspector" } as const;
    const given = await client.ask({ kind: "command", source, command });
    setAnswer(given.ok ? `Sent: ${verb}.` : given.message);
  };
  return (
    <li className={acknowledged ? "escalation seen" : "escalation"}>
      <p>
        <strong>{subject}</strong> · {message}
      </p>
      <p className="quiet-text">
        {clock(openedAt)}, {duration(now - openedAt)} ago · {causes[cause]}
        {acknowledged && " · acknowledged"}
      </p>
      <ul className="verbs">
        {verbs.map(({ verb, consequence }) => (
          <li key={verb}>
            <button type="button" aria-disabled={why !== null} onClick={() => void act(verb)}>
              {verb}
            </button>
            <span className="quiet-text">{consequence}</span>
          </li>
        ))}
        <li>
          <button
            type="button"
            onClick={() => {
              page.travel(Math.max(0, pos));
              if (actorKey !== null) page.select(actorKey);
            }}
          >
            Open at this moment
          </button>
        </li>
      </ul>
      <p role="status" className="answer">
        {answer}
      </p>
    </li>
  );
}
