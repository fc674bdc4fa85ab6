/** One run of a scenario, each choice made by a strategy. */
import type { Choice, Control } from "./control.ts";
import { Controller } from "./control.ts";

/** Concurrent code: started anew for each run. */
export interface Scenario {
  /** Starts everything; what it returns is over when nothing is left to be chosen. Nothing may outlive a run but what is pending. */
  start(control: Control): Running | Promise<Running>;
}

export interface Running {
  /** Of the code itself: a run in which one of them is not settled at the end is stuck, one that rejects has failed. */
  readonly done?: readonly Promise<unknown>[];
  /** After each step: throws when something is wrong. */
  invariant?(): void;
  /** At the end: throws when something is wrong. */
  check?(): void | Promise<void>;
  dispose?(): unknown;
}

export interface Execution {
  /** Keys of the choices that were made. */
  readonly schedule: readonly string[];
  readonly problem: string | null;
  /** The strategy did not go on: another run shows the same. */
  readonly isPruned: boolean;
}

/** Chooses among what may happen; `null`: this run is not worth going on with. */
export type Choose = (choices: readonly Choice[], step: number) => Choice | null;

export async function execute(
  scenario: Scenario,
  choose: Choose,
  drain: () => Promise<void>,
  maxSteps: number,
): Promise<Execution> {
  const control = new Controller();
  const schedule: string[] = [];
  const over = (problem: string | null, isPruned = false): Execution => ({ schedule, problem, isPruned });
  let running: Running = {};
  try {
    running = await scenario.start(control);
    let unsettled = running.done?.length ?? 0;
    let rejected: { readonly reason: unknown } | null = null;
    for (const it of running.done ?? []) {
      it.then(
        () => unsettled--,
        (reason: unknown) => {
          unsettled--;
          rejected ??= { reason };
        },
      );
    }
    for (;;) {
      await drain();
      running.invariant?.();
      if (rejected !== null) return over(textOf((rejected as { reason: unknown }).reason));
      const choices = control.choices();
      if (choices.length === 0) break;
      if (schedule.length >= maxSteps) return over(`no end after ${maxSteps} steps`);
      const choice = choose(choices, schedule.length);
      if (choice === null) return over(null, true);
      schedule.push(choice.key);
      choice.take();
    }
    if (unsettled > 0)
      return over(
        `${unsettled} of ${running.done?.length ?? 0} never end: nothing is left that could happen`,
      );
    await running.check?.();
    return over(null);
  } catch (error) {
    return over(textOf(error));
  } finally {
    control.end();
    await running.dispose?.();
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Lets every promise that can go on go on, however long their chain is. To be closed. */
export function createDrain(): { readonly wait: () => Promise<void>; readonly close: () => void } {
  const { port1, port2 } = new MessageChannel();
  let resume = (): void => {};
  port1.addEventListener("message", () => resume());
  port1.start();
  return {
    wait: () =>
      new Promise((resolve) => {
        resume = resolve;
        port2.postMessage(null);
      }),
    close: () => port1.close(),
  };
}
