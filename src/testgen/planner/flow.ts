/**
 * The cheapest flow through a network: shortest augmenting paths by reduced costs, all of one length at once.
 *
 * @see Ahuja, Magnanti, Orlin: Network Flows (1993), section 9.8, primal-dual algorithm
 * @module
 */

const unlimited = 0x3fffffff;

export class FlowNetwork {
  readonly #nodes: number;
  readonly #first: Int32Array;
  readonly #next: number[] = [];
  readonly #to: number[] = [];
  readonly #capacity: number[] = [];
  readonly #cost: number[] = [];

  constructor(nodes: number) {
    this.#nodes = nodes;
    this.#first = new Int32Array(nodes).fill(-1);
  }

  /** @returns Its number, for {@link flowOf}. */
  arc(from: number, to: number, cost: number, capacity = unlimited): number {
    this.#half(from, to, cost, capacity);
    this.#half(to, from, -cost, 0);
    return this.#to.length - 2;
  }

  #half(from: number, to: number, cost: number, capacity: number): void {
    this.#to.push(to);
    this.#capacity.push(capacity);
    this.#cost.push(cost);
    this.#next.push(this.#first[from] ?? -1);
    this.#first[from] = this.#to.length - 1;
  }

  flowOf(arc: number): number {
    return this.#capacity[arc ^ 1] ?? 0;
  }

  /** Sends as much as can be sent from `source` to `sink`, as cheaply as it can be. */
  send(source: number, sink: number): number {
    const potential = new Int32Array(this.#nodes);
    let sent = 0;
    while (this.#reduce(source, sink, potential)) {
      const at = this.#first.slice();
      for (let path = this.#tight(source, sink, potential, at); path !== null;) {
        const amount = Math.min(...path.map((arc) => this.#capacity[arc] ?? 0));
        for (const arc of path) {
          this.#capacity[arc] = (this.#capacity[arc] ?? 0) - amount;
          this.#capacity[arc ^ 1] = (this.#capacity[arc ^ 1] ?? 0) + amount;
        }
        sent += amount;
        path = this.#tight(source, sink, potential, at);
      }
    }
    return sent;
  }

  #reduced(arc: number, from: number, potential: Int32Array): number {
    return (this.#cost[arc] ?? 0) + (potential[from] ?? 0) - (potential[this.#to[arc] ?? 0] ?? 0);
  }

  /** Dijkstra over reduced costs, which are small integers: one bucket for each distance. */
  #reduce(source: number, sink: number, potential: Int32Array): boolean {
    const distance = new Int32Array(this.#nodes).fill(unlimited);
    const buckets: number[][] = [[source]];
    distance[source] = 0;
    for (let length = 0; length < buckets.length; length++) {
      for (const node of buckets[length] ?? []) {
        if (distance[node] !== length) continue;
        for (let arc = this.#first[node] ?? -1; arc !== -1; arc = this.#next[arc] ?? -1) {
          const to = this.#to[arc] ?? 0;
          const total = length + this.#reduced(arc, node, potential);
          if ((this.#capacity[arc] ?? 0) <= 0 || total >= (distance[to] ?? 0)) continue;
          distance[to] = total;
          (buckets[total] ??= []).push(to);
        }
      }
    }
    const most = distance[sink] ?? unlimited;
    if (most === unlimited) return false;
    potential.forEach((it, node) => (potential[node] = it + Math.min(distance[node] ?? most, most)));
    return true;
  }

  /** A path of arcs without reduced cost; `at` remembers which arcs of a node lead nowhere. */
  #tight(source: number, sink: number, potential: Int32Array, at: Int32Array): number[] | null {
    const onPath = new Uint8Array(this.#nodes);
    const nodes = [source];
    const path: number[] = [];
    onPath[source] = 1;
    for (let node = nodes.at(-1); node !== undefined; node = nodes.at(-1)) {
      if (node === sink) return path;
      const arc = this.#onwards(node, potential, at, onPath);
      if (arc === -1) {
        nodes.pop();
        path.pop();
        const back = nodes.at(-1);
        if (back !== undefined) at[back] = this.#next[at[back] ?? 0] ?? -1;
      } else {
        const to = this.#to[arc] ?? 0;
        onPath[to] = 1;
        nodes.push(to);
        path.push(arc);
      }
    }
    return null;
  }

  #onwards(node: number, potential: Int32Array, at: Int32Array, onPath: Uint8Array): number {
    for (let arc = at[node] ?? -1; arc !== -1; arc = this.#next[arc] ?? -1) {
      at[node] = arc;
      const isOpen = (this.#capacity[arc] ?? 0) > 0 && onPath[this.#to[arc] ?? 0] === 0;
      if (isOpen && this.#reduced(arc, node, potential) === 0) return arc;
    }
    at[node] = -1;
    return -1;
  }
}
