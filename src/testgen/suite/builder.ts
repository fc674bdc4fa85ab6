/** Tests as they are found, and what they cover. */
import type { Explored } from "../exploring.ts";
import type { PlanStep } from "../plan-graph.ts";
import { textOf } from "../observation.ts";
import { record, type Recorded } from "./record.ts";
import { actionName, type SuiteTest } from "./script.ts";
import { timesOf } from "./timing.ts";
import { type Walk, walk } from "./walk.ts";

/** So many of the steps that have an item are tried until one shows it. */
const maxTried = 8;

export class SuiteBuilder {
  readonly covered = new Set<number>();
  readonly #explored: Explored;
  readonly #found: { recorded: Recorded; walked: Walk; why: string[] }[] = [];

  constructor(explored: Explored) {
    this.#explored = explored;
  }

  add(path: readonly PlanStep[]): void {
    const { items } = this.#explored;
    const shown = this.#shown(walk(this.#explored, path));
    if (shown === null) return;
    const { recorded } = shown;
    const fresh = [...recorded.covered].filter((item) => !this.covered.has(item));
    if (fresh.length === 0) return;
    for (const item of fresh) this.covered.add(item);
    this.#found.push({ ...shown, why: fresh.map((item) => items.all[item]?.text ?? "") });
  }

  /** Tries the shortest ways to steps that have `item`. */
  addFor(item: number): void {
    const { plan, exploration } = this.#explored;
    const has = (list: number): boolean => plan.lists[list]?.includes(item) === true;
    const ways: PlanStep[][] = [];
    for (let edge = 0; edge < plan.edges && ways.length < maxTried; edge++) {
      if (has(plan.listOf[edge] ?? 0)) ways.push([...exploration.graph.pathTo(plan.from[edge] ?? 0), edge]);
    }
    for (let state = 0; state < plan.states && ways.length < maxTried; state++) {
      const probe = plan.probesOf[state]?.find((it) => has(plan.probes[it]?.list ?? 0));
      if (probe !== undefined) ways.push([...exploration.graph.pathTo(state), -1 - probe]);
    }
    for (const way of ways) {
      this.add(way);
      if (this.covered.has(item)) return;
    }
  }

  /** As much of `walked` as a clock can show. */
  #shown(walked: Walk): { recorded: Recorded; walked: Walk } | null {
    const { items } = this.#explored;
    const covered = new Set([...this.covered].map((item) => items.all[item]?.text));
    const isNew = (text: string): boolean => !covered.has(text) && covered.add(text) !== undefined;
    const prefix = (steps: number): Walk => ({
      stimuli: walked.stimuli.slice(0, steps),
      worlds: walked.worlds.slice(0, steps + 1),
    });
    let [most, tooMany] = [0, walked.stimuli.length + 1];
    if (timesOf(walked) !== null) most = walked.stimuli.length;
    else {
      while (tooMany - most > 1) {
        const middle = (most + tooMany) >> 1;
        if (timesOf(prefix(middle)) === null) tooMany = middle;
        else most = middle;
      }
    }
    const recorded = most === 0 ? null : record(this.#explored, prefix(most), isNew);
    return recorded === null ? null : { recorded, walked: prefix(most) };
  }

  tests(): SuiteTest[] {
    const scripts = this.#found.map(({ recorded: { steps } }) =>
      steps.map(({ afterMs, action }) => textOf([afterMs, action])),
    );
    const isPart = (index: number): boolean =>
      scripts.some(
        (other, at) =>
          at !== index &&
          other.length > (scripts[index]?.length ?? 0) &&
          (scripts[index] ?? []).every((it, step) => other[step] === it),
      );
    const { input } = this.#explored;
    const tests = this.#found
      .filter((_, index) => !isPart(index))
      .map(({ recorded: { initial, steps }, why, walked }): SuiteTest => {
        const test = { title: "", why, input, initial, steps };
        walks.set(test, walked);
        return test;
      });
    return retitled(tests);
  }
}

const walks = new WeakMap<SuiteTest, Walk>();

/** The walk that `test` was recorded of, as far as it is known. */
export const walkOf = (test: SuiteTest): Walk | undefined => walks.get(test);

/** A test of `walked`; what it leaves behind is shown as far as `why` says so. `null`: no clock can show it. */
export function testOf(explored: Explored, walked: Walk, why: readonly string[]): SuiteTest | null {
  const shown = new Set(why);
  const recorded = record(explored, walked, (text) => shown.delete(text));
  if (recorded === null) return null;
  const { initial, steps } = recorded;
  const [test] = retitled([{ title: "", why, input: explored.input, initial, steps }]);
  if (test !== undefined) walks.set(test, walked);
  return test ?? null;
}

export function retitled(tests: readonly SuiteTest[]): SuiteTest[] {
  return tests.map((test, index) => {
    const titled = { ...test, title: titleOf(index + 1, test) };
    const walked = walks.get(test);
    if (walked !== undefined) walks.set(titled, walked);
    return titled;
  });
}

/** `1. takes a GO, and 3 more: GO, after delay, … (12 steps)`. */
function titleOf(number: number, { why, steps }: SuiteTest): string {
  const [first = ""] = [...why.filter((it) => it.startsWith("takes ")), ...why];
  const more = why.length > 1 ? `, and ${why.length - 1} more` : "";
  const names = steps.slice(0, 3).map(({ action }) => actionName(action));
  const rest = steps.length > 3 ? ", …" : "";
  return `${number}. ${first}${more}: ${names.join(", ")}${rest} (${steps.length} ${steps.length === 1 ? "step" : "steps"})`;
}
