/**
 * A tree that outlives its host: what it remembers, and how it goes on from there.
 *
 * - P1. What counts (restarts, quarantines, open escalations) is as it was; nothing is forgotten by a restart of the host.
 * - P2. What was due keeps its instant; what has become due meanwhile is due at once.
 * - P3. A child that ran goes on where it was if it is a chart with a version, or a tree; else it starts anew, which does
 *   not count. A temporary one that cannot go on is gone.
 * - P4. A stop that was under way is done: its process ended with the host.
 * - P5. A snapshot that does not fit the definition is refused before anything is started.
 *
 * @module
 */
import { type AnyActorRef, type AnyStateMachine, type Snapshot, StateMachine } from "xstate";
import * as z from "zod";
import { checkInstance, type ChildSpec } from "../../core/child-spec.ts";
import { readClock } from "../continued-clock.ts";
import { openSnapshot } from "../../store/envelope.ts";
import { reopened, storedChart } from "../durable.ts";
import type { Child, Reopened } from "./child.ts";
import type { Engine } from "./engine.ts";
import { type PersistedChild, type PersistedTree, refused, treeFormat } from "./persisted.ts";
import type { TreeDefinition } from "./result.ts";

/** Throws `invalid_snapshot` where JSON cannot hold what a child has in its context. */
export function persist(engine: Engine): PersistedTree {
  const { times, instances, group } = engine.memory();
  const pending = group.pending;
  return {
    format: treeFormat,
    takenAt: readClock(engine.deadlines.clock),
    times: [...times],
    instances,
    escalations: [...engine.escalations],
    pending: pending && { dueAt: pending.dueAt, members: pending.members.map(({ spec: { id } }) => id) },
    children: [...engine.children.values()].map((child) => storedChild(child, engine)),
  };
}

function storedChild(child: Child, engine: Engine): PersistedChild {
  const { spec, state, incarnation, startedAt, times, attempt, lastCause, deadline } = child;
  return {
    id: spec.id,
    state,
    incarnation,
    startedAt,
    times: [...times],
    attempt,
    lastCause,
    dueAt: deadline?.at ?? null,
    instance: engine.template === null ? null : instanceOf(spec),
    actor:
      state === "running" && child.ref !== null ? storedActor(child.ref, spec, engine) : { kind: "anew" },
  };
}

function storedActor(ref: AnyActorRef, { logic }: ChildSpec, engine: Engine): PersistedChild["actor"] {
  if (isVersioned(logic)) return { kind: "chart", chart: storedChart(logic, ref, engine.deadlines.clock) };
  const { tree } = ref.getPersistedSnapshot() as { tree?: PersistedTree };
  return tree === undefined ? { kind: "anew" } : { kind: "tree", tree };
}

const isVersioned = (logic: unknown): logic is AnyStateMachine =>
  logic instanceof StateMachine && (logic as AnyStateMachine).version !== undefined;

function instanceOf({ id, input, systemId }: ChildSpec): PersistedChild["instance"] {
  if (input === undefined) return { systemId };
  const json = z.json().safeParse(input);
  if (json.success) return { input: json.data, systemId };
  throw refused(`the input of the instance "${id}" is no JSON`, "give instances plain data");
}

/** What the trees behind a logic run by; `null`: it is made at each start. */
export const definitions = new WeakMap<object, () => TreeDefinition | null>();

/** P5. Throws `invalid_snapshot` when `image` has a child that the definition lacks, or that is another there. */
export function checkFits(definition: TreeDefinition, image: PersistedTree): void {
  for (const { id, instance, actor } of image.children) {
    const { logic } = specOf(definition, id, instance);
    if (actor.kind === "chart") {
      if (isVersioned(logic)) openSnapshot(logic, actor.chart.envelope);
      else
        throw refused(`its child "${id}" was a chart with a version, and is none here`, "give it its chart");
    }
    if (actor.kind !== "tree") continue;
    const inner = definitions.get(logic);
    if (inner === undefined)
      throw refused(`its child "${id}" was a tree, and is none here`, "give it its tree");
    const known = inner();
    if (known !== null) checkFits(known, actor.tree);
  }
}

function specOf(
  { template, children }: TreeDefinition,
  id: string,
  instance: PersistedChild["instance"],
): ChildSpec {
  if (template !== null && instance !== null) {
    const checked = checkInstance({ id, ...instance }, template, () => id);
    if (checked.ok) return checked.value;
  }
  const spec = template === null ? children.find((it) => it.id === id) : undefined;
  if (spec !== undefined) return spec;
  throw refused(
    `it has a child "${id}", which this tree does not define`,
    template === null ? "name it in `children`" : "start a pool from the snapshot of a pool",
  );
}

/** The engine goes on from `image`; its static children that are not in there are started as on the first day. */
export function resume(engine: Engine, definition: TreeDefinition, image: PersistedTree): void {
  const { children, deadlines } = engine;
  const { group, relaunch } = engine.memory(image);
  const now = deadlines.clock.now();
  for (const id of image.escalations) engine.escalations.add(id);
  for (const stored of image.children) {
    const { incarnation, startedAt, times, attempt, lastCause } = stored;
    const child = children.register(specOf(definition, stored.id, stored.instance));
    const state = stored.state === "quarantined" ? "quarantined" : "stopped";
    Object.assign(child, { state, incarnation, startedAt, times, attempt, lastCause });
  }
  const added = definition.children
    .filter(({ id }) => !children.has(id))
    .map((spec) => children.register(spec));
  engine.phase = "running";
  engine.record({ type: "tree.resumed", children: children.size, downMs: now - image.takenAt.monotonicMs });
  for (const stored of image.children) {
    const child = children.get(stored.id);
    if (child !== undefined) goOn(engine, child, stored, image, relaunch);
  }
  for (const child of added) relaunch(child);
  const members = image.pending?.members.flatMap((id) => children.get(id) ?? []) ?? [];
  if (image.pending !== null && members.length > 0) group.resume(members, image.pending.dueAt);
}

function goOn(
  engine: Engine,
  child: Child,
  { state, dueAt, actor }: PersistedChild,
  { pending, takenAt }: PersistedTree,
  relaunch: (child: Child) => void,
): void {
  const { children, deadlines } = engine;
  // Its turn comes with its group's.
  if (pending?.members.includes(child.spec.id) === true) {
    child.state = state === "restarting" ? state : "stopped";
  } else if (state === "restarting") {
    child.state = state;
    children.arm(child, Math.max(deadlines.clock.now(), dueAt ?? takenAt.monotonicMs), () => relaunch(child));
  } else if (state === "running") {
    const from = reopen(engine, child.spec, actor);
    if (from !== null) {
      const launch = children.launch(child, from);
      if (launch.kind === "failed") engine.startFailed(child, launch.ending);
    } else if (child.spec.restart === "temporary") children.remove(child);
    else relaunch(child);
  } else if (state === "stopping" && child.spec.restart === "temporary") children.remove(child);
}

function reopen(engine: Engine, { logic }: ChildSpec, actor: PersistedChild["actor"]): Reopened | null {
  if (actor.kind === "chart" && isVersioned(logic)) {
    return reopened(logic, actor.chart, engine.deadlines.clock);
  }
  if (actor.kind !== "tree") return null;
  const snapshot: unknown = { status: "active", phase: "created", tree: actor.tree };
  return { snapshot: snapshot as Snapshot<unknown>, arm: () => {} };
}
