/**
 * What records say that a tour has shown. A pure fold: nothing is counted that no record tells.
 *
 * @module
 */
import type { SupervisionRecord } from "../../core/records.ts";
import { asTold, subjectOfReport } from "../run/composed-reports.ts";
import { nameServer } from "../run/narrator.ts";

export interface TourTally {
  /** By the recipe for a failed MCP handshake. */
  readonly handshakesRecovered: number;
  /** Servers that ended unasked and served again. */
  readonly crashesRecovered: number;
  readonly budgetRefusals: readonly { readonly server: string; readonly retryAfterMs: number }[];
  readonly migrationsCommitted: number;
  readonly migrationsRolledBack: number;
  /** Attempts that another worker than their first one has completed. */
  readonly leasesTakenOver: number;
  readonly escalationsOpen: number;
}

/** After some records. */
export interface Tallying {
  readonly tally: TourTally;
  /** Servers that ended and do not serve again yet. */
  readonly down: readonly string[];
  /** Attempts that were leased again. */
  readonly reissued: readonly string[];
  /** Ids. */
  readonly open: readonly string[];
}

export const untold: Tallying = {
  tally: {
    handshakesRecovered: 0,
    crashesRecovered: 0,
    budgetRefusals: [],
    migrationsCommitted: 0,
    migrationsRolledBack: 0,
    leasesTakenOver: 0,
    escalationsOpen: 0,
  },
  down: [],
  reissued: [],
  open: [],
};

/** `before` and what `record` adds to it; only what is told of one of `subjects` (plugins, agents, attempts) counts. */
export function tallied(
  before: Tallying,
  record: SupervisionRecord,
  subjects: ReadonlySet<string>,
): Tallying {
  const subject = subjectOf(record);
  if (subject === null || !subjects.has(subject)) return before;
  if ("report" in record) return afterReport(before, record);
  if (record.type === "server.exited" && record.unexpected && record.role === "active")
    return { ...before, down: [...before.down, nameServer(record.plugin, record.server)] };
  if (record.type === "server.started" && record.role === "active") return afterReturn(before, record);
  if (record.type === "server.promoted") return afterReturn(before, record);
  if (record.type === "start.refused" || record.type === "spawn.refused") return afterRefusal(before, record);
  if (record.type === "escalation.opened") return withOpen(before, [...before.open, record.id]);
  if (record.type !== "escalation.closed") return before;
  return withOpen(
    before,
    before.open.filter((it) => it !== record.id),
  );
}

function afterRefusal(
  before: Tallying,
  { plugin, server, retryAfterMs }: SupervisionRecord<"start.refused" | "spawn.refused">,
): Tallying {
  const refusal = { server: nameServer(plugin, server), retryAfterMs };
  return adding(before, { budgetRefusals: [...before.tally.budgetRefusals, refusal] });
}

function afterReturn(
  before: Tallying,
  { plugin, server }: { readonly plugin: string; readonly server: string },
): Tallying {
  const name = nameServer(plugin, server);
  if (!before.down.includes(name)) return before;
  const down = before.down.filter((it) => it !== name);
  return adding({ ...before, down }, { crashesRecovered: before.tally.crashesRecovered + 1 });
}

function afterReport(before: Tallying, record: Parameters<typeof asTold>[0]): Tallying {
  const { tally } = before;
  const told = asTold(record);
  if (told.type === "recovery.reported") {
    const { type, scenario } = told.report;
    if (type !== "recovery.succeeded" || scenario !== "mcp_handshake_failure") return before;
    return adding(before, { handshakesRecovered: tally.handshakesRecovered + 1 });
  }
  if (told.type === "migration.reported") {
    if (told.report.type === "migration.committed")
      return adding(before, { migrationsCommitted: tally.migrationsCommitted + 1 });
    if (told.report.type === "rollback.completed")
      return adding(before, { migrationsRolledBack: tally.migrationsRolledBack + 1 });
    return before;
  }
  const { report } = told;
  if (report.type === "lease.issued" && report.epoch > 1)
    return { ...before, reissued: [...before.reissued, report.attemptId] };
  if (report.type !== "attempt.ended") return before;
  const reissued = before.reissued.filter((it) => it !== report.attemptId);
  if (report.outcome !== "completed" || reissued.length === before.reissued.length)
    return { ...before, reissued };
  return adding({ ...before, reissued }, { leasesTakenOver: tally.leasesTakenOver + 1 });
}

const adding = (before: Tallying, change: Partial<TourTally>): Tallying => ({
  ...before,
  tally: { ...before.tally, ...change },
});

const withOpen = (before: Tallying, open: readonly string[]): Tallying =>
  adding({ ...before, open }, { escalationsOpen: open.length });

/** The plugin, agent, attempt or other thing that a record speaks of. */
function subjectOf(record: SupervisionRecord): string | null {
  if ("report" in record) return subjectOfReport(record).split("/")[0] ?? null;
  if ("plugin" in record) return record.plugin;
  return "subject" in record ? (record.subject.split("/")[0] ?? null) : null;
}
