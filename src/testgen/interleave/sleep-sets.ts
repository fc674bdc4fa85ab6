/**
 * Every order of the choices, but for those that differ only in independent steps: depth first, with sleep sets.
 *
 * @see Godefroid: Partial-order methods for the verification of concurrent systems (1996), chapter 5
 * @module
 */
import { areIndependent, type Choice } from "./control.ts";
import type { Choose } from "./execute.ts";

interface Node {
  /** As they were found in the last run; choices of another run have the same keys. */
  choices: readonly Choice[];
  readonly sleep: Map<string, Choice>;
  chosen: Choice;
}

export class SleepSets {
  readonly #nodes: Node[] = [];
  /** How much of the next run repeats the last. */
  #repeated = 0;

  /** For the next run. */
  readonly choose: Choose = (choices, step) => {
    const known = this.#nodes[step];
    if (known !== undefined && step < this.#repeated) {
      known.choices = choices;
      const again = choices.find(({ key }) => key === known.chosen.key);
      if (again === undefined) throw new Error(notTheSame(known.chosen.key, choices));
      known.chosen = again;
      return again;
    }
    const sleep = this.#sleepAfter(step);
    const chosen = choices.find(({ key }) => !sleep.has(key));
    // Whatever could be done here was done elsewhere.
    if (chosen === undefined) return null;
    this.#nodes.push({ choices, sleep, chosen });
    return chosen;
  };

  /** Whether there is another run. */
  next(): boolean {
    for (let node = this.#nodes.at(-1); node !== undefined; node = this.#nodes.at(-1)) {
      node.sleep.set(node.chosen.key, node.chosen);
      const { sleep } = node;
      const other = node.choices.find(({ key }) => !sleep.has(key));
      if (other !== undefined) {
        node.chosen = other;
        this.#repeated = this.#nodes.length;
        return true;
      }
      this.#nodes.pop();
    }
    return false;
  }

  #sleepAfter(step: number): Map<string, Choice> {
    const before = this.#nodes[step - 1];
    if (before === undefined) return new Map();
    return new Map([...before.sleep].filter(([, it]) => areIndependent(it, before.chosen)));
  }
}

export const notTheSame = (key: string, choices: readonly Choice[]): string =>
  `a run is not the same when it is repeated: "${key}" was possible, now only ${choices.map((it) => `"${it.key}"`).join(", ")}; ` +
  "the scenario uses time, chance or promises of its own";
