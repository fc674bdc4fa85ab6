/** How a tree goes on from what `persist.ts` keeps of it; the numbers P1 to P9 are explained there. */
import type { Snapshot } from "xstate";
import { checkInstance, type ChildSpec } from "../../core/child-spec.ts";
import { openSnapshot } from "../../store/envelope.ts";
import { reopened } from "../durable.ts";
import { hasItsBudgets } from "./boot.ts";
import { type Child, isVersioned, type Reopened } from "./child.ts";
import type { Engine } from "./engine.ts";
import { endingFrom } from "./exit.ts";
import { type PersistedChild, type PersistedTree, refused } from "./persisted.ts";
import type { TreeDefinition } from "./result.ts";

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

/**
 * The engine goes on from `image`; its static children that are new are started as on the first day. First everything is
 * remembered, then the children go on in their order: one may need what is known of another.
 */
export function resume(engine: Engine, image: PersistedTree): void {
  const { children, deadlines, restarts, group, definition } = engine;
  const of = (id: string): Child[] => [children.get(id) ?? []].flat();
  deadlines.resume(image.order);
  engine.instances = image.instances;
  engine.isFinal = image.isFinal;
  restarts.budgets.resume(image.budgets);
  for (const stored of image.children) remember(engine, stored);
  for (const { id, recovery } of image.children) {
    const known = children.get(id)?.recovery;
    if (known && recovery) known.companions = recovery.companions.flatMap(of);
  }
  for (const it of image.escalations) for (const child of of(it.id)) engine.escalations.resume(child, it);
  const added = definition.children
    .filter(({ id }) => !children.has(id) && !image.gone.includes(id))
    .map((spec) => children.register(spec));
  engine.phase = "running";
  const downMs = deadlines.clock.now() - image.takenAt.monotonicMs;
  engine.record({ type: "tree.resumed", children: children.size, downMs });
  if (!hasItsBudgets(engine)) return;
  for (const stored of image.children) {
    for (const child of of(stored.id)) {
      if (stored.messages !== null) engine.care.messages.resume(child, stored.messages);
    }
  }
  if (image.pending !== null) group.resume(image.pending.members.flatMap(of), image.pending);
  const isHere = (child: Child): boolean => engine.phase === "running" && !group.has(child);
  for (const stored of image.children) {
    for (const child of of(stored.id).filter(isHere)) goOn(engine, child, stored);
  }
  for (const child of added.filter(isHere)) launch(engine, child);
  if (engine.phase !== "running") return;
  const holders = image.starts.holders.map(
    (id) => children.get(id) ?? { spec: { id }, ref: null, isReady: false },
  );
  children.starts.resume(holders, image.starts.release);
  const queue = image.starts.queue.flatMap(of);
  for (const child of queue) if (child.state === "restarting" && isHere(child)) restarts.begin(child);
  children.starts.look();
}

/** P1. All that is known of one child, which is down as yet. */
function remember(engine: Engine, stored: PersistedChild): void {
  const { incarnation, startedAt, attempt, lastCause, recovery } = stored;
  const child = engine.children.register(specOf(engine.definition, stored.id, stored.instance));
  Object.assign(child, { incarnation, startedAt, attempt, lastCause });
  if (stored.state !== "running" && stored.state !== "stopping") child.state = stored.state;
  if (recovery === null) return;
  const budget = recovery.budget && engine.restarts.budgets.ownOf(recovery.budget);
  child.recovery = { ...recovery, budget, companions: [], verdicts: null };
}

function goOn(engine: Engine, child: Child, stored: PersistedChild): void {
  const { children, restarts, quarantine, policy } = engine;
  const { recovery } = child;
  const now = engine.now();
  if (recovery?.isProbing === true) {
    child.state = "quarantined";
    [recovery.isProbing, recovery.probeAt] = [false, now];
  }
  const { at, order } = stored.due ?? { at: now };
  switch (child.state) {
    case "restarting":
      // Else it waits for a slot, and its turn comes.
      if (stored.due !== null) children.arm(child, at, () => restarts.begin(child), order);
      return;
    case "waiting":
      return children.starts.wait(child);
    case "refused":
      if (policy.resume === "timer") children.arm(child, at, () => restarts.readmit(child), order);
      return;
    case "quarantined": {
      const probeAt = recovery?.probeAt ?? null;
      if (probeAt === null || policy.resume !== "timer") return;
      return children.arm(child, probeAt, () => quarantine.probe(child, "timer"), order);
    }
    case "running":
    case "stopping":
    case "stopped":
      if (stored.state === "running") return runOn(engine, child, stored);
      if (stored.state === "stopping") return stopped(engine, child, stored);
  }
}

/** P3. */
function runOn(engine: Engine, child: Child, stored: PersistedChild): void {
  const { children } = engine;
  const from = reopen(engine, child.spec, stored.actor);
  if (from === null) {
    if (child.spec.restart === "temporary") children.remove(child);
    else launch(engine, child);
    return;
  }
  if (stored.health !== null) engine.care.health.resume(child, stored.health);
  const result = children.launch(child, from);
  if (result.kind === "failed") return engine.restarts.failed(child, result.ending, null);
  if (stored.isReady) children.ready(child);
  else if (stored.due !== null) children.awaitReady(child, stored.due.at, stored.due.order);
}

/** P4. */
function stopped(engine: Engine, child: Child, { stopFor }: PersistedChild): void {
  engine.care.changed(child);
  if (child.spec.restart === "temporary") engine.children.remove(child);
  if (stopFor?.kind === "failure") engine.fell(child, endingFrom(stopFor), stopFor.uptimeMs);
  else if (stopFor !== null && engine.children.has(child.spec.id)) launch(engine, child);
}

function launch(engine: Engine, child: Child): void {
  const result = engine.children.launch(child);
  if (result.kind === "failed") engine.restarts.failed(child, result.ending, null);
}

function reopen(engine: Engine, { logic }: ChildSpec, actor: PersistedChild["actor"]): Reopened | null {
  if (actor.kind === "chart" && isVersioned(logic)) {
    return reopened(logic, actor.chart, engine.deadlines.clock);
  }
  if (actor.kind !== "tree") return null;
  const snapshot: unknown = { status: "active", phase: "created", tree: actor.tree };
  return { snapshot: snapshot as Snapshot<unknown>, arm: () => {} };
}
