/**
 * What a recovery does for real: the steps that restart servers, the health check that confirms, and giving up.
 *
 * A step starts nothing by itself: the start that its subject's crash budget grants is the one it waits for, so a recipe
 * can never go around a budget.
 *
 * @module
 */
import type { PromiseActorLogic } from "xstate";
import { fromPort } from "../../machines/actors.ts";
import type {
  AbortOutcome,
  ConfirmOutcome,
  RecoveryJob,
  RecoveryStepInput,
  StepOutcome,
} from "../../machines/recovery.ts";
import type { SupervisorCommand } from "../../machines/supervisor.ts";
import { HomeostatError } from "../core/errors.ts";
import type { SupervisionRecord } from "../core/records.ts";
import type { Clock } from "./clock.ts";
import type { Sessions } from "./sessions.ts";
import { backendsOf, isServing, type ServerRef } from "./subjects.ts";
import type { View } from "./view.ts";

/** What a host may provide for recoveries; what it does not is escalated to a person, and says so. */
export interface RecoveryPorts {
  /** By kind of step, or by the name of a custom one. A rejection is a failed step. */
  readonly steps?: Readonly<
    Record<string, (input: RecoveryStepInput, signal: AbortSignal) => Promise<unknown>>
  >;
  /** Whether a subject that is no plugin or server of this supervisor is healthy. */
  readonly confirm?: (job: RecoveryJob, signal: AbortSignal) => Promise<boolean>;
  /** Stops such a subject. */
  readonly abort?: (job: RecoveryJob, signal: AbortSignal) => Promise<void>;
}

interface Host {
  readonly view: View;
  readonly sessions: Sessions;
  readonly clock: Pick<Clock, "now">;
  readonly ports: RecoveryPorts;
  readonly send: (command: SupervisorCommand) => void;
  readonly on: (observer: (record: SupervisionRecord) => void) => () => void;
}

interface RecoveryActors {
  readonly step: PromiseActorLogic<StepOutcome, RecoveryStepInput>;
  readonly confirm: PromiseActorLogic<ConfirmOutcome, RecoveryJob>;
  readonly abort: PromiseActorLogic<AbortOutcome, RecoveryJob>;
}

type Seen = StepOutcome["outcome"] | { readonly failed: string } | null;

/** For `recoveryMachine.provide({ actors })`. */
export function recoveryActors(host: Host): RecoveryActors {
  const { view, sessions, clock, ports, send } = host;
  return {
    step: fromPort((input, signal) => runStep(input, signal)),
    confirm: fromPort(async (job, signal): Promise<ConfirmOutcome> => {
      const backends = backendsOf(view, job);
      if (backends === null)
        return { healthy: await provided("confirm", ports.confirm)(job, signal), at: clock.now() };
      const answers = await Promise.all(backends.map((it) => answersProbe(it, signal)));
      return { healthy: answers.every(Boolean), at: clock.now() };
    }),
    abort: fromPort(async (job, signal): Promise<AbortOutcome> => {
      if (backendsOf(view, job) === null) await provided("abort", ports.abort)(job, signal);
      else send({ type: "subject.stop", subject: job.subject, at: clock.now() });
      return { at: clock.now() };
    }),
  };

  async function runStep(input: RecoveryStepInput, signal: AbortSignal): Promise<StepOutcome> {
    const { step } = input;
    const name = step.kind === "custom" ? step.name : step.kind;
    const own = ports.steps?.[name];
    if (own !== undefined) {
      await own(input, signal);
      return { outcome: "succeeded", at: clock.now() };
    }
    const backends = backendsOf(view, input);
    if (backends === null) throw notProvided(`the step "${name}"`);
    switch (step.kind) {
      case "retry_mcp_handshake":
        return watch(backends, signal, (it) => isServing(view, it));
      case "restart_plugin":
        return watch(backends, signal, (it) => (view.server(it.plugin, it.server)?.active ?? null) !== null);
      case "restart_worker": {
        const before = new Map(
          backends.map((it) => [it, view.server(it.plugin, it.server)?.incarnations ?? 0]),
        );
        for (const { plugin, server } of backends)
          send({ type: "server.kill", key: `${plugin}/${server}`, at: clock.now() });
        return watch(backends, signal, (it) => isServing(view, it) && isNewer(it, before.get(it) ?? 0));
      }
      case "accept_trust_prompt":
      case "redirect_prompt_to_agent":
      case "rebase_branch":
      case "clean_build":
      case "escalate_to_human":
      case "custom":
        throw notProvided(`the step "${name}"`);
    }
  }

  function isNewer({ plugin, server }: ServerRef, incarnation: number): boolean {
    return (view.server(plugin, server)?.active?.incarnation ?? 0) > incarnation;
  }

  /** Succeeds when `holds` does for every backend; fails with the first one that does not start, or may not. */
  function watch(
    backends: readonly ServerRef[],
    signal: AbortSignal,
    holds: (backend: ServerRef) => boolean,
  ): Promise<StepOutcome> {
    return new Promise((resolve) => {
      const look = (record: SupervisionRecord | null): void => {
        const seen = backends.every(holds)
          ? "succeeded"
          : record === null
            ? null
            : failureIn(record, backends);
        if (seen === null) return;
        end();
        resolve(toOutcome(seen));
      };
      const end = host.on(look);
      signal.addEventListener("abort", end, { once: true });
      look(null);
    });
  }

  function toOutcome(seen: Exclude<Seen, null>): StepOutcome {
    const at = clock.now();
    if (typeof seen === "string") return { outcome: "succeeded", at };
    return { outcome: "failed", at, failure: { code: "invalid_state", message: seen.failed } };
  }

  async function answersProbe({ plugin, server }: ServerRef, signal: AbortSignal): Promise<boolean> {
    const active = view.server(plugin, server)?.active;
    const live = active?.state === "ready" ? sessions.get(plugin, server, active.incarnation) : undefined;
    if (live === undefined) return false;
    return live.session.probe(signal).then(
      () => true,
      () => false,
    );
  }
}

/** Why a record says that a step on `backends` cannot succeed. */
function failureIn(record: SupervisionRecord, backends: readonly ServerRef[]): Seen {
  if (!("server" in record) || !("plugin" in record)) return null;
  if (!backends.some((it) => it.plugin === record.plugin && it.server === record.server)) return null;
  if (record.type === "server.startFailed") return { failed: record.failure.message };
  if (record.type === "start.refused")
    return { failed: `its budget refuses it for ${record.retryAfterMs} ms` };
  return record.type === "backend.quarantined" ? { failed: "it is quarantined" } : null;
}

function provided<F>(name: string, port: F | undefined): F {
  if (port === undefined) throw notProvided(`"${name}"`);
  return port;
}

const notProvided = (what: string): HomeostatError =>
  new HomeostatError(
    "not_provided",
    `the host gives no implementation for ${what}; give it as ports.recovery`,
  );
