/** Plugins and what they still serve, leases, migrations and recoveries. */
import type { ReactNode } from "react";
import { healthOfState } from "../ingest/health.ts";
import type { SupervisionSlice } from "../ingest/slices.ts";
import { HealthMark } from "../widgets/health-mark.tsx";

/** The way of each kind, in order, so that one sees how far it has come. */
const ways = {
  lease: ["leased", "leaseExpired", "checkpointReload", "replay", "readyForDispatch"],
  migration: ["preparing", "capturing", "transferring", "validating", "restoring", "committing", "committed"],
} as const;

export function DegradedPlugins({ plugins }: { readonly plugins: SupervisionSlice["plugins"] }): ReactNode {
  if (plugins.length === 0) return null;
  return (
    <section>
      <h2>Plugins and their tools</h2>
      <ul className="tiles">
        {plugins.map(({ source, plugin, state, reason, degraded }) => (
          <li key={`${source} ${plugin}`}>
            <strong>
              <HealthMark health={healthOfState(state, [])} /> {plugin}
            </strong>{" "}
            {state}
            {reason !== null && <p className="quiet-text">{reason}</p>}
            {degraded !== null && (
              <dl>
                <dt>still there</dt>
                <dd>{degraded.availableTools.join(", ") || "none"}</dd>
                <dt>gone</dt>
                <dd className="warn-text">
                  {degraded.unavailableTools
                    .map((tool) => `${tool} (${degraded.toolServers[tool]?.join(", ") ?? "?"})`)
                    .join(", ") || "none"}
                </dd>
              </dl>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Leases({ leases }: { readonly leases: SupervisionSlice["leases"] }): ReactNode {
  if (leases.length === 0) return null;
  return (
    <section>
      <h2>Leases</h2>
      <ul className="tiles">
        {leases.map(({ source, attemptId, state, epoch }) => (
          <li key={`${source} ${attemptId}`}>
            <strong>
              <HealthMark health={healthOfState(state, [])} /> {attemptId}
            </strong>{" "}
            {state} · epoch {epoch}
            <Way steps={ways.lease} at={state} />
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Migrations({
  migrations,
}: {
  readonly migrations: SupervisionSlice["migrations"];
}): ReactNode {
  if (migrations.length === 0) return null;
  return (
    <section>
      <h2>Migrations</h2>
      <ul className="tiles">
        {migrations.map(({ source, agent, state, owner }) => (
          <li key={`${source} ${agent}`}>
            <strong>
              <HealthMark health={healthOfState(state, [])} /> {agent}
            </strong>{" "}
            {state} · the {owner} acts for it
            <Way steps={ways.migration} at={state} />
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Recoveries({
  recoveries,
}: {
  readonly recoveries: SupervisionSlice["recoveries"];
}): ReactNode {
  if (recoveries.length === 0) return null;
  return (
    <section>
      <h2>Recoveries</h2>
      <ul className="tiles">
        {recoveries.map(({ source, subject, scenario, state }) => (
          <li key={`${source} ${subject} ${scenario}`}>
            <strong>
              <HealthMark health={healthOfState(state, [])} /> {subject}
            </strong>{" "}
            {scenario}: {state}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Steps as dots; a state off the way shows none of them. */
function Way({ steps, at }: { readonly steps: readonly string[]; readonly at: string }): ReactNode {
  const reached = steps.findIndex((it) => at.split(/[ .·|]+/).includes(it));
  if (reached < 0) return null;
  return (
    <ol className="way" aria-label={`Step ${reached + 1} of ${steps.length}: ${steps[reached]}`}>
      {steps.map((it, index) => (
        <li key={it} className={index < reached ? "done" : index === reached ? "now" : ""} title={it} />
      ))}
    </ol>
  );
}
