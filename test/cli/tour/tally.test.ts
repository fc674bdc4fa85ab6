import { describe, expect, it } from "vitest";
import { describeTour, isShown } from "../../../src/cli/tour/describe.ts";
import { tallied, type TourTally, untold } from "../../../src/cli/tour/tally.ts";
import type { Occurrence } from "../../../src/core/records.ts";
import { exit } from "../../fakes/fake-servers.ts";

const subjects = new Set(["git", "notes", "count", "branch"]);

/** What these records come to. */
function tally(...occurrences: Occurrence[]): TourTally {
  return occurrences.reduce(
    (before, occurrence, index) => tallied(before, { ...occurrence, seq: index + 1, at: 0 }, subjects),
    untold,
  ).tally;
}

const git = { plugin: "git", server: "git", monotonicMs: 0 } as const;
const active = { incarnation: 1, role: "active" } as const;
const ended = {
  type: "server.exited",
  ...git,
  ...active,
  uptimeMs: 1,
  unexpected: true,
  exit: exit({}),
} as const;
const started = { type: "server.started", ...git, ...active, pid: 7, tools: 1, startMs: 1 } as const;
const promoted = { type: "server.promoted", ...git, incarnation: 2 } as const;
const told = (type: "recovery" | "migration" | "lease", report: { type: string }): Occurrence =>
  ({ type: `${type}.reported`, report, monotonicMs: 0 }) as Occurrence;
const recovered = (scenario: string) =>
  told("recovery", { type: "recovery.succeeded", subject: "git/git", scenario } as { type: string });
const lease = (type: string, facts: object) =>
  told("lease", { type, attemptId: "count", ...facts } as { type: string });
const migration = (type: string, agent = "notes") => told("migration", { type, agent } as { type: string });
const escalation = { id: "E1", subject: "branch", cause: "recoveryExhausted", monotonicMs: 0 } as const;

describe("the tally", () => {
  it("counts a crash as recovered when its server serves again, by a restart or a warm spare", () => {
    expect(tally(ended).crashesRecovered).toBe(0);
    expect(tally(started, ended, started).crashesRecovered).toBe(1);
    expect(tally(started, ended, promoted, started).crashesRecovered).toBe(1);
    expect(tally(ended, started, ended, started).crashesRecovered).toBe(2);
  });

  it("does not take an asked-for end, a start or a spare's life for a crash that was recovered", () => {
    expect(tally({ ...ended, unexpected: false }, started).crashesRecovered).toBe(0);
    expect(tally({ ...ended, role: "standby" }, started).crashesRecovered).toBe(0);
    expect(tally(ended, { ...started, role: "standby" }).crashesRecovered).toBe(0);
  });

  it("counts a handshake by the recovery of that scenario alone", () => {
    expect(tally(recovered("mcp_handshake_failure")).handshakesRecovered).toBe(1);
    expect(tally(recovered("provider_failure")).handshakesRecovered).toBe(0);
  });

  it("keeps of each refusal whose it was and when to ask again", () => {
    const refused = { type: "start.refused", ...git, retryAfterMs: 29_000 } as unknown as Occurrence;
    expect(tally(refused).budgetRefusals).toEqual([{ server: "git", retryAfterMs: 29_000 }]);
  });

  it("counts migrations by how they ended", () => {
    expect(tally(migration("migration.committed"), migration("rollback.started"))).toMatchObject({
      migrationsCommitted: 1,
      migrationsRolledBack: 0,
    });
    expect(tally(migration("rollback.completed"))).toMatchObject({
      migrationsCommitted: 0,
      migrationsRolledBack: 1,
    });
  });

  it("counts a lease as taken over when another worker has completed the attempt", () => {
    const issued = lease("lease.issued", { epoch: 2 });
    const done = lease("attempt.ended", { outcome: "completed" });
    expect(tally(issued, done).leasesTakenOver).toBe(1);
    expect(tally(issued).leasesTakenOver).toBe(0);
    expect(tally(done).leasesTakenOver).toBe(0);
    expect(tally(issued, lease("attempt.ended", { outcome: "cancelled" })).leasesTakenOver).toBe(0);
  });

  it("counts escalations that are open at the end", () => {
    const opened = { type: "escalation.opened", ...escalation, message: "help" } as const;
    expect(tally(opened).escalationsOpen).toBe(1);
    expect(tally(opened, { ...opened, id: "E2" }).escalationsOpen).toBe(2);
    expect(tally(opened, { type: "escalation.closed", ...escalation, because: "done" }).escalationsOpen).toBe(
      0,
    );
  });

  it("counts nothing that is told of others than its subjects", () => {
    const other = { plugin: "other", server: "other" } as const;
    expect(tally({ ...ended, ...other }, { ...started, ...other }).crashesRecovered).toBe(0);
    expect(tally(migration("migration.committed", "other")).migrationsCommitted).toBe(0);
  });
});

describe("the result of a tour", () => {
  const whole = {
    handshakesRecovered: 1,
    crashesRecovered: 1,
    budgetRefusals: [{ server: "git", retryAfterMs: 29_000 }],
    migrationsCommitted: 1,
    migrationsRolledBack: 1,
    leasesTakenOver: 1,
    escalationsOpen: 1,
    problems: [],
  };

  it("is told in words", () => {
    expect(describeTour({ ...whole, leasesTakenOver: 0, problems: ["tour 6 of 7: no worker"] })).toEqual([
      "the tour showed",
      "  1 handshake recovered by its recipe",
      "  1 crash recovered",
      "  1 start refused by a budget: git may start again in 29 s",
      "  1 migration committed",
      "  1 migration rolled back",
      "  0 leases taken over (not shown)",
      "  1 escalation open",
      "  tour 6 of 7: no worker",
    ]);
  });

  it.each([
    "handshakesRecovered",
    "crashesRecovered",
    "migrationsCommitted",
    "migrationsRolledBack",
    "leasesTakenOver",
    "escalationsOpen",
  ] as const)("is a failure without %s, unless somebody ended it early", (what) => {
    expect(isShown(whole, true)).toBe(true);
    expect(isShown({ ...whole, [what]: 0 }, true)).toBe(false);
    expect(isShown({ ...whole, [what]: 0 }, false)).toBe(true);
  });

  it("is a failure without a refusal, and whenever a stop had a problem", () => {
    expect(isShown({ ...whole, budgetRefusals: [] }, true)).toBe(false);
    expect(isShown({ ...whole, problems: ["tour 4 of 7: not the same notes"] }, false)).toBe(false);
  });
});
