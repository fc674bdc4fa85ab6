import type { AnyActorRef } from "xstate";
import { keyOf, type SupervisorCommand, type RelayedCommand } from "../../machines/supervisor.ts";
import { PluginSpec } from "../core/config.ts";
import { HomeostatError } from "../core/errors.ts";
import { LeasePolicy } from "../core/lease.ts";
import { MigrationPolicy } from "../core/migration.ts";
import { FailureFacts } from "../core/recovery.ts";
import type { Supervisor } from "./api.ts";
import { check } from "./check.ts";
import type { Clock } from "./clock.ts";
import type { View } from "./view.ts";

type Commands = Pick<
  Supervisor,
  "restart" | "resetBudget" | "reportFailure" | "lease" | "attempt" | "migrate" | "act" | "configure"
>;

interface Commanding {
  readonly running: () => AnyActorRef;
  readonly view: View;
  readonly names: readonly string[];
  readonly clock: Pick<Clock, "now">;
}

/** What a host or a person may ask of a running supervisor; each is checked here, dated, and sent to the chart. */
export function createCommands({ running, view, names, clock }: Commanding): Commands {
  let migrations = 0;
  const send = (command: SupervisorCommand | RelayedCommand): void => running().send(command);
  return {
    restart(plugin, server) {
      find(plugin, server);
      send({ type: "start.request", plugin, server: server ?? null, at: clock.now() });
    },
    resetBudget(plugin, server) {
      find(plugin, server);
      send({ type: "budget.reset", key: keyOf({ plugin, server }), at: clock.now() });
    },
    reportFailure(subject, scenario, facts = {}) {
      const checked = check(FailureFacts, facts, "the facts of the failure");
      send({ type: "failure.report", subject, scenario, facts: checked, at: clock.now() });
    },
    lease({ policy, agent, ...attempt }) {
      const checked = check(LeasePolicy.prefault({}), policy, "the lease's policy");
      send({
        type: "attempt.lease",
        ...attempt,
        agent: agent ?? attempt.runId,
        policy: checked,
        at: clock.now(),
      });
    },
    attempt(attemptId, event) {
      const at = clock.now();
      // The type says that every event of the chart takes an instant.
      const dated = { ...event, at } as Extract<RelayedCommand, { type: "attempt.command" }>["event"];
      send({ type: "attempt.command", attemptId, event: dated, at });
    },
    migrate(agent, { source, target, policy }) {
      const checked = check(MigrationPolicy.prefault({}), policy, "the migration's policy");
      const migration = `${agent}-${++migrations}`;
      const facts = { migration, agent, source, target: target ?? null, policy: checked };
      send({ type: "migration.begin", ...facts, at: clock.now() });
    },
    act(id, verb, by) {
      send({ type: "escalation.act", id, verb, by: by ?? null, at: clock.now() });
    },
    configure(plugin, spec) {
      find(plugin);
      const checked = check(PluginSpec, spec, `the configuration of plugin "${plugin}"`);
      send({ type: "plugin.configure", plugin, spec: checked, at: clock.now() });
    },
  };

  function find(plugin: string, server?: string): void {
    running();
    if (!names.includes(plugin)) {
      throw new HomeostatError("not_found", `no plugin is called "${plugin}"; there are ${names.join(", ")}`);
    }
    if (server === undefined) return;
    const servers = view.plugin(plugin)?.context.servers.map((it) => it.name) ?? [];
    if (servers.includes(server)) return;
    throw new HomeostatError(
      "not_found",
      `plugin "${plugin}" has no server "${server}"; it has ${servers.join(", ")}`,
    );
  }
}
