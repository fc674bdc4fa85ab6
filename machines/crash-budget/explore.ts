/** How this chart is explored: a small policy, what may happen, what the state keeps of the context, and the invariants of its header. */
import type { CrashBudgetContext } from "../crash-budget.ts";
import type { CheckOptions, StateView } from "../../src/explore/index.ts";
import { contextOf, since, timed } from "../explore/times.ts";

const policy = {
  retryBackoffMs: 1,
  budgetWindowMs: 3,
  retries: 1,
  provenUptimeMs: 2,
  // So many crashes fit in no period of this size: which of them count is left out of the abstraction.
  outerLimit: { refusedWindows: 2, crashes: 1_000, periodMs: 6 },
  probeEveryMs: 2,
};

const of = ({ context }: StateView): CrashBudgetContext => context as CrashBudgetContext;

export const explore: CheckOptions = {
  input: { key: "k", policy },
  events: {
    "backend.exited": timed([0, 1, 3]),
    "backend.started": timed(),
    "backend.stopped": timed(),
    "start.deferred": (snapshot) => timed()(snapshot).map((it) => ({ ...it, retryAfterMs: 1 })),
    "budget.reset": timed(),
  },
  // Only distances matter, and none beyond the window or the outer period; crashes beyond the first refused one are alike.
  abstract: (_, snapshot) => {
    const { at, deadline, window, refusedAt, quarantined } = contextOf<CrashBudgetContext>(snapshot);
    return {
      deadline: since(deadline, at),
      window: window && [
        since(window.startedAt, at, policy.budgetWindowMs),
        Math.min(window.crashes, policy.retries + 2),
      ],
      refused: refusedAt.map((it) => at - it).filter((age) => age < policy.outerLimit.periodMs),
      quarantined,
    };
  },
  properties: [
    {
      kind: "alwaysStep",
      name: "B1: a crash beyond the retries of its window is not answered with a start",
      when: ({ told }) => told("start.scheduled").length > 0,
      holds: ({ after }) => (of(after).window?.crashes ?? 0) <= policy.retries,
    },
    {
      kind: "alwaysStep",
      name: "B2: a start is granted at the deadline and not before",
      when: ({ told }) => told("start.granted").some(({ cause }) => cause !== "reset"),
      holds: ({ before, told }) => told("start.granted").every(({ at }) => at === of(before).deadline),
    },
    {
      kind: "alwaysStep",
      name: "B2: a timer is armed for the deadline",
      when: ({ effects }) => effects.some(({ kind }) => kind === "timerSet"),
      holds: ({ after, effects }) =>
        effects.every(
          (it) => it.kind !== "timerSet" || it.delayMs === (of(after).deadline ?? 0) - of(after).at,
        ),
    },
    {
      kind: "alwaysStep",
      name: "B3: crashes are forgotten after a proof or by a reset, never by a start",
      when: ({ before, after }) => of(before).window !== null && of(after).window === null,
      holds: ({ before, action }) =>
        action === "budget.reset" ||
        (action === "after untilDeadline" && (before.in("probation") || before.in("halfOpen.proving"))),
    },
    {
      kind: "alwaysStep",
      name: "B4: a quarantine is reported once per episode, for too many refused windows",
      when: ({ told }) => told("backend.quarantined").some(({ first }) => first === true),
      holds: ({ before, told }) =>
        !before.in("quarantined") &&
        !before.in("halfOpen") &&
        told("backend.quarantined").every(
          ({ refusedWindows }) => Number(refusedWindows) >= policy.outerLimit.refusedWindows,
        ),
    },
    {
      kind: "alwaysStep",
      name: "B5: no second probe is started while one is under way",
      when: ({ before, after }) => before.in("halfOpen") && after.in("halfOpen"),
      holds: ({ told }) => told("start.granted").length === 0,
    },
    {
      kind: "alwaysStep",
      name: "B6: a refusal says when the next start is possible, which is not in the past",
      when: ({ told }) => told("start.refused").length > 0,
      holds: ({ told }) => told("start.refused").every(({ retryAfterMs }) => Number(retryAfterMs) > 0),
    },
    {
      kind: "alwaysStep",
      name: "B7: a timer that fires makes it the deadline",
      when: ({ action }) => action === "after untilDeadline",
      holds: ({ before, after }) => of(after).at === of(before).deadline,
    },
    { kind: "sometimes", name: "B4: there is a way into quarantine", holds: (it) => it.in("quarantined") },
    {
      kind: "leadsTo",
      name: "B2: what waits does not wait for ever",
      from: (it) => it.snapshot.hasTag("waiting"),
      to: (it) => !it.snapshot.hasTag("waiting"),
    },
  ],
};
