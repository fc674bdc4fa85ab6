import type { AnyActorRef } from "xstate";
import type { HealthPolicy } from "../../core/health-checks.ts";
import type { Child } from "./child.ts";
import type { Engine } from "./engine.ts";
import { Monitor, type Readiness } from "./monitor.ts";

const ready: Readiness = { isReady: true, nextCheckAt: null };

/** Watches the children of one supervisor that have a health policy: one monitor for each incarnation. */
export class Health {
  readonly #engine: Engine;
  readonly #monitors = new Map<Child, { readonly monitor: Monitor; readonly policy: HealthPolicy }>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Begins to watch a new incarnation, or by a new policy, and ends it with the old one. */
  changed(child: Child): void {
    const { ref, state, incarnation } = child;
    const { health: policy } = child.spec;
    const watched = this.#monitors.get(child);
    const isUp = ref !== null && state === "running";
    if (isUp && policy !== undefined && watched?.policy === policy && watched.monitor.watches(ref)) return;
    watched?.monitor.end();
    this.#monitors.delete(child);
    if (!isUp || policy === undefined) return;
    const monitor = new Monitor(this.#engine, child, { ref, incarnation, policy });
    this.#monitors.set(child, { monitor, policy });
    // It may find at once that something is wrong, which is another turn's business.
    this.#engine.self.send({ type: "tree.commanded", command: "health", run: () => monitor.begin() });
  }

  /** A child says that it lives; what an old incarnation says does not count. */
  alive(ref: AnyActorRef): void {
    const child = this.#engine.children.get(ref.id);
    if (child?.ref === ref) this.#monitors.get(child)?.monitor.alive();
  }

  readiness(child: Child): Readiness {
    return this.#monitors.get(child)?.monitor.readiness() ?? ready;
  }

  close(): void {
    for (const { monitor } of this.#monitors.values()) monitor.end();
    this.#monitors.clear();
  }
}
