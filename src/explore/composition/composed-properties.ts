/** Properties of a composition: asked once for each combination of the component states of which they speak. */
import type { Automaton } from "./automaton.ts";
import type { ComposedProperty, Snapshots } from "./types.ts";

export class Asked {
  readonly #places: readonly number[];
  readonly #automata: readonly Automaton[];
  readonly #names: readonly string[];
  readonly #predicate: (snapshots: Snapshots) => boolean;
  readonly #answers = new Map<number | string, boolean>();

  constructor(
    names: readonly string[],
    automata: readonly Automaton[],
    about: readonly string[],
    predicate: (snapshots: Snapshots) => boolean,
  ) {
    this.#names = about;
    this.#places = about.map((name) => names.indexOf(name));
    this.#automata = automata;
    this.#predicate = predicate;
    const unknown = about.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new TypeError(`a property is about ${unknown}, which is no component`);
  }

  /** @param vector Begins with the states of the components. */
  of(vector: Int32Array): boolean {
    const [first = 0, second, ...others] = this.#places;
    const key =
      second === undefined
        ? (vector[first] as number)
        : others.length === 0
          ? (vector[first] as number) * 0x200_0000 + (vector[second] as number)
          : this.#places.map((place) => vector[place]).join();
    let answer = this.#answers.get(key);
    if (answer === undefined) this.#answers.set(key, (answer = this.#ask(vector)));
    return answer;
  }

  #ask(vector: Int32Array): boolean {
    return this.#predicate(
      Object.fromEntries(
        this.#names.map((name, index) => {
          const place = this.#places[index] as number;
          return [name, this.#automata[place]?.world(vector[place] as number)?.snapshot ?? null];
        }),
      ),
    );
  }
}

/** The predicate that is looked for state by state; `null`: the property is about what goes on for ever. */
export function sought(property: ComposedProperty): ((snapshots: Snapshots) => boolean) | null {
  switch (property.kind) {
    case "always":
      return (it) => !property.holds(it);
    case "sometimes":
      return property.holds;
    case "leadsTo":
      return null;
  }
}
