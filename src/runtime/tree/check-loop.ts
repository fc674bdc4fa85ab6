import type { AnyActorRef } from "xstate";
import {
  type Check,
  type CheckResult,
  type CheckStatus,
  decideCheck,
  type HealthPolicy,
  type RunCheck,
} from "../../core/health-checks.ts";
import type { Child } from "./child.ts";
import { type Deadline, dueOf } from "./deadlines.ts";
import type { Engine } from "./engine.ts";
import type { StoredDue, StoredHealth } from "./persisted/parts.ts";
import { Timeout } from "./timeout.ts";

interface Loop {
  readonly check: Check;
  readonly ref: AnyActorRef;
  readonly incarnation: number;
  readonly policy: HealthPolicy;
  /** Each time it passes, and each time it fails at or over its limit. */
  readonly onDecided: (kind: "passed" | "exhausted", output: string | null) => void;
}

const statuses: readonly unknown[] = ["passing", "warning", "failing"] satisfies CheckStatus[];
const failing = (output: string): CheckResult => ({ status: "failing", output });

/** Runs one check of one incarnation, again and again, never twice at a time. */
export class CheckLoop {
  readonly check: Check;
  /** When it runs next, or is done at the latest if it runs now; null: not at all. */
  nextAt: number | null = null;
  readonly #engine: Engine;
  readonly #child: Child;
  readonly #loop: Loop;
  #failures = 0;
  #next: Deadline | null = null;
  #timeout: Timeout | null = null;
  #running: AbortController | null = null;
  #isOver = false;

  constructor(engine: Engine, child: Child, loop: Loop) {
    this.#engine = engine;
    this.#child = child;
    this.#loop = loop;
    this.check = loop.check;
  }

  get failures(): number {
    return this.#failures;
  }

  /** When it runs next; null: it runs. */
  get due(): StoredDue | null {
    return this.#running === null ? dueOf(this.#next) : null;
  }

  /** As it was in a host before; what ran there is run again. */
  resume({ failures, due }: StoredHealth["checks"][number]): void {
    this.#failures = failures;
    if (due === null) this.#run();
    else this.#schedule(due.at, due.order);
  }

  /** Readiness is asked for at once, liveness after a while. */
  begin(): void {
    if (this.check.kind === "readiness") this.#run();
    else this.#schedule(this.#now() + this.check.everyMs);
  }

  end(): void {
    this.#isOver = true;
    this.nextAt = null;
    this.#engine.children.cancel(this.#next);
    this.#settle();
  }

  #now(): number {
    return this.#engine.deadlines.clock.now();
  }

  #schedule(at: number, order?: number): void {
    this.nextAt = at;
    const run = (): void => {
      if (!this.#isOver) this.#run();
    };
    this.#next = this.#engine.children.deadline(at, run, order);
  }

  /** Nobody waits for the run that is under way any more. */
  #settle(): void {
    this.#timeout?.cancel();
    this.#timeout = null;
    this.#running?.abort();
    this.#running = null;
  }

  #run(): void {
    const { children, deadlines, self } = this.#engine;
    const { timeoutMs, run } = this.check;
    const { ref, incarnation } = this.#loop;
    const startedAt = this.#now();
    const dueAt = startedAt + timeoutMs;
    const running = (this.#running = new AbortController());
    this.nextAt = dueAt;
    let wasLate = false;
    const done = (given: CheckResult): void => {
      if (this.#running !== running) return;
      this.#settle();
      const result = checked(given);
      // Its time-out would have been first, if the host had not been late.
      this.#judge(result, startedAt, wasLate || this.#now() > dueAt);
    };
    // An answer comes in whatever turn; what it means is decided in the supervisor's own.
    const inTurn = (result: CheckResult): void =>
      self.send({ type: "tree.commanded", command: "check", run: () => done(result) });
    this.#timeout = new Timeout(children, deadlines.clock, {
      dueAt,
      periodMs: timeoutMs,
      onExpired: () => {
        if (this.#running !== running) return;
        this.#settle();
        this.#judge(failing(`no answer in ${timeoutMs} ms`), startedAt, false);
      },
      onHostLate: () => (wasLate = true),
    });
    const subject = { id: this.#child.spec.id, incarnation, ref, signal: running.signal };
    const given = attempt(() => run(subject));
    if (!isThenable(given)) return done(given);
    given.then(
      (it) => inTurn(it),
      (error) => inTurn(thrown(error)),
    );
  }

  #judge(
    { status, output = null }: { status: CheckStatus; output?: string | null },
    startedAt: number,
    hostWasLate: boolean,
  ): void {
    const at = this.#now();
    const uptimeMs = at - this.#child.startedAt;
    const before = this.#failures;
    const run = { status, uptimeMs, hostWasLate };
    const decision = decideCheck(before, run, this.check, this.#loop.policy.graceMs);
    const { failures } = decision;
    this.#failures = failures;
    this.#schedule(Math.max(at, startedAt + this.check.everyMs));
    const { name: check, limit } = this.check;
    const facts = { id: this.#child.spec.id, incarnation: this.#loop.incarnation, check };
    switch (decision.kind) {
      case "passed":
        if (before > 0) this.#engine.record({ type: "check.recovered", ...facts, failures: before });
        return this.#loop.onDecided("passed", output);
      case "skipped":
        return this.#engine.record({
          type: "check.skipped",
          ...facts,
          because: decision.because,
          status,
          output,
        });
      case "failed":
        return this.#engine.record({ type: "check.failed", ...facts, status, output, failures, limit });
      case "exhausted":
        this.#engine.record({ type: "check.failed", ...facts, status, output, failures, limit });
        return this.#loop.onDecided("exhausted", output);
    }
  }
}

function attempt(run: () => ReturnType<RunCheck>): ReturnType<RunCheck> {
  try {
    return run();
  } catch (error) {
    return thrown(error);
  }
}

const isThenable = (it: CheckResult | Promise<CheckResult>): it is Promise<CheckResult> =>
  typeof (it as { then?: unknown } | null)?.then === "function";

const thrown = (error: unknown): CheckResult =>
  failing(error instanceof Error ? error.message : String(error));

/** What a check says that is written without types. */
function checked(given: CheckResult): CheckResult {
  const { status, output } = (given ?? {}) as Partial<CheckResult>;
  if (!statuses.includes(status)) return failing("the check did not answer with a status");
  return { status: status as CheckStatus, output: typeof output === "string" ? output : undefined };
}
