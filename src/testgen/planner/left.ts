/** Which items are still to be covered, and how many of them each list has. */
import type { PlanGraph, PlanStep } from "../plan-graph.ts";

export class Left {
  /** By list. */
  readonly gain: Int32Array;
  readonly #graph: PlanGraph;
  readonly #isLeft: Uint8Array;
  readonly #listsOf: (readonly number[])[];
  count: number;

  constructor(graph: PlanGraph, wanted: Iterable<number>) {
    this.#graph = graph;
    this.#isLeft = new Uint8Array(graph.itemCount);
    for (const item of wanted) this.#isLeft[item] = 1;
    this.count = this.#isLeft.reduce((sum, it) => sum + it, 0);
    const listsOf: number[][] = Array.from({ length: graph.itemCount }, () => []);
    this.gain = new Int32Array(graph.lists.length);
    graph.lists.forEach((list, index) => {
      for (const item of list) {
        if (this.#isLeft[item] !== 1) continue;
        listsOf[item]?.push(index);
        this.gain[index] = (this.gain[index] ?? 0) + 1;
      }
    });
    this.#listsOf = listsOf;
  }

  listOf(step: PlanStep): number {
    return step >= 0 ? (this.#graph.listOf[step] ?? 0) : (this.#graph.probes[-1 - step]?.list ?? 0);
  }

  cover(step: PlanStep): void {
    const list = this.listOf(step);
    if (this.gain[list] === 0) return;
    for (const item of this.#graph.lists[list] ?? []) {
      if (this.#isLeft[item] !== 1) continue;
      this.#isLeft[item] = 0;
      this.count--;
      for (const other of this.#listsOf[item] ?? []) this.gain[other] = (this.gain[other] ?? 1) - 1;
    }
  }

  get items(): number[] {
    const items: number[] = [];
    this.#isLeft.forEach((isLeft, item) => isLeft === 1 && items.push(item));
    return items;
  }
}
