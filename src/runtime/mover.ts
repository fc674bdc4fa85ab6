/**
 * Moves of agents whose end one can wait for, one by one or all that are on a node.
 *
 * @module
 */
import type { MigrationReport } from "../../machines/migration.ts";
import { coolsDownUntil } from "../core/drain.ts";
import type { MigrationOptions } from "./api.ts";
import { systemClock } from "./clock.ts";
import type { MoveOutcome, Mover, MoverOptions, Moving } from "./mover/api.ts";
import { Drain } from "./mover/drain.ts";

export type * from "./mover/api.ts";

/** Moves agents of `supervisor`, which has to have `ports.migration`. */
export function createMover(
  supervisor: Moving,
  { cooldownMs = 0, clock = systemClock }: MoverOptions = {},
): Mover {
  const movedAt = new Map<string, number>();

  async function move(agent: string, options: MigrationOptions): Promise<MoveOutcome> {
    if (supervisor.health().migrations.some((it) => it.agent === agent)) {
      return { outcome: "refused", reason: "onTheMove", retryAfterMs: null };
    }
    const now = clock.now();
    const until = coolsDownUntil(movedAt.get(agent) ?? null, now, cooldownMs);
    if (until !== null) return { outcome: "refused", reason: "coolingDown", retryAfterMs: until - now };
    const { promise, resolve } = Promise.withResolvers<MoveOutcome>();
    const off = supervisor.on((record) => {
      if (record.type === "supervisor.stopped") resolve({ outcome: "supervisorStopped" });
      if (record.type !== "migration.reported") return;
      // The schema of records keeps only what all reports share.
      const report = record.report as unknown as MigrationReport;
      const outcome = report.agent === agent ? outcomeOf(report) : null;
      if (outcome !== null) resolve(outcome);
    });
    try {
      supervisor.migrate(agent, options);
      const outcome = await promise;
      if (outcome.outcome === "moved") movedAt.set(agent, clock.now());
      return outcome;
    } finally {
      off();
    }
  }

  return {
    move,
    // Rejects, as a caller who awaits it expects, where the request makes no sense.
    drain: async (request) =>
      new Drain(request, { move, movedAt: (unit) => movedAt.get(unit) ?? null, cooldownMs, clock }).run(),
  };
}

/** `null`: it goes on. */
function outcomeOf(report: MigrationReport): MoveOutcome | null {
  if (report.type === "migration.committed") return { outcome: "moved", target: report.target };
  if (report.type === "rollback.completed") return { outcome: "rolledBack" };
  if (report.type === "migration.cancelled") return { outcome: "cancelled" };
  if (report.type === "migration.resolved") return { outcome: "resolved", owner: report.owner };
  if (report.type !== "escalation.opened") return null;
  return { outcome: "stuck", cause: report.cause, message: report.message };
}
