import type { Child, Scope } from "./child.ts";
import type { Engine } from "./engine.ts";
import { Health } from "./health.ts";
import { Messages } from "./messages.ts";

/** What a supervisor does for those who need its children: watches the children, and answers for them. */
export class Care {
  readonly health: Health;
  readonly messages: Messages;
  readonly #engine: Engine;
  /** To be looked at. */
  readonly #changed = new Set<Child>();

  constructor(engine: Engine, scope: Scope) {
    this.#engine = engine;
    this.health = new Health(engine);
    this.messages = new Messages(engine, scope);
  }

  /** `child` comes up, goes down or is another one by its specification: it is looked at in a turn of its own. */
  changed(child: Child): void {
    if (this.#changed.has(child) || !(this.health.cares(child) || this.messages.cares(child))) return;
    this.#changed.add(child);
    this.#engine.children.later(() => {
      this.#changed.delete(child);
      if (this.#engine.phase === "stopped") return;
      this.health.look(child);
      this.messages.look(child);
    });
  }

  /** An actor that is no child has ended. */
  ended(id: string): void {
    const child = this.messages.standIns.childOf(id);
    if (child !== undefined) this.changed(child);
  }

  /** The tree is down. */
  close(): void {
    this.messages.close();
    this.health.close();
  }
}
