/**
 * homeostat itself: not an emulation, the crash-budget chart decides.
 *
 * @module
 */
import { initialTransition, type SnapshotFrom, transition } from "xstate";
import {
  type CrashBudgetEvent,
  type CrashBudgetInput,
  crashBudgetMachine,
} from "../../../machines/crash-budget.ts";
import { type Answer, giveUp, restart, type RestartPolicy } from "../policy.ts";

type Snapshot = SnapshotFrom<typeof crashBudgetMachine>;

interface Budget {
  readonly snapshot: Snapshot;
  /** The timer that the chart has armed. */
  readonly timer: { readonly event: TimerEvent; readonly at: number } | null;
}
/** XState's own event of an `after`, which is in no machine's type. */
type TimerEvent = CrashBudgetEvent;

/** `policy` as in the chart's input; without it the product's default. */
export function homeostat(
  policy: CrashBudgetInput["policy"] = {},
  name = "homeostat",
): RestartPolicy<Budget> {
  const [snapshot] = initialTransition(crashBudgetMachine, { key: name, policy });
  const { retries, budgetWindowMs, retryBackoffMs, outerLimit, probeEveryMs } = snapshot.context.policy;
  const outer =
    outerLimit === null
      ? "no outer limit"
      : `${outerLimit.refusedWindows} refused or ${outerLimit.crashes} crashes in ${seconds(outerLimit.periodMs)}: probes every ${seconds(probeEveryMs)}`;
  return {
    name,
    summary: `${retries} in ${seconds(budgetWindowMs)} after ${retryBackoffMs} ms; ${outer}`,
    source: "machines/crash-budget.ts",
    initial: { snapshot, timer: null },
    decide(before, { at, startedAt, servedSince }) {
      let budget = elapse(before, startedAt);
      if (servedSince !== null) {
        budget = take(elapse(budget, servedSince), { type: "backend.started", at: servedSince });
      }
      const running = elapse(budget, at);
      const state = take(running, { type: "backend.exited", at });
      return { state, answer: answerOf(state.snapshot, at, running.snapshot.context.quarantined) };
    },
  };
}

function answerOf(snapshot: Snapshot, at: number, wasQuarantined: boolean): Answer {
  const { deadline, quarantined } = snapshot.context;
  // Every state that a crash leads to has a deadline; without one no start would ever be granted.
  if (deadline === null) return giveUp();
  if (snapshot.matches("backingOff")) return restart(deadline - at);
  return { kind: "refuse", retryAfterMs: deadline - at, escalates: quarantined && !wasQuarantined };
}

/** Fires what is due up to `instant`. */
function elapse(budget: Budget, instant: number): Budget {
  let current = budget;
  while (current.timer !== null && current.timer.at <= instant) current = take(current, current.timer.event);
  return current;
}

/** The chart keeps the instant in its context; which of its timers it is stands in the actions. */
function take({ snapshot, timer }: Budget, event: CrashBudgetEvent): Budget {
  const [next, actions] = transition(crashBudgetMachine, snapshot, event);
  const { deadline } = next.context;
  let armed = timer?.event;
  for (const action of actions) {
    if (action.type === "xstate.raise") armed = action.params.event as TimerEvent;
  }
  const timed = deadline === null || armed === undefined ? null : { event: armed, at: deadline };
  return { snapshot: next, timer: timed };
}

const seconds = (ms: number): string => `${ms / 1_000} s`;
