/** Who gets what of a component's step: sends, starts and stops by number of component. */
import type { AnyEventObject } from "xstate";
import type { Automaton, Move } from "./automaton.ts";
import type { Messages } from "./messages.ts";
import type { ComponentOptions } from "./types.ts";

export type Consequence =
  | { readonly kind: "sent"; readonly to: number; readonly message: number }
  | { readonly kind: "started"; readonly component: number; readonly move: Move }
  | { readonly kind: "stopped"; readonly component: number };

export class Wiring {
  readonly names: readonly string[];
  readonly #options: readonly ComponentOptions[];
  readonly #automata: readonly Automaton[];
  readonly #messages: Messages;
  readonly #known: Map<Move, readonly Consequence[]>[];

  constructor(
    names: readonly string[],
    options: readonly ComponentOptions[],
    automata: readonly Automaton[],
    messages: Messages,
  ) {
    this.names = names;
    this.#options = options;
    this.#automata = automata;
    this.#messages = messages;
    this.#known = names.map(() => new Map());
  }

  /** Of `move` of `component`, in order. */
  consequences(component: number, move: Move): readonly Consequence[] {
    const known = this.#known[component] as Map<Move, readonly Consequence[]>;
    let list = known.get(move);
    if (list === undefined) known.set(move, (list = this.#find(component, move)));
    return list;
  }

  #find(component: number, move: Move): readonly Consequence[] {
    const found: Consequence[] = [];
    const { parent, emitsTo = () => parent ?? null } = this.#options[component] as ComponentOptions;
    for (const effect of move.effects) {
      if (effect.kind === "sent") this.#send(found, component, effect.to, effect.event);
      if (effect.kind === "emitted") this.#send(found, component, emitsTo(effect.event), effect.event);
      if (effect.kind !== "actorStarted" && effect.kind !== "actorStopped") continue;
      const child = this.names.indexOf(effect.id);
      if (child === -1 || this.#options[child]?.isSpawned !== true) continue;
      if (effect.kind === "actorStopped") found.push({ kind: "stopped", component: child });
      else
        found.push({ kind: "started", component: child, move: this.#automaton(child).start(effect.input) });
    }
    const ended = this.#endOf(component, move);
    if (ended !== null && parent !== undefined) this.#send(found, component, parent, ended);
    return found;
  }

  #send(found: Consequence[], from: number, name: string | null, event: AnyEventObject): void {
    const to = name === null ? -1 : this.names.indexOf(name);
    if (to === -1) return;
    const { send } = this.#options[from] as ComponentOptions;
    const sent = send === undefined ? event : send(event, this.names[from] as string);
    if (sent !== null) found.push({ kind: "sent", to, message: this.#messages.number(sent) });
  }

  #automaton(component: number): Automaton {
    return this.#automata[component] as Automaton;
  }

  #endOf(component: number, move: Move): AnyEventObject | null {
    const id = this.names[component] as string;
    if (move.error !== null) return { type: `xstate.error.actor.${id}`, error: move.error, actorId: id };
    const snapshot = this.#automaton(component).world(move.to)?.snapshot;
    if (snapshot?.status === "done") {
      return { type: `xstate.done.actor.${id}`, output: snapshot.output as unknown, actorId: id };
    }
    if (snapshot?.status === "error") {
      return { type: `xstate.error.actor.${id}`, error: snapshot.error as unknown, actorId: id };
    }
    return null;
  }
}
