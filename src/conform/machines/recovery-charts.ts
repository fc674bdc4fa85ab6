/** Running recovery charts of one recording, one per scenario, under the reference's rules. */
import { type Actor, createActor, type PromiseActorLogic } from "xstate";
import {
  type RecoveryContext,
  recoveryMachine,
  type RecoveryReport,
  type RecoveryStepInput,
  type StepOutcome,
} from "../../../machines/recovery.ts";
import { FailureFacts, type FailureScenario, recipeFor, recoveryReference } from "../../core/recovery.ts";
import { VirtualClock } from "../../runtime/virtual-clock.ts";

export class RecoveryCharts {
  /** The index of the step that fails; `null`: none does. */
  failAtStep: number | null = null;
  readonly #clock = new VirtualClock();
  readonly #actors = new Map<FailureScenario, Actor<typeof recoveryMachine>>();
  readonly #machine = recoveryMachine.provide({
    actors: { step: settledAtOnce((input) => this.#settle(input)) },
  });
  #reports: RecoveryReport[] = [];

  /** Reports a failure and gives what the chart reports of it; each instant is one tick of the original's counter. */
  fail(scenario: FailureScenario): readonly RecoveryReport[] {
    this.#reports = [];
    const actor = this.#actor(scenario);
    this.#clock.advance(1);
    actor.send({ type: "failure.reported", at: this.#clock.now(), facts: FailureFacts.parse({}) });
    this.#clock.advanceTo(actor.getSnapshot().context.ledger?.finishedAt ?? 0);
    return this.#reports;
  }

  context(scenario: FailureScenario): RecoveryContext {
    return this.#actor(scenario).getSnapshot().context;
  }

  /** The scenarios that ever failed, sorted. */
  attempted(): readonly FailureScenario[] {
    return [...this.#actors.keys()].filter((it) => this.context(it).ledger !== null).toSorted();
  }

  stop(): void {
    for (const actor of this.#actors.values()) actor.stop();
  }

  #actor(scenario: FailureScenario): Actor<typeof recoveryMachine> {
    const running = this.#actors.get(scenario);
    if (running !== undefined) return running;
    const recipe = recipeFor(recoveryReference.recipes, scenario);
    const input = { subject: scenario, recipe, rules: recoveryReference.rules };
    const actor = createActor(this.#machine, { input, clock: this.#clock });
    actor.on("*", (report) => this.#reports.push(report));
    actor.start();
    this.#actors.set(scenario, actor);
    return actor;
  }

  #settle({ index }: RecoveryStepInput): StepOutcome {
    const at = this.#clock.now() + 1;
    if (index !== this.failAtStep) return { outcome: "succeeded", at };
    const failure = { code: "internal", message: "the recording says that this step fails" } as const;
    return { outcome: "failed", at, failure };
  }
}

/** An actor that has its output before it starts: a whole attempt takes one turn. */
function settledAtOnce<I, O>(settle: (input: I) => O): PromiseActorLogic<O, I> {
  const logic: PromiseActorLogic<O, I> = {
    config: () => Promise.reject(new Error("settled at once")),
    getInitialSnapshot: (_, input) => ({
      status: "done",
      output: settle(input),
      error: undefined,
      input,
    }),
    transition: (snapshot) => snapshot,
    getPersistedSnapshot: (snapshot) => snapshot,
  };
  return logic;
}
