/**
 * A machine as the page needs it: its chart model with the answers that are asked for with every record.
 *
 * @module
 */
import type { Definition } from "../../inspect/protocol.ts";
import type { StateValue } from "../../inspect/protocol/record.ts";

export interface Counts {
  readonly states: Map<string, number>;
  readonly transitions: Map<string, number>;
}

export class Machine {
  readonly definition: Definition;
  /** Of each transition: `from → to / actions`. */
  readonly labels: readonly string[];
  /** How often each part was seen while the page was connected. */
  readonly live: Counts = { states: new Map(), transitions: new Map() };
  readonly #tags = new Map<string, readonly string[]>();
  readonly #active = new Map<string, readonly string[]>();

  constructor(definition: Definition) {
    this.definition = definition;
    const { model } = definition;
    const short = (id: string): string => model?.states.find((it) => it.id === id)?.key ?? id;
    this.labels =
      model?.transitions.map((it) => {
        const to = it.targets.length === 0 ? "" : ` → ${it.targets.map(short).join(", ")}`;
        const guard = it.guard === null ? "" : ` [${it.guard.name}]`;
        const actions = it.actions.length === 0 ? "" : ` / ${it.actions.map(({ name }) => name).join(", ")}`;
        return `${short(it.source)}${to}${guard}${actions}`;
      }) ?? [];
    for (const it of model?.states ?? []) if (it.tags.length > 0) this.#tags.set(it.id, it.tags);
  }

  /** Ids of the states that are active under `value`, outer before inner. */
  active(value: StateValue | null): readonly string[] {
    const { model } = this.definition;
    const root = model?.states[0];
    if (value === null || model === null || root === undefined) return [];
    const key = typeof value === "string" ? value : JSON.stringify(value);
    const known = this.#active.get(key);
    if (known !== undefined) return known;
    const ids: string[] = [root.id];
    const enter = (parent: string, inner: StateValue): void => {
      const keys = typeof inner === "string" ? [inner] : Object.keys(inner);
      for (const it of keys) {
        const child = model.states.find((state) => state.parent === parent && state.key === it);
        if (child === undefined) continue;
        ids.push(child.id);
        if (typeof inner !== "string") enter(child.id, inner[it] ?? {});
      }
    };
    enter(root.id, value);
    if (this.#active.size > 5000) this.#active.clear();
    this.#active.set(key, ids);
    return ids;
  }

  tags(value: StateValue | null): readonly string[] {
    return this.#tags.size === 0 ? [] : this.active(value).flatMap((it) => this.#tags.get(it) ?? []);
  }

  /** Returns the states that were entered on the way. */
  countTransitions(places: readonly number[]): readonly string[] {
    const { transitions } = this.live;
    return places.flatMap((place) => {
      const it = this.definition.model?.transitions[place];
      if (it === undefined) return [];
      transitions.set(it.id, (transitions.get(it.id) ?? 0) + 1);
      return it.targets;
    });
  }

  /** `passed`: a state that is left again within the macrostep shows in no value. */
  countEntries(before: readonly string[], after: readonly string[], passed: readonly string[]): void {
    const { states } = this.live;
    const entered = after.filter((id) => !before.includes(id));
    const left = passed.filter((id) => !after.includes(id));
    for (const id of [...entered, ...left]) states.set(id, (states.get(id) ?? 0) + 1);
  }
}
