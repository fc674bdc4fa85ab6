/**
 * What was seen of a machine: its states, its transitions, and both answers of each guard.
 *
 * Guards are not wrapped. Which candidate of a node was selected says what the guards before it answered, and that none
 * was selected says that of all.
 *
 * @module
 */
import type { AnyMachineSnapshot, AnyStateNode } from "xstate";
import { matches } from "./explorer/stimuli.ts";
import type { Microstep, Transition, TransitionTable } from "./stepper.ts";
import { activeNodes } from "./xstate-adapter.ts";

export interface GuardAnswers {
  readonly wasTrue: boolean;
  readonly wasFalse: boolean;
}

export class Coverage {
  readonly #table: TransitionTable;
  readonly #hasGuards: boolean;
  readonly #active = new Set<AnyStateNode>();
  readonly #taken = new Set<Transition>();
  readonly #true = new Set<Transition>();
  readonly #false = new Set<Transition>();
  readonly #byNode = new Map<AnyStateNode, Transition[]>();
  readonly #candidates = new Map<AnyStateNode, Map<string, readonly Transition[]>>();
  /** The same combination of configuration, event and selection says the same again. */
  readonly #seen = new Map<number, Map<string, Set<number | string>>>();
  readonly #configurationOf: (snapshot: AnyMachineSnapshot) => number;

  constructor(table: TransitionTable, configurationOf: (snapshot: AnyMachineSnapshot) => number) {
    this.#table = table;
    this.#hasGuards = table.all.some(({ guard }) => guard !== null);
    this.#configurationOf = configurationOf;
    for (const it of table.all) {
      const own = this.#byNode.get(it.source);
      if (own === undefined) this.#byNode.set(it.source, [it]);
      else own.push(it);
    }
  }

  note(microstep: Microstep): void {
    for (const it of microstep.taken) this.#taken.add(it);
    const { before, selected, event } = microstep;
    const isEventless = selected[0]?.descriptor === "";
    const seen = this.#seenIn(before, isEventless ? "" : event.type);
    const key = selected.length > 1 ? selected.map((it) => it.index).join() : (selected[0]?.index ?? -1);
    if (seen.has(key)) return;
    seen.add(key);
    if (!this.#hasGuards) return;
    const nodes = activeNodes(before);
    if (isEventless) this.#noteEventless(nodes, new Set(selected));
    else this.#noteEvent(this.#table.nodes[0], new Set(nodes), event.type, new Set(selected));
  }

  /** A state in which the machine rests: none of its eventless transitions is enabled. */
  noteRest(snapshot: AnyMachineSnapshot): void {
    const seen = this.#seenIn(snapshot, "");
    if (seen.has(-1)) return;
    seen.add(-1);
    if (this.#hasGuards && snapshot.status === "active")
      this.#noteEventless(activeNodes(snapshot), new Set());
  }

  #seenIn(snapshot: AnyMachineSnapshot, type: string): Set<number | string> {
    const configuration = this.#configurationOf(snapshot);
    let byType = this.#seen.get(configuration);
    if (byType === undefined) {
      this.#seen.set(configuration, (byType = new Map()));
      for (const it of activeNodes(snapshot)) this.#active.add(it);
    }
    let seen = byType.get(type);
    if (seen === undefined) byType.set(type, (seen = new Set()));
    return seen;
  }

  #noteEvent(
    node: AnyStateNode | undefined,
    active: ReadonlySet<AnyStateNode>,
    type: string,
    selected: ReadonlySet<Transition>,
  ): boolean {
    if (node === undefined) return false;
    let below = false;
    for (const child of Object.values<AnyStateNode>(node.states)) {
      if (active.has(child) && this.#noteEvent(child, active, type, selected)) below = true;
    }
    return below || this.#noteAnswers(this.#candidatesFor(node, type), selected);
  }

  #noteEventless(nodes: readonly AnyStateNode[], selected: ReadonlySet<Transition>): void {
    for (const atomic of nodes.filter((it) => it.type === "atomic" || it.type === "final")) {
      const asked: (readonly Transition[])[] = [];
      for (let node: AnyStateNode | undefined = atomic; node !== undefined; node = node.parent) {
        asked.push(this.#candidatesFor(node, ""));
      }
      const chosen = asked.findIndex((candidates) => candidates.some((it) => selected.has(it)));
      // A region without one may have lost its own to another region: nothing is known of its guards.
      if (chosen === -1 && selected.size > 0) continue;
      const known = chosen === -1 ? asked : asked.slice(0, chosen + 1);
      for (const candidates of known) this.#noteAnswers(candidates, selected);
    }
  }

  /** Whether one of `candidates` was selected; those before it, and all when none was, answered no. */
  #noteAnswers(candidates: readonly Transition[], selected: ReadonlySet<Transition>): boolean {
    for (const it of candidates) {
      if (selected.has(it)) {
        if (it.guard !== null) this.#true.add(it);
        return true;
      }
      if (it.guard !== null) this.#false.add(it);
    }
    return false;
  }

  /** In the order in which XState asks them: the exact descriptor, then wildcards, the longest first. */
  #candidatesFor(node: AnyStateNode, type: string): readonly Transition[] {
    let byType = this.#candidates.get(node);
    if (byType === undefined) this.#candidates.set(node, (byType = new Map()));
    let candidates = byType.get(type);
    if (candidates === undefined) {
      const own = this.#byNode.get(node) ?? [];
      const exact = own.filter((it) => it.descriptor === type);
      const wild = own.filter((it) => type !== "" && it.descriptor !== type && matches(type, it.descriptor));
      const longestFirst = wild.toSorted((a, b) => b.descriptor.length - a.descriptor.length);
      byType.set(type, (candidates = [...exact, ...longestFirst]));
    }
    return candidates;
  }

  isActive(node: AnyStateNode): boolean {
    return this.#active.has(node);
  }

  isTaken(transition: Transition): boolean {
    return this.#taken.has(transition);
  }

  guardAnswers(transition: Transition): GuardAnswers {
    return { wasTrue: this.#true.has(transition), wasFalse: this.#false.has(transition) };
  }
}
