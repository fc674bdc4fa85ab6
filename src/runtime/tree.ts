/** Trees: supervisors for any XState actors, after Erlang/OTP, with what its users ask for. Parts in `tree/`. */
import { type AnyActorRef, createActor, type InspectionEvent, type Snapshot } from "xstate";
import type { RootTree, Tree, TreeEnd, TreeSource, TreeStart } from "./tree/api.ts";
import { change } from "./tree/change.ts";
import { ask, createCommands } from "./tree/commands.ts";
import { createEscalations } from "./tree/escalation-commands.ts";
import type { ChildExit } from "./tree/exit.ts";
import { engineOf, supervise } from "./tree/logic.ts";
import { createMessaging } from "./tree/messaging.ts";
import { treePresets } from "../core/child-spec.ts";
import { HomeostatError } from "../core/errors.ts";
import { type Clock, systemClock } from "./clock.ts";
import { continued } from "./continued-clock.ts";
import { persist } from "./tree/persist.ts";
import { checkPersisted } from "./tree/persisted.ts";

export { type ChildAlive, childAlive } from "./tree/alive.ts";
export type * from "./tree/api.ts";
export type { ChildFailure, ChildState } from "./tree/child.ts";
export { checkTree } from "./tree/definition.ts";
export type * from "./tree/outcomes.ts";
export type { TreePhase } from "./tree/result.ts";
export { PersistedTree } from "./tree/persisted.ts";
export type { TreeEscalation } from "./tree/escalations.ts";
export {
  type Cause,
  childDetached,
  childExit,
  type ChildExit,
  childHealthy,
  type ChildReported,
} from "./tree/exit.ts";
export { supervise } from "./tree/logic.ts";
export type { QuarantineCause } from "./tree/quarantine.ts";
export type { ChildStatus } from "./tree/status.ts";
export type { TreeObserver, TreeOccurrence, TreeRecord } from "./tree/records.ts";

/** The administration of the tree that `actor` runs; null if it runs none. */
export function treeOf(actor: AnyActorRef): Tree | null {
  return engineOf(actor) === undefined ? null : handle(actor);
}

export interface RootOptions {
  /** The name of the tree in its records. */
  readonly id?: string;
  /** Of the whole system, where the options are made at the start. */
  readonly clock?: Clock;
  /** Sees every actor of the tree. */
  readonly inspect?: (event: InspectionEvent) => void;
  /**
   * What `persist()` gave in another host. Children that were charts with a version, or trees, go on where they were;
   * others that ran start anew, as another incarnation that does not count. Throws `invalid_snapshot` unless it fits.
   */
  readonly snapshot?: unknown;
}

/** A tree of its own. Throws `child_spec_invalid` for faulty options, unless they are made at its start. */
export function createTree(
  source: TreeSource,
  { id = "tree", clock: given, inspect, snapshot }: RootOptions = {},
): RootTree {
  const base = given ?? (typeof source === "function" ? undefined : source.clock) ?? systemClock;
  const image = snapshot === undefined ? undefined : checkPersisted(snapshot);
  const clock = image === undefined ? base : continued(base, image.takenAt);
  const atRest: unknown = image && { status: "active", phase: "created", tree: image };
  const options = { id, clock, inspect, snapshot: atRest as Snapshot<unknown> | undefined };
  const actor = createActor(supervise(source), options);
  // Without an observer XState would rethrow its failure to the host.
  actor.subscribe({ error: () => {} });
  const { error } = actor.getSnapshot();
  if (image !== undefined && error instanceof HomeostatError) throw error;
  const tree = handle(actor) as RootTree;
  return Object.assign(tree, {
    async start(): Promise<TreeStart> {
      // One that was shut down before is not started any more.
      if (tree.phase === "created" || engineOf(actor) === undefined) actor.start();
      const { status } = actor.getSnapshot();
      if (status === "done" && engineOf(actor) === undefined) return { ok: false, code: "ignored" };
      const engine = engineOf(actor);
      if (engine?.phase === "running") return { ok: true };
      const { error } = await tree.closed();
      return { ok: false, code: "start_failed", error };
    },
  });
}

function handle(actor: AnyActorRef): Tree {
  const get = () => engineOf(actor);
  return {
    actor,
    children: { ...createCommands(get), ...createMessaging(get) },
    escalations: createEscalations(get),
    get phase() {
      return get()?.phase ?? "stopped";
    },
    get policy() {
      return get()?.policy ?? treePresets.product;
    },
    persist() {
      const engine = get();
      return engine?.phase === "running"
        ? { ok: true, snapshot: persist(engine) }
        : { ok: false, code: "stopped" };
    },
    change: (given) => ask(get(), "change", (answer, engine) => answer(change(engine, given))),
    shutdown() {
      const engine = get();
      if (engine?.phase === "running" || engine?.phase === "starting") actor.send({ type: "child.shutdown" });
      if (engine?.phase === "created") engine.kill();
      return closed(actor);
    },
    closed: () => closed(actor),
  };
}

function closed(actor: AnyActorRef): Promise<TreeEnd> {
  return new Promise((resolve) => {
    const tell = (): void => {
      const engine = engineOf(actor);
      const { output, error } =
        engine?.result ?? (actor.getSnapshot() as { output: unknown; error: unknown });
      resolve({ ok: true, output: (output as ChildExit | undefined) ?? null, error: error ?? null });
    };
    const engine = engineOf(actor);
    if (engine === undefined || engine.phase === "stopped") tell();
    else engine.ended.add(tell);
  });
}
