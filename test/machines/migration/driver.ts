import type { StateValue } from "xstate";
import type {
  MigrationContext,
  MigrationEvent,
  MigrationInput,
  MigrationReport,
} from "../../../machines/migration.ts";
import {
  type HostAnswers,
  settle,
  startMigration,
  type Told,
} from "../../../src/conform/machines/migration-actor.ts";
import type { MigrationErrorType, PortName, PortOutput, StateDigest } from "../../../src/core/migration.ts";

export const digest: StateDigest = { sizeBytes: 4, checksum: 10, sha256: "a".repeat(64) };

const roomy = { memoryBytes: 100, storageBytes: 100, maxStateBytes: 100 };
const small = { memoryBytes: 1, storageBytes: 1, stateBytes: 1 };

/** What each port answers when all goes well. */
export const good: { readonly [P in PortName]: Omit<Extract<PortOutput<P>, { outcome: "done" }>, "at"> } = {
  chooseTarget: { outcome: "done", candidates: ["t1", "t2", "t3"] },
  checkCompatibility: {
    outcome: "done",
    requirements: { ...small, architecture: "x86_64", features: ["simd"], version: "1.2.0" },
    capabilities: { ...roomy, architectures: ["x86_64"], features: ["simd"], minVersion: "1.0.0" },
  },
  capture: {
    outcome: "done",
    state: { kind: "path", path: "/state" },
    digest,
    policyData: "",
    source: null,
    takenAt: 5,
  },
  transfer: { outcome: "done" },
  validate: { outcome: "done", digest, responsive: true },
  restore: { outcome: "done", responsive: true },
  commit: { outcome: "done", details: "switched" },
  settleCommit: { outcome: "done", committed: true },
  discard: { outcome: "done" },
  inspectSnapshot: { outcome: "done", digest },
  rollback: { outcome: "done", digest },
};

/** The port that is under way in each state of the way to the commit, in order. */
export const way = [
  ["migrating.choosingTarget", "chooseTarget"],
  ["migrating.preparing", "checkCompatibility"],
  ["migrating.capturing", "capture"],
  ["migrating.transferring", "transfer"],
  ["migrating.validating", "validate"],
  ["migrating.restoring", "restore"],
  ["committing", "commit"],
] as const;

/** A running chart whose ports the test answers one by one, and the clock of both. */
export class Driver {
  readonly #told: Told;

  constructor(input: MigrationInput = {}, answers: HostAnswers = {}) {
    this.#told = startMigration({ migration: "m", agent: "a", source: "s", ...input }, answers);
  }

  get state(): string {
    return dotted(this.#told.actor.getSnapshot().value);
  }

  get isDone(): boolean {
    return this.#told.actor.getSnapshot().status === "done";
  }

  get context(): MigrationContext {
    return this.#told.actor.getSnapshot().context;
  }

  /** The port that is under way. */
  get running(): PortName | null {
    const { children, status } = this.#told.actor.getSnapshot();
    if (status === "done") return null;
    const names = Object.keys(good) as PortName[];
    return names.find((name) => children[name]?.getSnapshot().status === "active") ?? null;
  }

  get now(): number {
    return this.#told.clock.now();
  }

  get reports(): readonly MigrationReport[] {
    return this.#told.reports;
  }

  told<T extends MigrationReport["type"]>(type: T): Extract<MigrationReport, { type: T }>[] {
    return this.reports.filter((it): it is Extract<MigrationReport, { type: T }> => it.type === type);
  }

  send(event: MigrationEvent): this {
    this.#told.actor.send(event);
    return this;
  }

  start(target: string | null = "t1"): this {
    return this.send({ type: "migration.start", at: this.now, target });
  }

  cancel(): this {
    return this.send({ type: "migration.cancel", at: this.now });
  }

  execute(): this {
    return this.send({ type: "recovery.execute", at: this.now });
  }

  report(errorType: MigrationErrorType, { target = null as string | null, retryCount = 0 } = {}): this {
    const facts = { errorType, message: "reported", target, retryCount };
    return this.send({ type: "failure.reported", at: this.now, ...facts });
  }

  requestRollback(acceptExpired = false): this {
    return this.send({ type: "rollback.request", at: this.now, acceptExpired });
  }

  resolve(owner: "source" | "target"): this {
    return this.send({ type: "migration.resolve", at: this.now, owner, details: "seen to" });
  }

  pass<P extends PortName>(port: P, change: Partial<(typeof good)[P]> = {}): this {
    const output = { ...good[port], ...change, at: this.now } as unknown as PortOutput<P>;
    settle(this.#told, port, output);
    return this;
  }

  fail(port: PortName, errorType: MigrationErrorType = "Timeout", message = "boom"): this {
    settle(this.#told, port, { outcome: "failed", errorType, message, at: this.now });
    return this;
  }

  lose(port: PortName): this {
    settle(this.#told, port, { outcome: "unknown", message: "no answer", at: this.now });
    return this;
  }

  advance(ms: number): this {
    this.#told.clock.advance(ms);
    return this;
  }

  /** Goes the good way until `state`. */
  reach(state: string, target: string | null = "t1"): this {
    if (this.state === "idle") this.start(target);
    for (const [at, port] of way) {
      if (this.state === state) break;
      if (this.state === at) this.pass(port);
    }
    if (this.state !== state) throw new Error(`expected to reach ${state}, got to ${this.state}`);
    return this;
  }

  stop(): void {
    this.#told.actor.stop();
  }
}

/** `{ a: "b" }` as `a.b`. */
function dotted(value: StateValue): string {
  if (typeof value === "string") return value;
  return Object.entries(value)
    .map(([key, inner]) => (inner === undefined ? key : `${key}.${dotted(inner)}`))
    .join(" ");
}
