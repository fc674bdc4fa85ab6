/** Moves as commands of fast-check. */
import type * as FastCheck from "fast-check";
import type { Explored } from "../exploring.ts";
import { compare, perform } from "../run-test.ts";
import type { Sut, SutSession } from "../sut.ts";
import type { Move, WalkModel } from "./model.ts";

export interface Real {
  readonly session: SutSession;
  readonly sut: Sut;
}

export class MoveCommand implements FastCheck.AsyncCommand<WalkModel, Real> {
  readonly #move: Move;
  /** Also where the machine ignores it. */
  readonly #isStray: boolean;

  constructor(move: Move, isStray: boolean) {
    this.#move = move;
    this.#isStray = isStray;
  }

  check(model: Readonly<WalkModel>): boolean {
    return this.#isStray || model.isAccepted(this.#move);
  }

  async run(model: WalkModel, { session, sut }: Real): Promise<void> {
    const step = model.play(this.#move);
    if (step === null) return;
    await perform(session, step.action);
    await compare(sut, session, model.test("a walk"), model.steps.length, step.expected);
  }

  toString(): string {
    return JSON.stringify(this.#move);
  }
}

/** Now and then what the machine ignores: a fifth of the events that it does not expect. */
export function arbitraryOf(fc: typeof FastCheck, move: Move): FastCheck.Arbitrary<MoveCommand> {
  if (move.kind !== "event") return fc.constant(new MoveCommand(move, false));
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(new MoveCommand(move, false)) },
    { weight: 1, arbitrary: fc.constant(new MoveCommand(move, true)) },
  );
}

/** Every move that the explored machine knows. */
export function movesOfGraph({ exploration: { graph }, plan }: Explored): readonly Move[] {
  const moves = graph.labels.flatMap(({ stimulus }): Move[] => {
    if (stimulus.kind === "event") return [{ kind: "event", event: stimulus.event }];
    if (stimulus.kind === "timer") return [];
    return [{ kind: "outcome", actor: stimulus.child, outcome: stimulus.outcome }];
  });
  const hasTimers = graph.labels.some(({ kind }) => kind === "timer");
  const probes = plan.probes.flatMap(({ stimulus }): Move[] =>
    stimulus.kind === "event" ? [{ kind: "event", event: stimulus.event }] : [],
  );
  const all = [
    ...moves,
    ...probes,
    ...(hasTimers ? [{ kind: "timer" } as const, { kind: "wait", ms: 1 } as const] : []),
  ];
  const distinct = new Map(all.map((it) => [JSON.stringify(it), it]));
  return distinct.size === 0 ? [{ kind: "wait", ms: 1 }] : [...distinct.values()];
}
