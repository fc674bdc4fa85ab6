/**
 * What a supervisor says of the selected actor: the crash budget, lease or migration that bears its name.
 *
 * @module
 */
import type { ReactNode } from "react";
import { useSlice } from "../client.ts";
import { duration } from "../format.ts";
import type { ActorSlice } from "../ingest/slices.ts";
import { usePage } from "../page.ts";
import { useShownAt } from "../time.ts";
import { Meter } from "../widgets/meter.tsx";

export function OwnSupervision({ actor }: { readonly actor: ActorSlice }): ReactNode {
  const page = usePage();
  const supervision = useSlice(page.client, "supervision");
  const now = useShownAt();
  const id = actor.path.split("/").slice(1).join("/") || actor.path;
  const isOf = (name: string): boolean => id === name || id.startsWith(`${name}/`);
  const budgets = supervision?.budgets.filter(
    (it) => isOf(`plugin:${it.plugin}`) || id === `budget:${it.plugin}/${it.server}`,
  );
  const leases = supervision?.leases.filter((it) => isOf(`attempt:${it.attemptId}`));
  const migrations = supervision?.migrations.filter((it) => isOf(`migration:${it.agent}`));
  const plugin = supervision?.plugins.find((it) => isOf(`plugin:${it.plugin}`));
  const isNone = [budgets, leases, migrations].every((it) => it === undefined || it.length === 0);
  if (isNone && plugin === undefined) return null;
  return (
    <section>
      <h2>
        <span className="grow">Supervision</span>
        <button type="button" className="quiet" onClick={() => page.openTab("supervision")}>
          all of it
        </button>
      </h2>
      {budgets?.map((it) => (
        <p key={it.server} className="figure">
          <span>{it.server}</span>
          <Meter
            left={it.retriesLeft}
            of={it.retries}
            label={`${it.retriesLeft} of ${it.retries} retries left`}
          />
          <span className="quiet-text">
            {it.retriesLeft} of {it.retries} left · {it.state}
            {it.retryWallAt !== null &&
              it.retryWallAt > now &&
              ` · again in ${duration(it.retryWallAt - now)}`}
          </span>
        </p>
      ))}
      {leases?.map((it) => (
        <p key={it.attemptId} className="figure">
          <span>lease</span>
          <span className="quiet-text">
            {it.state}, epoch {it.epoch}
          </span>
        </p>
      ))}
      {migrations?.map((it) => (
        <p key={it.agent} className="figure">
          <span>migration</span>
          <span className="quiet-text">
            {it.state}, the {it.owner} acts
          </span>
        </p>
      ))}
      {plugin?.degraded != null && (
        <p className="figure">
          <span>tools gone</span>
          <span className="warn-text">{plugin.degraded.unavailableTools.join(", ") || "none"}</span>
        </p>
      )}
    </section>
  );
}
