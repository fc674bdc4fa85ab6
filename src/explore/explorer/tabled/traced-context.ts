/**
 * A context that knows which of its keys a step reads, and which it writes.
 *
 * XState merges what an assign returns with `Object.assign({}, context, update)`. While a step is traced, that call keeps
 * the context as it is and notes the update: copying a key is not reading it. Pinned by
 * `test/explore/xstate-contract.test.ts`.
 *
 * @module
 */
import { absent, NewKey, type Values } from "./values.ts";

interface Traced {
  readonly vector: Int32Array;
  /** By place. */
  readonly writes: ReadonlyMap<number, unknown>;
}

export class Tracer {
  readonly #values: Values;
  readonly #traced = new WeakMap<object, Traced>();
  readonly #mayBeAbsent: readonly number[];
  #reads = new Set<number>();

  constructor(values: Values, mayBeAbsent: ReadonlySet<string>) {
    this.#values = values;
    this.#mayBeAbsent = values.keys.flatMap((key, place) => (mayBeAbsent.has(key) ? [place] : []));
  }

  /** The context of `vector`; reads count from now on. */
  begin(vector: Int32Array): object {
    this.#reads = new Set();
    return this.#context(vector, new Map());
  }

  /** Places, in the order in which they were read first. */
  get reads(): readonly number[] {
    return [...this.#reads];
  }

  /** What was written to a context on the way to `context`; `null`: it is not one of those that are traced. */
  writesOf(context: object): ReadonlyMap<number, unknown> | null {
    return this.#traced.get(context)?.writes ?? null;
  }

  run<T>(step: () => T): T {
    const { assign } = Object;
    const traced = (target: object, first: unknown, ...others: object[]): object => {
      const base = typeof first === "object" && first !== null ? this.#traced.get(first) : undefined;
      if (base === undefined) return assign(target, first, ...others) as object;
      const writes = new Map(base.writes);
      for (const other of others) {
        for (const key of Object.keys(other)) {
          writes.set(this.#placeOf(key), (other as Record<string, unknown>)[key]);
        }
      }
      return this.#context(base.vector, writes);
    };
    Object.assign = traced as typeof Object.assign;
    try {
      return step();
    } finally {
      Object.assign = assign;
    }
  }

  #placeOf(key: string): number {
    const place = this.#values.place.get(key);
    if (place === undefined) throw new NewKey(key);
    return place;
  }

  #context(vector: Int32Array, writes: ReadonlyMap<number, unknown>): object {
    const values = this.#values;
    const read = (place: number): unknown => {
      if (writes.has(place)) return writes.get(place);
      this.#reads.add(place);
      return values.at(place, vector[place] as number);
    };
    const valueOf = (key: string | symbol): unknown => {
      const place = typeof key === "string" ? values.place.get(key) : undefined;
      return place === undefined ? absent : read(place);
    };
    const context = new Proxy(
      {},
      {
        get: (target, key) => {
          const value = valueOf(key);
          return value === absent ? (Reflect.get(target, key) as unknown) : value;
        },
        has: (target, key) => valueOf(key) !== absent || Reflect.has(target, key),
        ownKeys: () => {
          const missing = new Set(this.#mayBeAbsent.filter((place) => read(place) === absent));
          return values.keys.filter((_, place) => !missing.has(place));
        },
        getOwnPropertyDescriptor: (_, key) => {
          const place = typeof key === "string" ? values.place.get(key) : undefined;
          if (place === undefined || read(place) === absent) return undefined;
          return { configurable: true, enumerable: true, writable: true, value: read(place) };
        },
      },
    );
    this.#traced.set(context, { vector, writes });
    return context;
  }
}
