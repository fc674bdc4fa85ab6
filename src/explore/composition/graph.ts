import { IntList } from "../explorer/int-list.ts";

export const nowhere = -1;

/** States and edges of a composition as numbers; edges are added state by state. */
export class ComposedGraph {
  readonly #parent = new IntList();
  readonly #first = new IntList();
  readonly #to = new IntList();
  readonly #action = new IntList();
  /** Steps that wait for room in a mailbox: they are possible, and lead nowhere. */
  blocked = 0;

  /** Those of steps that wait included. */
  get edges(): number {
    return this.#to.length;
  }

  get bytes(): number {
    return [this.#parent, this.#first, this.#to, this.#action].reduce((sum, it) => sum + it.bytes, 0);
  }

  /** For each state in turn, when it is found; -1 for the first one. */
  noteState(parentEdge: number): void {
    this.#parent.push(parentEdge);
  }

  /** For each state in turn, before its edges are added, and once behind the last one. */
  begin(): void {
    this.#first.push(this.edges);
  }

  add(to: number, action: number): number {
    this.#to.push(to);
    this.#action.push(action);
    return this.edges - 1;
  }

  addBlocked(action: number): void {
    this.blocked++;
    this.add(nowhere, action);
  }

  /** The number of its first edge; that of the next state is where they end. */
  first(state: number): number {
    return state < this.#first.length ? this.#first.at(state) : this.edges;
  }

  /** {@link nowhere} for a step that waits. */
  to(edge: number): number {
    return this.#to.at(edge);
  }

  action(edge: number): number {
    return this.#action.at(edge);
  }

  from(edge: number): number {
    return this.#first.lastUpTo(edge);
  }

  /** A shortest way to `state`, as edges. */
  pathTo(state: number): readonly number[] {
    const path: number[] = [];
    for (let edge = this.#parent.at(state); edge !== -1; edge = this.#parent.at(this.from(edge))) {
      path.push(edge);
    }
    return path.toReversed();
  }
}
