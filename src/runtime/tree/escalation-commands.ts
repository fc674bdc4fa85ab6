import { checkChildSpec, type ChildSpecInput } from "../../core/child-spec.ts";
import { HomeostatError } from "../../core/errors.ts";
import type { Answer, ChildTarget, Refusal, Started, TreeEscalations } from "./api.ts";
import { type Child, recoveryOf } from "./child.ts";
import { ask, find, problemsOfChild } from "./commands.ts";
import type { Engine } from "./engine.ts";
import type { Launch } from "./child.ts";
import { refusalOf } from "./requests.ts";

const notEscalated: Refusal = { ok: false, code: "not_escalated" };

/** What a person can do about an escalation. */
export function createEscalations(get: () => Engine | undefined): TreeEscalations {
  const forOpen = <T>(
    verb: string,
    target: ChildTarget,
    command: (engine: Engine, child: Child, answer: (given: Answer<T>) => void) => void,
  ): Promise<Answer<T>> =>
    ask<T>(get(), `escalation.${verb}`, (answer, engine) => {
      const found = find(engine, target);
      if (!("spec" in found)) answer(found);
      else if (!engine.escalations.has(found.spec.id)) answer(notEscalated);
      else command(engine, found, answer);
    });

  return {
    list() {
      const engine = get();
      return engine?.phase === "running"
        ? { ok: true, escalations: engine.escalations.list() }
        : { ok: false, code: "stopped" };
    },
    acknowledge: (target, by) =>
      forOpen("acknowledge", target, ({ escalations }, { spec: { id } }, answer) => {
        escalations.acknowledge(id, by);
        answer({ ok: true });
      }),
    retry: (target, by, spec) =>
      forOpen<Started>("retry", target, (engine, child, answer) => answer(retry(engine, child, by, spec))),
    resume: (target, by) =>
      forOpen<Started>("resume", target, (engine, child, answer) => {
        if (child.ref !== null) return answer(refusalOf(engine, child));
        engine.restarts.forget(child);
        engine.quarantine.lift(child);
        engine.escalations.close(child.spec.id, `resumed by ${by}`);
        const launch = engine.children.launch(child);
        const given = answerTo(engine, child, launch);
        if (launch.kind === "failed") engine.restarts.failed(child, launch.ending, null);
        answer(given);
      }),
    stop: (target, by) =>
      forOpen("stop", target, (engine, child, answer) => {
        engine.leaveGroup(child);
        engine.children.terminate(child, () => {
          engine.quarantine.lift(child);
          engine.escalations.close(child.spec.id, `stopped by ${by}`);
          answer({ ok: true });
        });
      }),
    abort: (target, by) =>
      forOpen("abort", target, (engine, { spec: { id } }, answer) => {
        const message = `${by} ended the tree for "${id}", which is quarantined`;
        const error = new HomeostatError("child_quarantined", message, { id, by });
        engine.escalations.close(id, `aborted by ${by}`);
        answer({ ok: true });
        engine.shutdown(message, { status: "error", output: undefined, error });
      }),
  };
}

/** One start by hand: it has to hold as a probe has, and a failure takes the child back to quarantine. */
function retry(engine: Engine, child: Child, by: string, given?: ChildSpecInput): Answer<Started> {
  if (child.ref !== null || child.state === "restarting") return refusalOf(engine, child);
  if (given !== undefined) {
    const refusal = replace(engine, child, given);
    if (refusal !== null) return refusal;
  }
  engine.record({ type: "escalation.retried", id: child.spec.id, by, isNewVersion: given !== undefined });
  recoveryOf(child).isProbing = true;
  const launch = engine.children.launch(child);
  const answer = answerTo(engine, child, launch);
  if (launch.kind === "failed") engine.restarts.failed(child, launch.ending, null);
  return answer;
}

/** Another version of the same child. */
function replace(engine: Engine, child: Child, given: ChildSpecInput): Refusal | null {
  const checked = checkChildSpec(given, engine.policy);
  const problems = checked.ok ? [...problemsOfChild(engine, checked.value)] : [...checked.problems];
  if (checked.ok && checked.value.id !== child.spec.id)
    problems.push({ code: "invalid_id", path: "id", message: `expected "${child.spec.id}"` });
  if (!checked.ok || problems.length > 0) return { ok: false, code: "invalid_spec", problems };
  child.spec = checked.value;
  return null;
}

function answerTo(engine: Engine, child: Child, launch: Launch): Answer<Started> {
  const { incarnation } = child;
  switch (launch.kind) {
    case "started":
      return { ok: true, ref: launch.ref, incarnation, info: launch.info };
    case "ignored":
      return { ok: true, ref: null, incarnation, info: null };
    case "waiting":
      return refusalOf(engine, child);
    case "failed":
      return { ok: false, code: "start_failed", cause: launch.ending.cause, error: launch.ending.error };
  }
}
