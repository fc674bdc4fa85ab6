/**
 * Everything that is supervised: servers with their budgets, plugins and what they still serve, leases, migrations, recoveries.
 *
 * @module
 */
import { type ReactNode, useState } from "react";
import { useSlice, useView } from "../client.ts";
import { duration } from "../format.ts";
import { healthOfState } from "../ingest/health.ts";
import type { SupervisionSlice } from "../ingest/slices.ts";
import { usePage } from "../page.ts";
import { useShownAt } from "../time.ts";
import { Empty } from "../widgets/empty.tsx";
import { HealthMark } from "../widgets/health-mark.tsx";
import { Meter } from "../widgets/meter.tsx";
import { DegradedPlugins, Leases, Migrations, Recoveries } from "./supervision-parts.tsx";

export function SupervisionPanel(): ReactNode {
  const { client } = usePage();
  const supervision = useSlice(client, "supervision");
  if (supervision === undefined) return null;
  const { budgets, plugins, leases, migrations, recoveries } = supervision;
  if ([budgets, plugins, leases, migrations, recoveries].every((it) => it.length === 0)) {
    return (
      <Empty title="Nothing is supervised">
        Budgets, leases and migrations appear when a homeostat supervisor is inspected. Other XState apps have
        actors, charts and messages.
      </Empty>
    );
  }
  return (
    <section className="supervision" aria-label="Supervision" tabIndex={0}>
      <Budgets budgets={budgets} />
      <DegradedPlugins plugins={plugins} />
      <Leases leases={leases} />
      <Migrations migrations={migrations} />
      <Recoveries recoveries={recoveries} />
    </section>
  );
}

type Budget = SupervisionSlice["budgets"][number];

function Budgets({ budgets }: { readonly budgets: readonly Budget[] }): ReactNode {
  if (budgets.length === 0) return null;
  return (
    <section>
      <h2>Servers and crash budgets</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Server</th>
            <th scope="col">State</th>
            <th scope="col">Budget</th>
            <th scope="col">Next try</th>
            <th scope="col">Restarts</th>
            <th scope="col">Spare</th>
            <th scope="col">Last error</th>
            <th scope="col">Actions</th>
          </tr>
        </thead>
        <tbody>
          {budgets.map((it) => (
            <BudgetRow key={`${it.source} ${it.plugin}/${it.server}`} budget={it} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function BudgetRow({ budget }: { readonly budget: Budget }): ReactNode {
  const { client } = usePage();
  const status = useSlice(client, "status");
  const { at } = useView(client);
  const now = useShownAt();
  const [said, setSaid] = useState<string | null>(null);
  const { plugin, server, source, retriesLeft, retries, state, retryWallAt } = budget;
  const accepts = status?.sources.find((it) => it.id === source)?.accepts ?? [];
  const name = plugin === server ? plugin : `${plugin}/${server}`;
  const readOnly = at !== null || status?.allowSend !== true;
  const ask = async (command: Parameters<typeof client.ask<"command">>[0]["command"]): Promise<void> => {
    const answer = await client.ask({ kind: "command", source, command });
    if (!answer.ok) return setSaid(answer.message);
    setSaid(answer.result.kind === "explained" ? explained(answer.result.explanations) : "Sent.");
  };
  return (
    <tr>
      <th scope="row">
        <HealthMark health={healthOfState(`${budget.status} ${state}`, [])} /> {name}
      </th>
      <td>
        {budget.status}
        <span className="quiet-text"> {budget.pid === null ? "" : `pid ${budget.pid}`}</span>
      </td>
      <td>
        <Meter left={retriesLeft} of={retries} label={`${retriesLeft} of ${retries} retries left`} />{" "}
        {retriesLeft} of {retries} · {state}
      </td>
      <td>{retryWallAt !== null && retryWallAt > now ? `in ${duration(retryWallAt - now)}` : "–"}</td>
      <td>{budget.restarts}</td>
      <td>{budget.standby}</td>
      <td className="wrap">{budget.lastError ?? "–"}</td>
      <td className="actions">
        {accepts.includes("explain") && (
          <button type="button" onClick={() => void ask({ name: "explain", subject: `${plugin}/${server}` })}>
            Why?
          </button>
        )}
        {accepts.includes("restart") && (
          <button
            type="button"
            disabled={readOnly}
            title={
              readOnly
                ? "read only: start the inspector with --allow-send"
                : "starts it now; its budget does not count this"
            }
            onClick={() => void ask({ name: "restart", plugin, server })}
          >
            Start now
          </button>
        )}
        {accepts.includes("resetBudget") && (
          <button
            type="button"
            disabled={readOnly}
            title={readOnly ? "read only: start the inspector with --allow-send" : "forgets its crashes"}
            onClick={() => void ask({ name: "resetBudget", plugin, server })}
          >
            Forget its crashes
          </button>
        )}
        <span role="status">{said}</span>
      </td>
    </tr>
  );
}

/** The sentences of an explanation that a person needs. */
function explained(explanations: readonly unknown[]): string {
  return explanations
    .map((it) => {
      const known = it as Readonly<Record<string, string | number | null>>;
      const parts = [
        known["status"],
        known["waitsFor"] == null ? null : `waits for ${known["waitsFor"]}`,
        known["rule"] == null ? null : `by rule ${known["rule"]}`,
        typeof known["retryAfterMs"] === "number" ? `again in ${duration(known["retryAfterMs"])}` : null,
        known["lastError"] == null ? null : `last error: ${known["lastError"]}`,
      ];
      return parts.filter((part) => part !== null).join("; ");
    })
    .join(". ");
}
