/**
 * A walk that failed, made as short as it can be: first without what is not needed, then by the shortest ways of the graph
 * to the same transition, or to the same two in a row; in the end everything that is shorter is tried.
 *
 * @see Zeller, Hildebrandt: Simplifying and isolating failure-inducing input (2002), https://doi.org/10.1109/32.988498
 * @module
 */
import { stateName } from "../../explore/counterexample.ts";
import type { Explored } from "../exploring.ts";
import type { PlanStep } from "../plan-graph.ts";
import { runTest, SuiteMismatch } from "../run-test.ts";
import type { SuiteTest } from "../suite/script.ts";
import { testOf } from "../suite/builder.ts";
import { walk } from "../suite/walk.ts";
import type { Sut } from "../sut.ts";
import { identityOf, type Move, movesOf, type StepIdentity, WalkModel } from "./model.ts";

/**
 * What is known of its length: nothing shorter fails at all; nothing shorter with the same failing transition, or the same
 * two in a row, does along a shortest way to it; or no step of it can be left out.
 */
export type Minimality = "shortest" | "transition" | "pair" | "local";

export interface Shortened {
  readonly test: SuiteTest;
  readonly mismatch: SuiteMismatch;
  readonly minimality: Minimality;
  /** What the failing step is to the machine. */
  readonly failing: StepIdentity;
  /** So often the system was run. */
  readonly tries: number;
}

interface Failed {
  readonly test: SuiteTest;
  readonly mismatch: SuiteMismatch;
  readonly identities: readonly StepIdentity[];
}

export async function shorten(
  explored: Explored,
  sut: Sut,
  moves: readonly Move[],
  maxTries: number,
): Promise<Shortened | null> {
  const shortener = new Shortener(explored, sut, maxTries);
  return shortener.shortened(moves);
}

class Shortener {
  readonly #explored: Explored;
  readonly #sut: Sut;
  readonly #maxTries: number;
  #tries = 0;

  constructor(explored: Explored, sut: Sut, maxTries: number) {
    this.#explored = explored;
    this.#sut = sut;
    this.#maxTries = maxTries;
  }

  async shortened(moves: readonly Move[]): Promise<Shortened | null> {
    const first = await this.#play(moves);
    if (first === null) return null;
    let best = await this.#withoutNeedless(first);
    let minimality: Minimality = "local";
    for (const kind of ["transition", "pair"] as const) {
      const shorter = await this.#byGraph(best, kind);
      if (shorter !== "missing") {
        best = shorter;
        minimality = kind;
        break;
      }
    }
    const least = await this.#exhaustively(best);
    if (least !== null) [best, minimality] = [least, "shortest"];
    const failing = best.identities.at(-1) ?? { text: "its creation", taken: [] };
    return { test: best.test, mismatch: best.mismatch, minimality, failing, tries: this.#tries };
  }

  /** Delta debugging; the test is cut off where it fails. */
  async #withoutNeedless(first: Failed): Promise<Failed> {
    let best = first;
    let parts = 2;
    for (;;) {
      const moves = best.test.steps.flatMap(movesOf);
      if (moves.length < 2 || this.#tries > this.#maxTries) return best;
      const size = Math.ceil(moves.length / parts);
      let found: Failed | null = null;
      for (let at = 0; at < moves.length && found === null; at += size) {
        found = await this.#play([...moves.slice(0, at), ...moves.slice(at + size)]);
      }
      if (found !== null && found.test.steps.length <= best.test.steps.length) {
        if (found.test.steps.flatMap(movesOf).length < moves.length) {
          best = found;
          parts = Math.max(2, parts - 1);
          continue;
        }
      }
      if (size === 1) return best;
      parts = Math.min(moves.length, parts * 2);
    }
  }

  /** Shortest ways that end with the failing step, or with it and the one before; `missing`: none of them fails. */
  async #byGraph(best: Failed, kind: "transition" | "pair"): Promise<Failed | "missing"> {
    const [failing, before] = [best.identities.at(-1), best.identities.at(-2)];
    if (failing === undefined || (kind === "pair" && before === undefined)) return "missing";
    const { graph } = this.#explored.exploration;
    const { plan } = this.#explored;
    const ways: PlanStep[][] = [];
    for (let state = 0; state < graph.states; state++) {
      for (const step of stepsFrom(this.#explored, state)) {
        if (kind === "pair") {
          if (step < 0 || this.#identity(state, step) !== before?.text) continue;
          const next = plan.to[step] ?? 0;
          for (const last of stepsFrom(this.#explored, next)) {
            if (this.#identity(next, last) === failing.text) ways.push([...graph.pathTo(state), step, last]);
          }
        } else if (this.#identity(state, step) === failing.text) ways.push([...graph.pathTo(state), step]);
      }
    }
    for (const way of ways.toSorted((a, b) => a.length - b.length)) {
      if (this.#tries > this.#maxTries) break;
      const found = way.length <= best.test.steps.length ? await this.#follow(way) : null;
      if (found !== null) return found.test.steps.length < best.test.steps.length ? found : best;
    }
    return "missing";
  }

  /** All that the machine can be asked, length by length. `null`: there is too much of it. */
  async #exhaustively(best: Failed): Promise<Failed | null> {
    const { plan } = this.#explored;
    let ways: { readonly path: readonly PlanStep[]; readonly state: number }[] = [{ path: [], state: 0 }];
    for (let length = 1; length < best.test.steps.length; length++) {
      ways = ways.flatMap(({ path, state }) =>
        stepsFrom(this.#explored, state).map((step) => ({
          path: [...path, step],
          state: step < 0 ? state : (plan.to[step] ?? 0),
        })),
      );
      if (this.#tries + ways.length > this.#maxTries) return null;
      for (const { path } of ways) {
        const found = await this.#follow(path);
        if (found !== null) return found;
      }
    }
    return best;
  }

  #identity(state: number, step: PlanStep): string {
    const { exploration, plan } = this.#explored;
    if (step < 0) {
      const stimulus = plan.probes[-1 - step]?.stimulus;
      const type = stimulus?.kind === "event" ? stimulus.event.type : "";
      return `ignored ${type} in ${stateName(exploration.graph.snapshot(state))}`;
    }
    const { label, taken } = exploration.graph.edge(step);
    return identityOf(
      label.action,
      taken.map(({ id }) => id),
    );
  }

  async #follow(path: readonly PlanStep[]): Promise<Failed | null> {
    const walked = walk(this.#explored, path);
    const test = walked.stimuli.length < path.length ? null : testOf(this.#explored, walked, ["a walk"]);
    return test === null ? null : this.#play(test.steps.flatMap(movesOf));
  }

  async #play(moves: readonly Move[]): Promise<Failed | null> {
    const model = modelAfter(this.#explored, moves);
    this.#tries++;
    try {
      await runTest(model.test("a walk"), this.#sut);
      return null;
    } catch (error) {
      // What the system throws is a failure as good as another.
      const mismatch = asMismatch(error, model);
      const steps = model.steps.slice(0, mismatch.step);
      const test = { ...model.test("a walk"), steps };
      return { test, mismatch, identities: model.identities.slice(0, mismatch.step) };
    }
  }
}

/** The steps that may be taken from a state, those that it ignores included. */
function stepsFrom({ plan }: Explored, state: number): readonly PlanStep[] {
  const [first, end] = [plan.firstEdge[state] ?? 0, plan.firstEdge[state + 1] ?? 0];
  const edges = Array.from({ length: end - first }, (_, index) => first + index);
  return [...edges, ...(plan.probesOf[state] ?? []).map((it) => -1 - it)];
}

export function modelAfter(explored: Explored, moves: readonly Move[]): WalkModel {
  const model = new WalkModel(explored);
  for (const move of moves) model.play(move);
  return model;
}

/** A system that throws has failed at its last step. */
export function asMismatch(error: unknown, { steps }: Pick<WalkModel, "steps">): SuiteMismatch {
  if (error instanceof SuiteMismatch) return error;
  const actual = error instanceof Error ? error.message : String(error);
  const message = `the system throws: ${actual}`;
  return new SuiteMismatch(message, { step: steps.length, expected: "no error", actual });
}
