import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createActor, createMachine } from "xstate";
import type * as z from "zod";
import {
  CrashBudgetContext,
  type CrashBudgetEvent,
  type CrashBudgetInput,
  crashBudgetMachine,
  type CrashBudgetReport,
  crashBudgetReports,
  retriesLeft,
  retryAfterMs,
} from "../../machines/crash-budget.ts";
import type { CrashBudgetPolicy } from "../../src/core/crash-budget.ts";
import { VirtualClock } from "../../src/runtime/virtual-clock.ts";

type Command = CrashBudgetEvent["type"];
type State = "steady" | "backingOff" | "refused" | "retrying" | "probation" | "quarantined";

/** `type` with what it needs besides an instant. */
const dated = (type: Command) => (type === "start.deferred" ? { type, retryAfterMs: 700 } : { type });

/** A running budget, the clock that drives it, and what it reported. */
function start(policy: CrashBudgetInput["policy"] = {}, startedAt = 0) {
  const clock = new VirtualClock({ now: startedAt });
  const actor = createActor(crashBudgetMachine, { clock, input: { key: "k", policy } });
  const reports: CrashBudgetReport[] = [];
  for (const type of Object.keys(crashBudgetReports)) {
    actor.on(type as CrashBudgetReport["type"], (report) => reports.push(report));
  }
  actor.start();
  const send = (type: Command) => actor.send({ ...dated(type), at: clock.now() });
  return { actor, clock, reports, send, read: () => actor.getSnapshot() };
}

/** Everything a backend and its operators can do, in any order. */
const commands = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant("backend.exited" as const) },
    { weight: 3, arbitrary: fc.constant("backend.started" as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "backend.stopped" as const,
        "budget.reset" as const,
        "start.deferred" as const,
      ),
    },
    {
      weight: 4,
      arbitrary: fc.constantFrom(1, 249, 250, 251, 5_000, 29_750, 30_000, 60_000, 299_999, 300_000),
    },
  ),
  { maxLength: 40 },
);
const policies = fc.record({
  retries: fc.nat(2),
  window: fc.constantFrom("tumbling" as const, "sliding" as const),
  outerLimit: fc.constantFrom(
    null,
    { refusedWindows: 1 },
    { refusedWindows: 2, periodMs: 100_000 },
    { refusedWindows: 1_000, crashes: 3, periodMs: 200_000 },
  ),
  provenUptimeMs: fc.constantFrom(0, 1_000, 60_000),
});

type Run = ReturnType<typeof start>;
type Snapshot = ReturnType<Run["read"]>;
interface Taken {
  readonly step: Command | number;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** What was reported in this step. */
  readonly told: readonly CrashBudgetReport[];
  readonly now: number;
}

/** The steps of `steps`, taken by a fresh budget, after which `holds` does not. */
function violations(
  policy: CrashBudgetInput["policy"],
  steps: readonly (Command | number)[],
  holds: (taken: Taken) => boolean,
): unknown[] {
  const run = start(policy, 1_000);
  const violated: unknown[] = [];
  for (const [index, step] of steps.entries()) {
    const before = run.read();
    const reported = run.reports.length;
    if (typeof step === "number") run.clock.advance(step);
    else run.send(step);
    const taken = {
      step,
      before,
      after: run.read(),
      told: run.reports.slice(reported),
      now: run.clock.now(),
    };
    if (!holds(taken)) violated.push({ index, step, value: taken.after.value, told: taken.told });
  }
  run.actor.stop();
  return violated;
}

/** A policy and steps that break `invariant`, with the seed that finds them again; `null`: none was found. */
function counterexample(
  invariant: (policy: z.input<typeof CrashBudgetPolicy>) => (taken: Taken) => boolean,
  change: Partial<z.input<typeof CrashBudgetPolicy>> = {},
): string | null {
  const holds = fc.property(policies, commands, (policy, steps) => {
    const changed = { ...policy, ...change };
    const violated = violations(changed, steps, invariant(changed));
    if (violated.length > 0) throw new Error(JSON.stringify(violated));
  });
  const details = fc.check(holds, { numRuns: 300 });
  return fc.defaultReportMessage(details) ?? null;
}

/** Brings a budget of the default policy to the end of its third refused window in 15 min. */
function quarantine(): Run {
  const run = start();
  for (let window = 0; window < 3; window += 1) {
    run.send("backend.exited");
    run.clock.advance(250);
    run.send("backend.exited");
    if (window < 2) run.clock.advance(29_750);
  }
  return run;
}

describe("crashBudgetMachine", () => {
  it("backs off after a first crash, then grants the retry when 250 ms have passed, not before", () => {
    const { clock, send, read, reports } = start();
    send("backend.exited");
    expect(read().value).toBe("backingOff");
    clock.advance(249);
    expect(read().value).toBe("backingOff");
    clock.advance(1);
    expect(read().value).toBe("retrying");
    expect(reports).toEqual([
      { type: "start.scheduled", key: "k", at: 0, retryAfterMs: 250, attempt: 1 },
      { type: "start.granted", key: "k", at: 250, cause: "retry" },
    ]);
  });

  it("refuses a second crash for the rest of the window, then grants a start", () => {
    const { clock, send, read, reports } = start();
    send("backend.exited");
    clock.advance(1_000);
    send("backend.exited");
    expect(read().value).toBe("refused");
    expect(reports.at(-1)).toEqual({
      type: "start.refused",
      key: "k",
      at: 1_000,
      reason: "backend_unavailable",
      retryAfterMs: 29_000,
    });
    clock.advance(28_999);
    expect(read().value).toBe("refused");
    clock.advance(1);
    expect(read().value).toBe("retrying");
    expect(reports.at(-1)).toMatchObject({ type: "start.granted", at: 30_000, cause: "windowOpened" });
  });

  it("is steady again after 60 s of uptime, and tells so", () => {
    const { clock, send, read, reports } = start();
    send("backend.exited");
    clock.advance(250);
    send("backend.started");
    clock.advance(59_999);
    expect(read()).toMatchObject({ value: "probation", context: { window: { crashes: 1 } } });
    clock.advance(1);
    expect(read()).toMatchObject({ value: "steady", context: { window: null } });
    expect(reports.at(-1)).toEqual({ type: "backend.steadied", key: "k", at: 60_250, wasQuarantined: false });
  });

  it("stays steady when a backend that never crashed starts", () => {
    const { send, read, reports } = start();
    send("backend.started");
    expect(read().value).toBe("steady");
    expect(reports).toEqual([]);
  });

  it("counts a crash in probation against the window of the first", () => {
    const { clock, send, read } = start();
    send("backend.exited");
    clock.advance(250);
    send("backend.started");
    clock.advance(1_000);
    send("backend.exited");
    expect(read()).toMatchObject({ value: "refused", context: { decision: { retryAfterMs: 28_750 } } });
  });

  it.each(["backingOff", "refused", "quarantined"] as const)(
    "starts at once on a reset while %s",
    (state) => {
      const run = state === "quarantined" ? quarantine() : start();
      if (state !== "quarantined") run.send("backend.exited");
      if (state === "refused") run.send("backend.exited");
      expect(run.read().value).toBe(state);
      run.send("budget.reset");
      expect(run.read()).toMatchObject({
        value: "retrying",
        context: { window: null, refusedAt: [], quarantined: false, deadline: null },
      });
      expect(run.reports.at(-1)).toMatchObject({ type: "start.granted", cause: "reset" });
    },
  );

  it("goes quiet on a requested stop, and remembers the crash", () => {
    const { clock, send, read, reports } = start();
    send("backend.exited");
    send("backend.stopped");
    clock.advance(300);
    expect(read()).toMatchObject({ value: "steady", context: { window: { crashes: 1 } } });
    expect(reports.map(({ type }) => type)).toEqual(["start.scheduled"]);
    send("backend.exited");
    expect(read().value).toBe("refused");
  });

  it("is quarantined by the third refused window in 15 min, and told so first once", () => {
    const { reports, read, clock, send } = quarantine();
    expect(read().value).toBe("quarantined");
    expect(reports.at(-1)).toMatchObject({ refusedWindows: 3, probeAfterMs: 300_000, first: true });
    clock.advance(299_999);
    expect(read().value).toBe("quarantined");
    clock.advance(1);
    expect(read().value).toEqual({ halfOpen: "probing" });
    send("backend.exited");
    expect(read().value).toBe("quarantined");
    expect(reports.at(-1)).toMatchObject({ type: "backend.quarantined", first: false });
  });

  it("leaves quarantine through a probe that serves for 60 s", () => {
    const { reports, read, clock, send } = quarantine();
    clock.advance(300_000);
    send("backend.started");
    clock.advance(59_999);
    expect(read().value).toEqual({ halfOpen: "proving" });
    clock.advance(1);
    expect(read()).toMatchObject({ value: "steady", context: { quarantined: false, refusedAt: [] } });
    expect(reports.at(-1)).toMatchObject({ type: "backend.steadied", wasQuarantined: true });
  });

  it("is not quarantined by refused windows further apart", () => {
    const { send, clock, read } = start();
    for (let window = 0; window < 6; window += 1) {
      send("backend.exited");
      send("backend.exited");
      clock.advance(450_000);
    }
    expect(read().value).not.toBe("quarantined");
  });

  const minute = { budgetWindowMs: 60_000, provenUptimeMs: 0 };

  it("E20: refuses a second crash for what is left of the window, which shrinks, and starts nothing meanwhile", () => {
    const { clock, send, read, reports } = start({ ...minute, outerLimit: null }, 5_000);
    send("backend.exited");
    clock.advance(250);
    clock.advance(750);
    send("backend.exited");
    const asked = [0, 1, 10_000, 48_998].map((waitMs) => {
      clock.advance(waitMs);
      return retryAfterMs(read().context, read().value as string, clock.now());
    });
    expect(asked).toEqual([59_000, 58_999, 48_999, 1]);
    expect(reports.filter(({ type }) => type === "start.granted")).toHaveLength(1);
  });

  it("E21: starts at the end of the window, and the count begins again with the next crash", () => {
    const { clock, send, read, reports } = start({ ...minute, outerLimit: null });
    send("backend.exited");
    clock.advance(250);
    send("backend.exited");
    clock.advance(59_749);
    expect(read().value).toBe("refused");
    clock.advance(1);
    expect(read().value).toBe("retrying");
    clock.advance(5_000);
    send("backend.exited");
    expect(reports.at(-1)).toMatchObject({
      type: "start.scheduled",
      at: 65_000,
      retryAfterMs: 250,
      attempt: 1,
    });
  });

  it("E25: ends in quarantine after three refused windows, told once; without an outer limit it is started 120 times an hour", () => {
    const hour = (policy: CrashBudgetInput["policy"]) => {
      const run = start(policy);
      let starts = 0;
      run.actor.on("start.granted", () => {
        starts += 1;
        run.send("backend.exited");
      });
      run.send("backend.exited");
      run.clock.advance(3_600_000 - 1);
      const first = run.reports.filter((it) => it.type === "backend.quarantined" && it.first);
      return { starts, value: run.read().value, first: first.length };
    };
    const unlimited = { ...minute, provenUptimeMs: 60_000, outerLimit: null };
    // With the start before its first crash, 120.
    expect(hour(unlimited)).toEqual({ starts: 119, value: "refused", first: 0 });
    const limited = hour({ ...unlimited, outerLimit: { refusedWindows: 3 } });
    expect(limited).toMatchObject({ value: "quarantined", first: 1 });
    // Five of them in three windows, then a probe every five minutes.
    expect(limited.starts).toBe(5 + Math.floor((3_600_000 - 120_250) / 300_000));
  });

  it("tells its parent what it emits", () => {
    const clock = new VirtualClock();
    const heard: unknown[] = [];
    const parent = createMachine({
      invoke: { id: "budget", src: crashBudgetMachine, input: { key: "k" } },
      on: { "start.scheduled": { actions: ({ event }) => heard.push(event) } },
    });
    const actor = createActor(parent, { clock }).start();
    actor.getSnapshot().children.budget?.send({ type: "backend.exited", at: 3 });
    expect(heard).toEqual([{ type: "start.scheduled", key: "k", at: 3, retryAfterMs: 250, attempt: 1 }]);
    actor.stop();
  });
});

describe("invariants", () => {
  it("B1: schedules at most `retries` starts per window", () => {
    expect(
      counterexample(
        ({ retries = 1 }) => {
          let window = NaN;
          let count = 0;
          return ({ before, after, told }) => {
            const { startedAt } = after.context.window ?? { startedAt: NaN };
            if (startedAt !== window || before.context.window === null) count = 0;
            window = startedAt;
            count += told.filter(({ type }) => type === "start.scheduled").length;
            return count <= retries;
          };
        },
        { window: "tumbling" },
      ),
    ).toBeNull();
  });

  it("B1: schedules, with a sliding window, at most `retries` starts in any stretch of its length", () => {
    expect(
      counterexample(
        ({ retries = 1 }) => {
          let scheduled: number[] = [];
          return ({ after, told, now }) => {
            if (after.context.window === null) scheduled = [];
            const news = told.filter(({ type }) => type === "start.scheduled").map(({ at }) => at);
            scheduled = [...scheduled, ...news].filter((at) => now - at < 30_000);
            return scheduled.length <= retries;
          };
        },
        { window: "sliding" },
      ),
    ).toBeNull();
  });

  it("B2: grants no start but at the end of the wait that it announced last, except on a reset", () => {
    expect(
      counterexample(() => {
        let announced: number | null = null;
        return ({ told }) =>
          told.every((report) => {
            switch (report.type) {
              case "start.scheduled":
              case "start.refused":
                announced = report.at + report.retryAfterMs;
                return true;
              case "backend.quarantined":
                announced = report.at + report.probeAfterMs;
                return true;
              case "start.granted":
                return report.cause === "reset" || report.at === announced;
              case "backend.steadied":
                return true;
            }
          });
      }),
    ).toBeNull();
  });

  it("B3: forgets crashes only after proven uptime or on a reset", () => {
    expect(
      counterexample(({ provenUptimeMs = 60_000 }) => {
        let upSince = Infinity;
        return ({ step, before, after, now }) => {
          if (step === "backend.started") upSince = Math.min(upSince, now);
          // What serves was not deferred: such a word comes late and says nothing of its uptime.
          else if (typeof step === "string" && step !== "start.deferred") upSince = Infinity;
          const forgot = before.context.window !== null && after.context.window === null;
          return !forgot || step === "budget.reset" || now - upSince >= provenUptimeMs;
        };
      }),
    ).toBeNull();
  });

  it("B4: is quarantined from as many refused windows, or crashes, on as the outer limit names, and tells it first once", () => {
    expect(
      counterexample(({ outerLimit }) => {
        const limit = outerLimit?.refusedWindows ?? Infinity;
        const most = outerLimit?.crashes ?? 10;
        let inEpisode = false;
        return ({ before, after, told }) => {
          const quarantines = told.filter((it) => it.type === "backend.quarantined");
          const rightlyTold = quarantines.every(({ first, refusedWindows, crashes }) => {
            const isOver = refusedWindows >= limit || crashes >= most;
            const isRight = first === !inEpisode && (inEpisode || isOver);
            inEpisode = true;
            return isRight;
          });
          if (!after.context.quarantined) inEpisode = false;
          const isStarting = after.value === "refused" || after.value === "backingOff";
          const { refusedAt, crashedAt } = after.context;
          const isMissed =
            isStarting && (refusedAt.length >= limit || (outerLimit !== null && crashedAt.length >= most));
          const isLost = before.value === "quarantined" && after.value === "refused";
          return rightlyTold && !isMissed && !isLost;
        };
      }),
    ).toBeNull();
  });

  it("B5: has at most one probe start under way", () => {
    expect(
      counterexample(
        () => {
          let underWay = false;
          return ({ told }) =>
            told.every((report) => {
              if (report.type === "backend.quarantined") underWay = false;
              const isProbe = report.type === "start.granted" && report.cause === "probe";
              const isSecond = isProbe && underWay;
              underWay ||= isProbe;
              return !isSecond;
            });
        },
        { outerLimit: { refusedWindows: 1 } },
      ),
    ).toBeNull();
  });

  it("B6: every refusal names a wait over 0, which is the one that is left", () => {
    expect(
      counterexample(() => ({ after: { context, value }, told, now }) => {
        const refused = told.find((it) => it.type === "start.refused");
        if (refused === undefined) return true;
        const left = retryAfterMs(context, value === "refused" ? value : "", now);
        return refused.retryAfterMs > 0 && left === refused.retryAfterMs;
      }),
    ).toBeNull();
  });

  it("B7: takes its time from events and deadlines alone: a clock that is off by any amount decides the same", () => {
    const skews = fc.integer({ min: -100_000, max: 100_000 });
    fc.assert(
      fc.property(policies, commands, skews, (policy, steps, skewMs) => {
        const [exact, skewed] = [0, skewMs].map((skew) => {
          const { actor, clock, read, reports } = start(policy);
          for (const step of steps) {
            if (typeof step === "number") clock.advance(step);
            else actor.send({ ...dated(step), at: clock.now() + skew });
          }
          actor.stop();
          return { value: read().value, reports: reports.map((it) => ({ ...it, at: it.at - skew })) };
        });
        expect(skewed).toEqual(exact);
      }),
    );
  });

  it("keep a JSON context that fits its schema", () => {
    expect(
      counterexample(() => ({ after: { context } }) => {
        const copy: unknown = JSON.parse(JSON.stringify(context));
        return isDeepStrictEqual(copy, context) && CrashBudgetContext.safeParse(copy).success;
      }),
    ).toBeNull();
  });
});

describe("a backend that lives just longer than a window", () => {
  it("is never refused, and quarantined after as many crashes as the outer limit names", () => {
    const { clock, send, read, reports } = start();
    const granted = (): number => reports.filter(({ type }) => type === "start.granted").length;
    while (read().value !== "quarantined") {
      send("backend.started");
      clock.advance(31_000);
      send("backend.exited");
      clock.advance(250);
    }
    expect([granted(), reports.at(-1)]).toMatchObject([9, { refusedWindows: 0, crashes: 10, first: true }]);
  });
});

describe("a deferred start", () => {
  it("waits as a refused one does, and is granted again when its time has come", () => {
    const { clock, send, read, reports } = start();
    send("backend.exited");
    clock.advance(250);
    send("start.deferred");
    expect(read()).toMatchObject({ value: "refused", context: { deadline: 950 } });
    expect(reports.at(-1)).toMatchObject({ type: "start.refused", retryAfterMs: 700 });
    clock.advance(700);
    expect(reports.at(-1)).toMatchObject({ type: "start.granted", cause: "windowOpened" });
  });

  it("sends a probe back to quarantine, until the next one is due", () => {
    const { clock, send, read } = start({
      outerLimit: { refusedWindows: 1, periodMs: 1_000_000 },
      retries: 0,
    });
    send("backend.exited");
    clock.advance(300_000);
    expect(read().value).toEqual({ halfOpen: "probing" });
    send("start.deferred");
    expect(read().value).toBe("quarantined");
  });
});

describe("retryAfterMs", () => {
  it.each([
    ["backingOff", 100],
    ["retrying", null],
    ["steady", null],
  ] as const)("is, in %s, %s ms", (state: State, expected) => {
    const context = { deadline: 250, at: 0 } as CrashBudgetContext;
    expect(retryAfterMs(context, state, 150)).toBe(expected);
  });

  it("is 0 when the instant has passed", () => {
    expect(retryAfterMs({ deadline: 250, at: 0 } as CrashBudgetContext, "refused", 900)).toBe(0);
  });
});

describe("retriesLeft", () => {
  it.each(["tumbling", "sliding"] as const)("comes back at the end of a %s window", (window) => {
    const { send, read } = start({ window });
    expect(retriesLeft(read().context, 0)).toBe(1);
    send("backend.exited");
    expect(retriesLeft(read().context, 29_999)).toBe(0);
    expect(retriesLeft(read().context, 30_000)).toBe(1);
  });

  it("is none in quarantine", () => {
    expect(retriesLeft(quarantine().read().context, 10_000_000)).toBe(0);
  });
});
