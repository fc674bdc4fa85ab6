import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecoveryContext, type RecoveryReport, recoveryReports } from "../../machines/recovery.ts";
import { defineRecipe, EscalationPolicy, type RecoveryRecipe } from "../../src/core/recovery.ts";
import {
  broken,
  everything,
  notProvidedError,
  type RecoveryHost,
  startRecovery,
  taken,
  type UntimedEvent,
} from "../fakes/recovery-host.ts";

/** What may happen to a chart: an event, the outcome of an actor, or time that passes. */
type Happening =
  | { readonly kind: "failure"; readonly trusted: boolean }
  | { readonly kind: "event"; readonly event: UntimedEvent }
  | { readonly kind: "step" | "confirm" | "abort"; readonly outcome: "good" | "bad" | "thrown" | "missing" }
  | { readonly kind: "time"; readonly ms: number };

const happenings: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("failure" as const), trusted: fc.boolean() }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom("step" as const, "step" as const, "confirm" as const, "abort" as const),
      outcome: fc.constantFrom(
        "good" as const,
        "good" as const,
        "bad" as const,
        "thrown" as const,
        "missing" as const,
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("event" as const),
      event: fc.oneof(
        fc.constantFrom<UntimedEvent[]>(
          { type: "health.verified" },
          { type: "recovery.hold" },
          { type: "recovery.release" },
          { type: "recovery.cancel" },
          { type: "escalation.acknowledge", by: "ada" },
          { type: "escalation.resolve" },
          { type: "escalation.abort" },
        ),
        fc.record({
          type: fc.constant("escalation.retry" as const),
          attempts: fc.integer({ min: -1, max: 3 }),
        }),
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("time" as const),
      ms: fc.constantFrom(1, 99, 100, 101, 4_999, 5_000, 60_000),
    }),
  },
);

const stepTimeoutMs = 100;
const kinds = ["accept_trust_prompt", "rebase_branch", "restart_worker", "clean_build"] as const;
const step = fc.record({
  kind: fc.constantFrom(...kinds),
  timeoutMs: fc.constant(stepTimeoutMs),
  idempotent: fc.boolean(),
});
const recipes: fc.Arbitrary<RecoveryRecipe> = fc
  .record({
    scenario: fc.constant("stale_branch"),
    steps: fc.array(step, { minLength: 1, maxLength: 4 }),
    compensations: fc.array(fc.option(step), { maxLength: 4 }),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
    escalationPolicy: fc.constantFrom(...EscalationPolicy.options),
  })
  .map(({ compensations, ...it }) =>
    defineRecipe({ ...it, compensations: compensations.slice(0, it.steps.length) }),
  );

const rules = fc.record({
  provenMs: fc.constantFrom(0, 100, 60_000),
  logLimit: fc.integer({ min: 1, max: 5 }),
});

/** A chart after each of some random happenings. */
function* lives(host: RecoveryHost, sequence: readonly Happening[]): Generator<RecoveryHost> {
  for (const it of sequence) {
    happen(host, it);
    yield host;
  }
}

function happen(host: RecoveryHost, it: Happening): void {
  switch (it.kind) {
    case "failure":
      host.fail({ plugin: "files", failedServers: ["read"], trusted: it.trusted });
      break;
    case "event":
      host.send(it.event);
      break;
    case "time":
      host.clock.advance(it.ms);
      break;
    case "step":
    case "confirm":
    case "abort":
      settle(host, it.kind, it.outcome);
  }
}

function settle(host: RecoveryHost, kind: "step" | "confirm" | "abort", outcome: string): void {
  const run = host[kind].current;
  if (run === undefined) return;
  if (outcome === "thrown") return run.fail(new Error("thrown"));
  if (outcome === "missing") return run.fail(notProvidedError);
  if (kind === "step") return outcome === "good" ? host.stepDone() : host.stepFails(broken);
  if (kind === "confirm") return host.confirmed(outcome === "good");
  return outcome === "good"
    ? host.abort.running.succeed({ at: host.clock.now() })
    : run.fail(new Error("bad"));
}

/** Runs `check` on charts that are about to live through anything. */
function always(
  check: (host: RecoveryHost, sequence: readonly Happening[], recipe: RecoveryRecipe) => void,
): void {
  const sequences = fc.array(happenings, { minLength: 1, maxLength: 30, size: "max" });
  fc.assert(
    fc.property(recipes, rules, sequences, (recipe, given, sequence) => {
      check(startRecovery({ recipe, rules: given }), sequence, recipe);
    }),
    { numRuns: 100 },
  );
}

/** All that the chart reported at the end of `sequence`. */
function live(host: RecoveryHost, sequence: readonly Happening[]): readonly RecoveryReport[] {
  for (const _ of lives(host, sequence));
  return host.reports;
}

type ReportType = RecoveryReport["type"];

function all<T extends ReportType>(
  reports: readonly RecoveryReport[],
  type: T,
): Extract<RecoveryReport, { type: T }>[] {
  return reports.filter((it): it is Extract<RecoveryReport, { type: T }> => it.type === type);
}

/** The opening and closing reports as one word: `()()(` alternates, `(()` does not. */
function brackets(reports: readonly RecoveryReport[], opening: ReportType, closing: ReportType): string {
  return reports.map(({ type }) => (type === opening ? "(" : type === closing ? ")" : "")).join("");
}
const alternating = /^(\(\))*$/;
const alternatingOpen = /^(\(\))*\($/;

describe("recoveryMachine, whatever happens", { timeout: 30_000 }, () => {
  it("R1: makes at most maxAttempts automatic attempts per episode, each spent before its first step", () => {
    always((host, sequence, { maxAttempts }) => {
      const automatic = all(live(host, sequence), "recovery.started").filter(
        ({ attemptType }) => attemptType === "automatic",
      );
      const perEpisode = Object.groupBy(automatic, ({ episode }) => episode);
      const counts = Object.values(perEpisode).map((it) => it?.length ?? 0);
      expect(Math.max(0, ...counts)).toBeLessThanOrEqual(maxAttempts);
      expect(host.step.runs.filter(({ input }) => input.attempt < 1)).toEqual([]);
    });
  });

  it("R2: closes each attempt exactly once", () => {
    always((host, sequence) => {
      const word = brackets(live(host, sequence), "recovery.started", "attempt.closed");
      const isOpen = ["running.executing", "confirming"].includes(host.state);
      expect(word).toMatch(isOpen ? alternatingOpen : alternating);
      expect(host.context.attemptOpen).toBe(isOpen);
    });
  });

  it("R3: opens one escalation at a time, each with a number, a cause and an advice", () => {
    always((host, sequence) => {
      const reports = live(host, sequence);
      const word = brackets(reports, "escalation.opened", "escalation.closed");
      expect(word).toMatch(host.state.startsWith("alerting") ? alternatingOpen : alternating);
      const opened = all(reports, "escalation.opened");
      expect(opened.map(({ escalation }) => escalation)).toEqual(opened.map((_, index) => index + 1));
      const without = ({ cause, recommendedAction }: (typeof opened)[number]): boolean =>
        cause.reason === "" || recommendedAction === "none";
      expect(opened.filter(without)).toEqual([]);
      expect(host.context.escalations).toBe(opened.length);
    });
  });

  it("R4: starts steps only within an attempt, and attempts only within an episode", () => {
    always((host, sequence) => {
      const reports = live(host, sequence);
      const isExecuting = host.state === "running.executing";
      const steps = brackets(reports, "step.started", "step.finished");
      expect(steps).toMatch(isExecuting ? alternatingOpen : alternating);
      expect(host.step.current !== undefined).toBe(isExecuting || host.state === "compensating.undoing");
      const undone = all(reports, "compensation.started").length;
      expect(host.step.runs.length).toBe(all(reports, "step.started").length + undone);

      let within = { attempt: false, episode: false };
      const stray: RecoveryReport[] = [];
      for (const it of reports) {
        if (it.type === "recovery.queued") within = { ...within, episode: true };
        if (it.type === "episode.closed") within = { ...within, episode: false };
        if (it.type === "recovery.started") within = { ...within, attempt: true };
        if (it.type === "attempt.closed") within = { ...within, attempt: false };
        if (it.type === "step.started" && !(within.attempt && within.episode)) stray.push(it);
        if (it.type === "recovery.started" && !within.episode) stray.push(it);
      }
      expect(stray).toEqual([]);
    });
  });

  it("R5: lets no step go on beyond its deadline", () => {
    always((host, sequence) => {
      for (const { step, clock } of lives(host, sequence)) {
        const waitedMs = clock.now() - (step.current?.startedAt ?? clock.now());
        expect(waitedMs).toBeLessThan(stepTimeoutMs);
      }
      const ranMs = host.step.runs.map(({ startedAt, stoppedAt }) => (stoppedAt ?? startedAt) - startedAt);
      expect(Math.max(0, ...ranMs)).toBeLessThanOrEqual(stepTimeoutMs);
    });
  });

  it("R6: goes on only from an idempotent step, and by itself only after a step's failure", () => {
    always((host, sequence) => {
      const starts = live(host, sequence).flatMap((it, index, reports) => {
        if (it.type !== "recovery.started" || it.fromStep === 0) return [];
        return [all(reports.slice(index), "step.started")[0]?.step.idempotent];
      });
      expect(starts.filter((idempotent) => idempotent === false)).toEqual([]);
    });
  });

  it("R7: keeps its counters at or above zero and attempts within the budget", () => {
    always((host, sequence) => {
      for (const { context } of lives(host, sequence)) {
        const { attempts, budget, refusals, escalations, episode, stepIndex, steps, ledger } = context;
        const remaining = ledger?.attemptsRemaining ?? 0;
        const least = Math.min(attempts, budget, refusals, escalations, episode, stepIndex, remaining);
        expect(least).toBeGreaterThanOrEqual(0);
        expect(attempts).toBeLessThanOrEqual(budget);
        expect(stepIndex).toBeLessThanOrEqual(steps.length);
      }
    });
  });

  it("R8: tells success only after a health check that said so", () => {
    always((host, sequence) => {
      let confirmations = 0;
      for (const it of sequence) {
        const says = it.kind === "confirm" && it.outcome === "good" && host.state === "confirming";
        if (says) confirmations++;
        happen(host, it);
        expect(all(host.reports, "recovery.succeeded").length).toBe(confirmations);
      }
    });
  });

  it("R9: keeps its log and the command results within the limit, and numbers reports without a gap", () => {
    always((host, sequence) => {
      for (const { context } of lives(host, sequence)) {
        const lengths = [context.log.length, context.ledger?.commandResults.length ?? 0];
        expect(Math.max(...lengths)).toBeLessThanOrEqual(context.rules.logLimit);
      }
      expect(host.reports.map(({ seq }) => seq)).toEqual(host.reports.map((_, index) => index + 1));
    });
  });

  it("R10: dates reports by its events and deadlines, in order", () => {
    always((host, sequence) => {
      for (const it of sequence) {
        const before = host.reports.length;
        happen(host, it);
        if (it.kind !== "event" && it.kind !== "failure") continue;
        const now = host.clock.now();
        expect(host.reports.slice(before).filter(({ at }) => at !== now)).toEqual([]);
      }
      const dates = host.reports.map(({ at }) => at);
      expect(dates).toEqual(dates.toSorted((a, b) => a - b));
      expect(Math.max(0, ...dates)).toBeLessThanOrEqual(host.clock.now());
    });
  });

  it("R11: undoes only what its attempt did, once each, in reverse, and before the escalation", () => {
    always((host, sequence) => {
      let undone: number[] = [];
      let isOver = true;
      const stray: RecoveryReport[] = [];
      for (const it of live(host, sequence)) {
        if (it.type === "recovery.started") [undone, isOver] = [[it.fromStep], false];
        if (it.type === "step.finished" && it.status === "succeeded") undone = [it.index + 1];
        if (it.type === "recovery.exhausted" || it.type === "escalation.opened") isOver = true;
        if (it.type !== "compensation.started") continue;
        if (isOver || it.index >= (undone.at(-1) ?? 0)) stray.push(it);
        undone.push(it.index);
      }
      expect(stray).toEqual([]);
    });
  });

  it("has a JSON context and reports that fit their schemas", () => {
    always((host, sequence) => {
      for (const { type, ...payload } of live(host, sequence)) {
        expect(recoveryReports[type].strict().parse(payload)).toEqual(payload);
      }
      expect(RecoveryContext.strict().parse(JSON.parse(JSON.stringify(host.context)))).toEqual(host.context);
    });
  });

  it("takes these lives to every state", () => {
    expect(everything().states.filter((it) => !taken.states.has(it))).toEqual([]);
  });
});
