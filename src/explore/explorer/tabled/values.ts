/** The values of each context key, numbered. */
import { canonical, NotCanonical } from "../canonical.ts";

/** A key that a context does not have. */
export const absent = Symbol("absent");

/** A value cannot be put in a table, as what it stands for differs from one world to the next. */
export class NotTabled extends Error {
  override readonly name = "NotTabled";
}

/** A context has a key that those before it did not have. */
export class NewKey extends Error {
  override readonly name = "NewKey";
  readonly key: string;

  constructor(key: string) {
    super(`the context gets a new key ${key}`);
    this.key = key;
  }
}

export class Values {
  /** In the order of the vectors' places. */
  readonly keys: readonly string[];
  readonly place: ReadonlyMap<string, number>;
  readonly #values: unknown[][];
  readonly #byValue: Map<unknown, number>[];
  readonly #byText: Map<string, number>[];

  constructor(keys: readonly string[]) {
    this.keys = keys;
    this.place = new Map(keys.map((key, place) => [key, place]));
    this.#values = keys.map(() => []);
    this.#byValue = keys.map(() => new Map());
    this.#byText = keys.map(() => new Map());
  }

  at(place: number, number: number): unknown {
    return (this.#values[place] as unknown[])[number];
  }

  /** Throws `NotCanonical`, or {@link NotTabled} for a value that refers to an actor. */
  number(place: number, value: unknown): number {
    const values = this.#values[place] as unknown[];
    const isObject = (typeof value === "object" && value !== null) || Object.is(value, -0);
    const known = isObject
      ? (this.#byText[place] as Map<unknown, number>)
      : (this.#byValue[place] as Map<unknown, number>);
    const key = isObject ? this.#textOf(place, value) : value;
    let number = known.get(key);
    if (number === undefined) {
      number = values.push(value) - 1;
      known.set(key, number);
    }
    return number;
  }

  #textOf(place: number, value: unknown): string {
    try {
      return textOf(value);
    } catch (error) {
      throw error instanceof NotCanonical ? error.within(this.keys[place] ?? "") : error;
    }
  }

  /** Whether the value is still what it was when it got its number. */
  isIntact(place: number, number: number): boolean {
    const value = this.at(place, number);
    if (typeof value !== "object" || value === null) return true;
    return this.#byText[place]?.get(textOf(value)) === number;
  }
}

const textOf = (value: unknown): string =>
  canonical(value, () => {
    throw new NotTabled("it refers to an actor");
  });
