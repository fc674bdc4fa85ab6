import type { AnyActorRef } from "xstate";
import {
  checkChildSpec,
  type ChildSpec,
  type ChildSpecInput,
  problemsOfRequires,
  type SpecProblem,
} from "../../core/child-spec.ts";
import type {
  Answer,
  ChildReport,
  ChildTarget,
  Detached,
  InstanceInput,
  Refusal,
  Started,
  TreeChildren,
} from "./api.ts";
import type { Child } from "./child.ts";
import type { Engine } from "./engine.ts";
import { engineAbove } from "./logic.ts";
import type { Messaging } from "./outcomes.ts";
import { refusalOf, refusalToStart, request } from "./requests.ts";
import { statusOf } from "./status.ts";

const stopped: Refusal = { ok: false, code: "stopped" };
const notFound: Refusal = { ok: false, code: "not_found" };

/** Runs `command` as one event of the supervisor's mailbox; it answers at the latest when the tree is down. */
export function ask<T>(
  engine: Engine | undefined,
  name: string,
  command: (answer: (given: Answer<T>) => void, engine: Engine) => void,
): Promise<Answer<T>> {
  if (engine?.phase !== "running") return Promise.resolve(stopped);
  return new Promise((resolve) => {
    const tell = (): void => answer(stopped);
    const answer = (given: Answer<T>): void => {
      engine.ended.delete(tell);
      resolve(given);
    };
    engine.ended.add(tell);
    const run = (): void => (engine.phase === "running" ? command(answer, engine) : answer(stopped));
    engine.self.send({ type: "tree.commanded", command: name, run });
  });
}

export function createCommands(get: () => Engine | undefined): Omit<TreeChildren, keyof Messaging> {
  /** With the child that `target` is, or with why it is none. */
  const forChild = <T>(
    name: string,
    target: ChildTarget,
    command: (child: Child, answer: (given: Answer<T>) => void, engine: Engine) => void,
    gone: Refusal | { readonly ok: true } = notFound,
  ): Promise<Answer<T>> =>
    ask<T>(get(), name, (answer, engine) => {
      const found = find(engine, target);
      if ("spec" in found) command(found, answer, engine);
      else answer((found === outlived ? gone : found) as Answer<T>);
    });

  return {
    add: (spec) => ask<Started>(get(), "add", (answer, engine) => answer(add(engine, spec))),
    start: (target) =>
      forChild<Started>("start", target, (child, answer, engine) => {
        const refusal = refusalToStart(engine, child);
        if (refusal !== null) return answer(refusal);
        engine.record({ type: "start.requested", id: child.spec.id, by: "operator" });
        answer(launch(engine, child));
      }),
    stop: (target) => {
      const command = (child: Child, answer: (given: Answer) => void, engine: Engine): void => {
        engine.leaveGroup(child);
        const quarantined = child.state === "quarantined";
        engine.children.terminate(child, () => {
          if (quarantined) child.state = "quarantined";
          engine.quarantine.interrupted(child);
          if (engine.template !== null) engine.children.remove(child);
          answer({ ok: true });
        });
      };
      return forChild("stop", target, command, { ok: true });
    },
    restart: (target) =>
      forChild<Started>("restart", target, (child, answer, engine) => {
        engine.record({ type: "restart.requested", id: child.spec.id, by: "operator" });
        engine.leaveGroup(child);
        if (child.ref !== null) child.stopFor ??= { kind: "start" };
        engine.children.terminate(child, () => {
          if (engine.phase !== "running") return answer(stopped);
          // A temporary one is forgotten with its stop.
          if (engine.children.get(child.spec.id) !== child) return answer(notFound);
          if (child.ref !== null) answer({ ok: false, code: "running" });
          else answer(launch(engine, child));
        });
      }),
    delete: (target) =>
      forChild("delete", target, (child, answer, engine) => {
        if (child.ref !== null || child.state === "restarting") return answer(refusalOf(engine, child));
        engine.leaveGroup(child);
        engine.children.disarm(child);
        engine.quarantine.lift(child);
        engine.escalations.close(child.spec.id, "deleted");
        engine.children.remove(child);
        answer({ ok: true });
      }),
    fail: (target, cause) =>
      forChild("fail", target, (child, answer, engine) => {
        if (child.state !== "running") {
          // One failure for several checks that saw it.
          answer(child.state === "stopped" ? notFound : { ok: true });
          return;
        }
        engine.failRunning(child, cause, () => answer({ ok: true }));
      }),
    reset: (target) =>
      forChild("reset", target, (child, answer, engine) => {
        engine.record({ type: "budget.reset", id: child.spec.id, by: "operator" });
        engine.reset(child);
        answer({ ok: true });
      }),
    healthy: (target) =>
      forChild("healthy", target, (child, answer, engine) => {
        if (child.state !== "running") return answer(refusalOf(engine, child));
        engine.restarts.healthy(child);
        answer({ ok: true });
      }),
    request: (target) =>
      forChild<Started>("request", target, (child, answer, engine) => request(engine, child, answer)),
    detach: (target) =>
      forChild<Detached>("detach", target, (child, answer, engine) => {
        const { ref } = child;
        if (ref === null) return answer(refusalOf(engine, child));
        const stop = engine.detach(child, ref);
        answer({ ok: true, ref, stop });
      }),
    list: () =>
      read(get(), (engine) => ({ children: [...engine.children.values()].map((it) => report(engine, it)) })),
    count: () =>
      read(get(), ({ children }) => {
        const all = [...children.values()];
        const supervisors = all.filter(({ spec: { type } }) => type === "supervisor").length;
        const active = all.filter(({ ref }) => ref !== null).length;
        return { counts: { specs: all.length, active, supervisors, workers: all.length - supervisors } };
      }),
    status(target) {
      const engine = get();
      if (engine?.phase !== "running") return stopped;
      const found = find(engine, target);
      return "spec" in found ? { ok: true, status: statusOf(engine, found) } : found;
    },
    spec(target) {
      const engine = get();
      if (engine?.phase !== "running") return stopped;
      if (target === engine.template?.id) return { ok: true, spec: engine.template };
      const found = find(engine, target);
      return "spec" in found ? { ok: true, spec: found.spec } : found;
    },
  };
}

function read<T>(engine: Engine | undefined, make: (engine: Engine) => T): Answer<T> {
  return engine?.phase === "running" ? { ok: true, ...make(engine) } : stopped;
}

/** A reference of this supervisor's whose child is gone, or runs as another incarnation. */
const outlived: Refusal = { ok: false, code: "not_found" };

export function find(engine: Engine, target: ChildTarget): Child | Refusal {
  if (typeof target === "string") {
    if (target === engine.template?.id) return { ok: false, code: "is_template" };
    return engine.children.get(target) ?? notFound;
  }
  const child = engine.children.get(target.id);
  if (child !== undefined && child.ref === target) return child;
  if (target._parent === engine.self) return outlived;
  return engineAbove(target) === undefined ? notFound : { ok: false, code: "wrong_supervisor" };
}

function launch(engine: Engine, child: Child): Answer<Started> {
  const before = child.state;
  const result = engine.children.launch(child);
  if (result.kind === "failed") {
    if (before === "quarantined") child.state = before;
    return { ok: false, code: "start_failed", cause: result.ending.cause, error: result.ending.error };
  }
  engine.quarantine.lift(child);
  engine.escalations.close(child.spec.id, "started by hand");
  return result.kind === "waiting" ? refusalOf(engine, child) : started(child, result);
}

const started = (
  { incarnation }: Child,
  result: { kind: "started"; ref: AnyActorRef; info: unknown } | { kind: "ignored" },
): Answer<Started> =>
  result.kind === "ignored"
    ? { ok: true, ref: null, incarnation, info: null }
    : { ok: true, ref: result.ref, incarnation, info: result.info };

function add(engine: Engine, given: ChildSpecInput | InstanceInput): Answer<Started> {
  const { template } = engine;
  const checked = template === null ? checkChildSpec(given, engine.policy) : engine.instance(template, given);
  const problems = checked.ok ? problemsOfChild(engine, checked.value) : checked.problems;
  if (!checked.ok || problems.length > 0) return { ok: false, code: "invalid_spec", problems };
  const spec: ChildSpec = checked.value;
  const there = engine.children.get(spec.id);
  if (there !== undefined)
    return there.state === "running" && there.ref !== null
      ? { ok: false, code: "already_started", ref: there.ref }
      : { ok: false, code: "already_present" };
  const { maxChildren } = engine.policy;
  if (maxChildren !== null && engine.children.size >= maxChildren)
    return { ok: false, code: "max_children", maxChildren };
  const child = engine.children.register(spec);
  const result = engine.children.launch(child);
  if (result.kind === "started") return started(child, result);
  if (result.kind === "waiting") return refusalOf(engine, child);
  if (result.kind === "failed" && spec.firstStart === "retry") {
    engine.restarts.failed(child, result.ending, null);
    return engine.phase === "running" ? refusalOf(engine, child) : stopped;
  }
  // What did not start is not kept, nor is an instance that has nothing to do.
  if (result.kind === "failed" || template !== null) engine.children.delete(spec.id);
  if (result.kind === "ignored") return started(child, result);
  return { ok: false, code: "start_failed", cause: result.ending.cause, error: result.ending.error };
}

/** What `spec` names and nobody has, here or above. */
export const problemsOfChild = (engine: Engine, spec: ChildSpec): SpecProblem[] => [
  ...problemsOfRequires(spec, engine.children, "requires"),
  ...engine.restarts.budgets.problems(engine.policy, [["budget", spec.budget]]),
];

const report = (engine: Engine, child: Child): ChildReport => ({
  id: child.spec.id,
  state: child.state,
  type: child.spec.type,
  ref: child.ref,
  incarnation: child.incarnation,
  attempt: child.attempt,
  lastCause: child.lastCause,
  dueAt: child.deadline?.at ?? null,
  isReady: child.isReady,
  ...engine.care.messages.report(child),
});
