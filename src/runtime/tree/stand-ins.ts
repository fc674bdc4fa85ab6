import type { AnyActorRef } from "xstate";
import type { WhileDown } from "../../core/stash.ts";
import { isOver } from "./availability.ts";
import { type Child, create, type Scope } from "./child.ts";
import type { Engine } from "./engine.ts";

/** The actors that answer for children that are down: at most one for each, and none is a child itself. */
export class StandIns {
  readonly #engine: Engine;
  readonly #scope: Scope;
  readonly #running = new Map<Child, AnyActorRef>();

  constructor(engine: Engine, scope: Scope) {
    this.#engine = engine;
    this.#scope = scope;
  }

  /** The one of `child`, started if need be; null: it does not start. */
  of(child: Child, { logic, input }: Extract<WhileDown, { kind: "standIn" }>): AnyActorRef | null {
    const before = this.#running.get(child);
    if (before !== undefined && !isOver(before)) return before;
    const id = `${child.spec.id}#standIn`;
    const spec = { ...child.spec, id, logic, input, systemId: undefined, info: undefined };
    const { ref, ending } = create(spec, this.#scope);
    if (ref === null || ending !== null) {
      this.#running.delete(child);
      this.#engine.record({ type: "standIn.failed", id: child.spec.id, cause: ending?.cause ?? null });
      return null;
    }
    this.#running.set(child, ref);
    this.#engine.record({ type: "standIn.started", id: child.spec.id });
    return ref;
  }

  running(child: Child): AnyActorRef | null {
    return this.#running.get(child) ?? null;
  }

  /** Whose it is or was; undefined: no stand-in has this id. */
  childOf(id: string): Child | undefined {
    for (const [child, ref] of this.#running) if (ref.id === id) return child;
    return undefined;
  }

  end(child: Child): void {
    const ref = this.#running.get(child);
    if (ref === undefined) return;
    this.#running.delete(child);
    this.#scope.stopChild(ref);
    this.#engine.record({ type: "standIn.stopped", id: child.spec.id });
  }
}
