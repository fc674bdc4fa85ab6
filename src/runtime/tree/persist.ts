/**
 * A tree that outlives its host: what it remembers (here), and how it goes on from there (`resume.ts`).
 *
 * - P1. What counts (budgets, back-off, quarantines, open escalations) is as it was; nothing is forgotten by a restart of
 *   the host.
 * - P2. What was due keeps its instant; what has become due meanwhile is due at once, in the order in which it was due.
 * - P3. A child that ran goes on where it was if it is a chart with a version, or a tree; else it starts anew, which does
 *   not count. A temporary one that cannot go on is gone.
 * - P4. A stop that was under way is done: its process ended with the host. What was to follow it does.
 * - P5. A snapshot that does not fit the definition is refused before anything is started.
 * - P6. A probe that was under way, or a start by a person, is over: the child is quarantined as before, and may be probed
 *   at once.
 * - P7. What waits in a stash waits on, as far as JSON holds it. Requests end with their host: a record tells of each.
 * - P8. What was deleted, has been detached or is temporary and done does not come back; a detached one ended with its host.
 * - P9. Specifications and the policy are those of the definition: what was changed live in a host is changed there again.
 *
 * @module
 */
import type { AnyActorRef } from "xstate";
import * as z from "zod";
import type { ChildSpec } from "../../core/child-spec.ts";
import { readClock } from "../continued-clock.ts";
import { storedChart } from "../durable.ts";
import { type Child, isVersioned, type Recovery, type StopFor } from "./child.ts";
import { dueOf } from "./deadlines.ts";
import type { Engine } from "./engine.ts";
import { causeOf, retryAfterMsOf } from "./exit.ts";
import { type PersistedChild, type PersistedTree, refused, treeFormat } from "./persisted.ts";

/** Throws `invalid_snapshot` where JSON cannot hold what a child has in its context. */
export function persist(engine: Engine): PersistedTree {
  const { children, deadlines, definition, escalations, group, instances, isFinal, restarts } = engine;
  return {
    format: treeFormat,
    takenAt: readClock(deadlines.clock),
    order: deadlines.order,
    instances,
    isFinal,
    budgets: restarts.budgets.stored(),
    escalations: escalations.stored(),
    pending: group.stored(),
    starts: children.starts.stored(),
    gone: definition.children.flatMap(({ id }) => (children.has(id) ? [] : [id])),
    children: [...children.values()].map((child) => storedChild(child, engine)),
  };
}

function storedChild(child: Child, engine: Engine): PersistedChild {
  const { spec, state, incarnation, startedAt, isReady, attempt, lastCause, deadline } = child;
  const actor =
    state === "running" && child.ref !== null
      ? storedActor(child.ref, spec, engine)
      : ({ kind: "anew" } as const);
  return {
    id: spec.id,
    state,
    incarnation,
    startedAt,
    isReady,
    attempt,
    lastCause,
    recovery: child.recovery && storedRecovery(child.recovery),
    stopFor: child.stopFor && storedStopFor(child.stopFor),
    due: dueOf(deadline),
    instance: engine.template === null ? null : instanceOf(spec),
    messages: engine.care.messages.stored(child),
    health: actor.kind === "anew" ? null : engine.care.health.stored(child),
    actor,
  };
}

function storedRecovery(recovery: Recovery): PersistedChild["recovery"] {
  const { budget, refusedAt, crashedAt, failures, isProbing, probeAt, companions } = recovery;
  return {
    budget: budget?.stored() ?? null,
    refusedAt: [...refusedAt],
    crashedAt: [...crashedAt],
    failures: [...failures],
    isProbing,
    probeAt,
    companions: companions.map(({ spec: { id } }) => id),
  };
}

function storedStopFor(stopFor: StopFor): PersistedChild["stopFor"] {
  if (stopFor.kind === "start") return stopFor;
  const { kind, error, uptimeMs } = stopFor;
  return { kind, cause: causeOf(error), retryAfterMs: retryAfterMsOf(error), uptimeMs };
}

function storedActor(ref: AnyActorRef, { logic }: ChildSpec, engine: Engine): PersistedChild["actor"] {
  if (isVersioned(logic)) return { kind: "chart", chart: storedChart(logic, ref, engine.deadlines.clock) };
  const { tree } = ref.getPersistedSnapshot() as { tree?: PersistedTree };
  return tree === undefined ? { kind: "anew" } : { kind: "tree", tree };
}

function instanceOf({ id, input, systemId }: ChildSpec): PersistedChild["instance"] {
  if (input === undefined) return { systemId };
  const json = z.json().safeParse(input);
  if (json.success) return { input: json.data, systemId };
  throw refused(`the input of the instance "${id}" is no JSON`, "give instances plain data");
}
