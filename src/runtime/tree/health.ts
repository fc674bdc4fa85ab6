import type { AnyActorRef } from "xstate";
import { hasReadiness, type HealthPolicy } from "../../core/health-checks.ts";
import type { Child } from "./child.ts";
import type { Engine } from "./engine.ts";
import type { StoredHealth } from "./persisted/parts.ts";
import { Monitor, type Readiness } from "./monitor.ts";

/** Watches the children of one supervisor that have a health policy: one monitor for each incarnation. */
export class Health {
  readonly #engine: Engine;
  readonly #monitors = new Map<Child, { readonly monitor: Monitor; readonly policy: HealthPolicy }>();

  /** As they were watched in a host before, until they are looked at. */
  readonly #resumed = new Map<Child, StoredHealth>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** How `child` is watched; null: not at all. */
  stored(child: Child): StoredHealth | null {
    const monitor = this.#monitors.get(child)?.monitor;
    return monitor !== undefined && child.ref !== null && monitor.watches(child.ref)
      ? monitor.stored()
      : null;
  }

  /** The incarnation of `child` that goes on is watched on. */
  resume(child: Child, stored: StoredHealth): void {
    this.#resumed.set(child, stored);
  }

  cares(child: Child): boolean {
    return child.spec.health !== undefined || this.#monitors.has(child);
  }

  look(child: Child): void {
    this.#watch(child);
    const { isReady, spec, state } = child;
    if (state !== "running" || isReady || spec.ready === "reported") return;
    if (this.readiness(child).isReady) this.#engine.children.ready(child);
  }

  /** Begins to watch a new incarnation, or by a new policy, and ends it with the old one. */
  #watch(child: Child): void {
    const { ref, state, incarnation } = child;
    const { health: policy } = child.spec;
    const watched = this.#monitors.get(child);
    const isUp = ref !== null && state === "running";
    if (isUp && policy !== undefined && watched?.policy === policy && watched.monitor.watches(ref)) return;
    watched?.monitor.end();
    this.#monitors.delete(child);
    const stored = this.#resumed.get(child);
    this.#resumed.delete(child);
    if (!isUp || policy === undefined) return;
    const monitor = new Monitor(this.#engine, child, { ref, incarnation, policy });
    this.#monitors.set(child, { monitor, policy });
    if (stored === undefined) monitor.begin();
    else monitor.resume(stored);
  }

  /** A child says that it lives; what an old incarnation says does not count. */
  alive(ref: AnyActorRef): void {
    const child = this.#engine.children.get(ref.id);
    if (child?.ref === ref) this.#monitors.get(child)?.monitor.alive();
  }

  readiness(child: Child): Readiness {
    const monitor = this.#monitors.get(child)?.monitor;
    if (monitor !== undefined && child.ref !== null && monitor.watches(child.ref)) return monitor.readiness();
    // It has just come up, and nobody has looked at it yet.
    return { isReady: !hasReadiness(child.spec.health), nextCheckAt: null };
  }

  close(): void {
    for (const { monitor } of this.#monitors.values()) monitor.end();
    this.#monitors.clear();
  }
}
