import type { AnyActorRef } from "xstate";
import type { Check, HealthPolicy, HealthResult } from "../../core/health-checks.ts";
import { HomeostatError } from "../../core/errors.ts";
import { CheckLoop } from "./check-loop.ts";
import type { Child } from "./child.ts";
import type { Engine } from "./engine.ts";
import type { StoredHealth, StoredTimeout } from "./persisted/parts.ts";
import { Timeout } from "./timeout.ts";

export interface Readiness {
  readonly isReady: boolean;
  /** When it may become ready; null: unknown, or it is. */
  readonly nextCheckAt: number | null;
}

/** The incarnation that is watched, and by what. */
interface Watched {
  readonly ref: AnyActorRef;
  readonly incarnation: number;
  readonly policy: HealthPolicy;
}

/** Watches one incarnation. The first that finds it broken ends it, and with it whatever the others would find. */
export class Monitor {
  readonly #engine: Engine;
  readonly #child: Child;
  readonly #watched: Watched;
  readonly #loops: readonly CheckLoop[];
  /** Readiness checks that have not passed, or have failed to their limit. */
  readonly #unready: Set<Check>;
  #watchdog: Timeout | null = null;
  #start: Timeout | null = null;
  #isOver = false;
  #aliveAt: number;

  constructor(engine: Engine, child: Child, watched: Watched) {
    this.#engine = engine;
    this.#child = child;
    this.#watched = watched;
    this.#aliveAt = engine.deadlines.clock.now();
    const { checks } = watched.policy;
    this.#unready = new Set(checks.filter(({ kind }) => kind === "readiness"));
    this.#loops = checks.map((check) => {
      const onDecided = (kind: "passed" | "exhausted", output: string | null): void =>
        this.#decided(check, kind, output);
      return new CheckLoop(engine, child, { ...watched, check, onDecided });
    });
  }

  watches(ref: AnyActorRef): boolean {
    return this.#watched.ref === ref;
  }

  begin(): void {
    if (this.#isOver) return;
    const { startMs, watchdogMs } = this.#watched.policy;
    if (watchdogMs !== null) this.#beginWatchdog(watchdogMs, null);
    if (startMs !== null && this.#unready.size > 0) this.#beginStart(startMs, null);
    for (const loop of this.#loops) loop.begin();
  }

  /**
   * As in a host before: it is the same incarnation, and what was seen of it is as true as it was. The time that the host
   * was down is not the child's, as for any host that is late.
   */
  resume({ checks, watchdog, start }: StoredHealth): void {
    const { startMs, watchdogMs } = this.#watched.policy;
    if (watchdogMs !== null) this.#beginWatchdog(watchdogMs, watchdog);
    if (startMs !== null && start !== null) this.#beginStart(startMs, start);
    for (const { name, isUnready } of checks) {
      const loop = this.#loops.find(({ check }) => check.name === name);
      if (loop !== undefined && !isUnready) this.#unready.delete(loop.check);
    }
    for (const loop of this.#loops) {
      const stored = checks.find(({ name }) => loop.check.name === name);
      if (stored === undefined) loop.begin();
      else loop.resume(stored);
    }
  }

  stored(): StoredHealth {
    const checks = this.#loops.map(({ check, failures, due }) => {
      return { name: check.name, failures, isUnready: this.#unready.has(check), due };
    });
    return { checks, watchdog: this.#watchdog?.stored() ?? null, start: this.#start?.stored() ?? null };
  }

  #beginWatchdog(watchdogMs: number, stored: StoredTimeout | null): void {
    const expired = (): void => {
      const message = `"${this.#child.spec.id}" did not say that it is alive for ${watchdogMs} ms`;
      this.#broken("watchdog", null, message);
    };
    this.#watchdog = this.#timeout("watchdog", watchdogMs, stored, expired);
  }

  #beginStart(startMs: number, stored: StoredTimeout | null): void {
    const expired = (): void => {
      const names = [...this.#unready].map(({ name }) => name).join(", ");
      const message = `"${this.#child.spec.id}" is not ready ${startMs} ms after its start: ${names}`;
      this.#broken("start_timeout", names, message);
    };
    this.#start = this.#timeout("start", startMs, stored, expired);
  }

  alive(): void {
    this.#aliveAt = this.#engine.deadlines.clock.now();
    this.#watchdog?.renew(this.#aliveAt);
  }

  readiness(): Readiness {
    const due = this.#loops.filter((it) => this.#unready.has(it.check)).map((it) => it.nextAt);
    const known = due.filter((it) => it !== null);
    const isReady = this.#unready.size === 0;
    return { isReady, nextCheckAt: isReady || known.length === 0 ? null : Math.max(...known) };
  }

  end(): void {
    this.#isOver = true;
    this.#watchdog?.cancel();
    this.#start?.cancel();
    for (const loop of this.#loops) loop.end();
  }

  #timeout(
    name: "watchdog" | "start",
    periodMs: number,
    stored: StoredTimeout | null,
    onExpired: () => void,
  ): Timeout {
    const { deadlines, children } = this.#engine;
    const from = name === "watchdog" ? this.#aliveAt : deadlines.clock.now();
    const { id } = this.#child.spec;
    const { incarnation } = this.#watched;
    return new Timeout(children, deadlines.clock, {
      stored,
      dueAt: from + periodMs,
      periodMs,
      onExpired: () => {
        if (!this.#isOver) onExpired();
      },
      onHostLate: (lateMs) =>
        this.#engine.record({ type: "health.hostLate", id, incarnation, of: name, lateMs }),
    });
  }

  #decided(check: Check, kind: "passed" | "exhausted", output: string | null): void {
    if (this.#isOver) return;
    if (check.kind === "readiness") return this.#readinessOf(check, kind === "passed");
    if (kind === "passed") return;
    const why = output === null ? "" : `: ${output}`;
    const message = `check "${check.name}" of "${this.#child.spec.id}" failed ${check.limit} times in a row${why}`;
    this.#broken("check", check.name, message);
  }

  #readinessOf(check: Check, passes: boolean): void {
    const wasReady = this.#unready.size === 0;
    if (passes) this.#unready.delete(check);
    else this.#unready.add(check);
    const isReady = this.#unready.size === 0;
    if (isReady === wasReady) return;
    const { id } = this.#child.spec;
    const { incarnation } = this.#watched;
    if (isReady) {
      this.#start?.cancel();
      this.#start = null;
      this.#engine.record({ type: "child.ready", id, incarnation });
    } else this.#engine.record({ type: "child.unready", id, incarnation, check: check.name });
    this.#engine.care.changed(this.#child);
  }

  #broken(result: HealthResult, check: string | null, message: string): void {
    const { id } = this.#child.spec;
    const { incarnation } = this.#watched;
    this.#engine.record({ type: "health.failed", id, incarnation, result, check, message });
    const error = new HomeostatError("unresponsive", message, { id, incarnation, result, check });
    this.#engine.failRunning(this.#child, error, () => {});
  }
}
