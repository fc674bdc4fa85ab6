/**
 * A supervisor's records, and the state of what it looks after, as domain records: told whole when they have changed.
 *
 * @module
 */
import type { ServedTools } from "../core/plugin-health.ts";
import type { EscalationCause, SupervisionRecord } from "../core/records.ts";
import type {
  BudgetDomainRecord,
  DomainRecord,
  EscalationDomainRecord,
  EscalationVerb,
} from "./protocol/domain.ts";

/** The part of a supervisor that is inspected: what `createSupervisor` returns fits. */
export interface InspectedSupervisor {
  health(): InspectedHealth;
  explain(subject: string): readonly object[];
  on(observer: (record: SupervisionRecord) => void): () => void;
  act(escalationId: string, verb: EscalationVerb, by?: string): void;
  restart(plugin: string, server?: string): void;
  resetBudget(plugin: string, server: string): void;
}

interface InspectedHealth {
  readonly plugins: readonly {
    readonly name: string;
    readonly state: string;
    readonly reason: string | null;
    readonly degraded: ServedTools | null;
    readonly servers: readonly (Omit<
      BudgetDomainRecord,
      "kind" | "plugin" | "server" | "state" | "retries" | "retryAt"
    > & {
      readonly name: string;
      readonly budget: string;
      readonly retryAfterMs: number | null;
    })[];
  }[];
  readonly escalations: readonly {
    readonly id: string;
    readonly subject: string;
    readonly cause: EscalationCause;
    readonly message: string;
    readonly openedAt: number;
    readonly acknowledged: boolean;
  }[];
  readonly recoveries: readonly {
    readonly subject: string;
    readonly scenario: string;
    readonly state: string;
  }[];
  readonly attempts: readonly {
    readonly attemptId: string;
    readonly state: string;
    readonly epoch: number;
  }[];
  readonly migrations: readonly { readonly agent: string; readonly state: string; readonly owner: string }[];
}

interface Teller {
  readonly tell: (record: DomainRecord) => void;
  /** On the source's axis. */
  readonly now: () => number;
}

/** Tells what changes from now on, and at once how things stand; returns the way to end that. */
export function superviseRecords(supervisor: InspectedSupervisor, { tell, now }: Teller): () => void {
  const told = new Map<string, { readonly text: string; readonly record: DomainRecord }>();
  let retries = 0;
  let isDue = false;
  look();
  return supervisor.on((record) => {
    if (record.type === "supervisor.started") ({ retries } = record.crashBudget);
    tell({ kind: "record", record });
    if (isDue) return;
    isDue = true;
    // After the step that the record comes from: a chart is not read in the middle of it.
    queueMicrotask(look);
  });

  function look(): void {
    isDue = false;
    const standing = new Map(
      standingOf(supervisor.health(), { retries, now: now() }).map((it) => [keyOf(it), it]),
    );
    for (const [key, record] of standing) {
      const text = JSON.stringify(withoutTime(record));
      if (told.get(key)?.text === text) continue;
      told.set(key, { text, record });
      tell(record);
    }
    for (const [key, { record }] of told) {
      if (standing.has(key)) continue;
      told.delete(key);
      const farewell = gone(record);
      if (farewell !== null) tell(farewell);
    }
  }
}

function standingOf(
  { plugins, escalations, recoveries, attempts, migrations }: InspectedHealth,
  { retries, now }: { retries: number; now: number },
): DomainRecord[] {
  return [
    ...plugins.flatMap(({ name: plugin, state, reason, degraded, servers }): DomainRecord[] => [
      { kind: "plugin", plugin, state, reason, degraded },
      ...servers.map(({ name, budget, retryAfterMs, ...server }): BudgetDomainRecord => ({
        kind: "budget",
        plugin,
        server: name,
        status: server.status,
        phase: server.phase,
        incarnation: server.incarnation,
        pid: server.pid,
        restarts: server.restarts,
        state: budget,
        retriesLeft: server.retriesLeft,
        retries: Math.max(retries, server.retriesLeft),
        retryAt: retryAfterMs === null ? null : now + retryAfterMs,
        standby: server.standby,
        lastError: server.lastError,
      })),
    ]),
    ...escalations.map((it): EscalationDomainRecord => ({
      kind: "escalation",
      open: true,
      id: it.id,
      subject: it.subject,
      cause: it.cause,
      message: it.message,
      openedAt: it.openedAt,
      acknowledged: it.acknowledged,
      verbs: verbsOf(it.cause, it.subject),
    })),
    ...recoveries.map(({ subject, scenario, state }) => ({
      kind: "recovery" as const,
      subject,
      scenario,
      state,
    })),
    ...attempts.map(({ attemptId, state, epoch }) => ({ kind: "lease" as const, attemptId, state, epoch })),
    ...migrations.map(({ agent, state, owner }) => ({ kind: "migration" as const, agent, state, owner })),
  ];
}

function keyOf(record: DomainRecord): string {
  switch (record.kind) {
    case "plugin":
      return `plugin ${record.plugin}`;
    case "budget":
      return `budget ${record.plugin}/${record.server}`;
    case "escalation":
      return `escalation ${record.id}`;
    case "recovery":
      return `recovery ${record.subject} ${record.scenario}`;
    case "lease":
      return `lease ${record.attemptId}`;
    case "migration":
      return `migration ${record.agent}`;
    case "record":
    case "coverage":
      return record.kind;
  }
}

/** The instant of a retry is computed anew each time it is looked at: only that there is one tells. */
function withoutTime(record: DomainRecord): unknown {
  if (record.kind !== "budget") return record;
  return { ...record, retryAt: record.retryAt === null ? null : Math.round(record.retryAt / 50) };
}

/** The last word on what is not there any more; `null` where nothing ever goes. */
function gone(record: DomainRecord): DomainRecord | null {
  switch (record.kind) {
    case "escalation":
      return { ...record, open: false };
    case "recovery":
    case "lease":
    case "migration":
      return { ...record, state: "gone" };
    case "budget":
    case "coverage":
    case "plugin":
    case "record":
      return null;
  }
}

/** What a person can do about an escalation, and what it leads to. */
export function verbsOf(cause: EscalationCause, subject: string): EscalationDomainRecord["verbs"] {
  switch (cause) {
    // The charts of these two take a person's word, whatever it is, as one to go on.
    case "migrationStuck":
      return [{ verb: "retry", consequence: `Goes on with the migration of ${subject} where it stopped.` }];
    case "deadLetter":
      return [
        { verb: "retry", consequence: `Hands ${subject} out again, with its recoveries counted anew.` },
      ];
    case "recoveryExhausted":
      return [
        seen,
        { verb: "retry", consequence: `Runs the recipe of ${subject} once more.` },
        { verb: "abort", consequence: `Gives ${subject} up: what is left of it is stopped.` },
        {
          verb: "resolve",
          consequence: `Ends the episode: say this when you have mended ${subject} yourself.`,
        },
      ];
    case "quarantined":
    case "permanentFailure":
      return [
        seen,
        { verb: "retry", consequence: `Starts ${subject} now; its budget does not count this start.` },
        { verb: "abort", consequence: `Stops the plugin of ${subject}; it stays stopped.` },
        closes,
      ];
    case "internalError":
      return [seen, closes];
  }
}

const seen = {
  verb: "acknowledge",
  consequence: "Says that you have seen it. Nothing is started or stopped.",
} as const;
const closes = { verb: "resolve", consequence: "Closes it. Nothing is started or stopped." } as const;
