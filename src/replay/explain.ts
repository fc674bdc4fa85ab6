/**
 * Why a server is, or is not, started, from a log: the charts as its facts leave them, and the last decision in it.
 *
 * @module
 */
import { explain, keyOf, serverOf } from "../../machines/supervisor.ts";
import { HomeostatError } from "../core/errors.ts";
import type { Explanation } from "../core/explanation.ts";
import type { SupervisionRecord } from "../core/records.ts";
import { describeExit } from "../core/server.ts";
import { bare, type Decision, isDecision, subjectOf } from "./facts.ts";
import { type Logged, recordsOf, type Source } from "./log.ts";
import { requireNoPolicy } from "./replay.ts";
import { Verifier } from "./verify.ts";

/** The last decision about a subject, and where it stands. */
export interface DecidedBy {
  readonly source: string;
  readonly line: number;
  readonly seq: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly decision: Decision;
}

export interface LoggedExplanation extends Explanation {
  /** `null`: nothing was decided about it. */
  readonly decidedBy: DecidedBy | null;
}

export interface ExplainedLog {
  readonly explanations: readonly LoggedExplanation[];
  /** The instant of the explanations: of the last record, or of the stop, before which there was something to explain. */
  readonly asOf: number;
  /** The supervisor was stopped then. */
  readonly stopped: boolean;
  /** Number of the first record that is not what its facts lead to; `null`: the log is consistent. */
  readonly differsAt: number | null;
}

interface ServerFacts {
  process: "none" | "starting" | "ready";
  permanentFailure: boolean;
  lastError: string | null;
  decidedBy: DecidedBy | null;
}

/**
 * Explains `subject`, `PLUGIN` or `PLUGIN/SERVER`, in the last run of the sources. Throws a `HomeostatError`: `not_found`
 * with `details: { known }` for another subject, and without a run; `invalid_event` as `replay` does.
 */
export async function explainLog(
  sources: Iterable<Source> | AsyncIterable<Source>,
  subject: string,
): Promise<ExplainedLog> {
  let run: Run | null = null;
  for await (const logged of recordsOf(sources)) {
    for (const it of logged) {
      if (it.record.seq === 1) run = null;
      if (it.record.type === "supervisor.started") run = new Run(it.record);
      else if (run === null) requireNoPolicy(it);
      else run.take(it);
    }
  }
  if (run === null)
    throw new HomeostatError("not_found", "the input holds no run: no supervisor.started is in it");
  return run.explain(subject);
}

class Run {
  readonly #verifier: Verifier;
  readonly #servers = new Map<string, ServerFacts>();
  #differsAt: number | null = null;
  #last: SupervisionRecord;
  /** What was to be explained when the supervisor was stopped. */
  #beforeStop: readonly LoggedExplanation[] | null = null;
  #wallOffsetMs: number;

  constructor(started: SupervisionRecord<"supervisor.started">) {
    this.#verifier = new Verifier(started);
    this.#last = started;
    this.#wallOffsetMs = started.at - started.monotonicMs;
  }

  take(logged: Logged): void {
    const { record } = logged;
    if (this.#beforeStop !== null) return;
    this.#last = record;
    if (record.type === "supervisor.stopping") {
      this.#beforeStop = [...this.#servers.keys()].map((key) => this.#explainServer(key));
    }
    const isSame = this.#verifier.check(record) === null;
    if (!isSame) this.#differsAt ??= record.seq;
    if (isDecision(record)) this.#decided(logged, record);
    // What a timer led to bears its deadline, and is recorded when the event loop came round to it: later, never earlier.
    else this.#wallOffsetMs = Math.min(this.#wallOffsetMs, record.at - record.monotonicMs);
    this.#note(record);
  }

  explain(subject: string): ExplainedLog {
    const keys = [...this.#servers.keys()].filter(
      (key) => key === subject || serverOf(key).plugin === subject,
    );
    if (keys.length === 0) {
      const known = [...new Set([...this.#servers.keys()].flatMap((key) => [serverOf(key).plugin, key]))];
      throw new HomeostatError("not_found", `the log tells of no "${subject}"`, { known });
    }
    const all = this.#beforeStop ?? keys.map((key) => this.#explainServer(key));
    const explanations = all.filter((it) => keys.includes(it.subject));
    const stopped = this.#beforeStop !== null;
    return { explanations, asOf: this.#last.at, stopped, differsAt: this.#differsAt };
  }

  #explainServer(key: string): LoggedExplanation {
    const { decidedBy, ...facts } = this.#server(key);
    const { replayed } = this.#verifier;
    const supervisor = replayed.supervisor();
    const budget = replayed.budget(key);
    const explanation = explain({
      key,
      ...facts,
      isRunning: supervisor.value === "running",
      supervisor: supervisor.context,
      budget: budget === undefined ? null : { state: outermost(budget.value), context: budget.context },
      now: this.#last.at - this.#wallOffsetMs,
      wallOffsetMs: this.#wallOffsetMs,
    });
    return { ...explanation, decidedBy };
  }

  #decided({ source, line }: Logged, record: SupervisionRecord<Decision["type"]>): void {
    const subject = subjectOf(record);
    const server = subject === null ? undefined : this.#servers.get(subject);
    if (server === undefined) return;
    const { seq, at } = record;
    server.decidedBy = { source, line, seq, at, decision: bare(record) as Decision };
  }

  #note(record: SupervisionRecord): void {
    if (!isAboutProcess(record)) return;
    const server = this.#server(keyOf(record));
    const isActive = record.type === "server.promoted" || record.role === "active";
    if (record.type === "server.exited" && isActive) server.lastError = describeExit(record.exit);
    if (record.type === "server.startFailed") server.lastError = record.failure.message;
    if (record.type === "server.started") server.lastError = null;
    if (record.type !== "server.exited" && record.type !== "server.promoted")
      server.permanentFailure = record.type === "server.startFailed" && record.failure.permanent;
    if (isActive) server.process = processAfter[record.type];
  }

  #server(key: string): ServerFacts {
    const known = this.#servers.get(key);
    if (known !== undefined) return known;
    const server = { process: "none", permanentFailure: false, lastError: null, decidedBy: null } as const;
    const made: ServerFacts = { ...server };
    this.#servers.set(key, made);
    return made;
  }
}

/** The state of the active process that each leaves. */
const processAfter = {
  "server.starting": "starting",
  "server.started": "ready",
  "server.promoted": "ready",
  "server.startFailed": "none",
  "server.exited": "none",
} as const;

const isAboutProcess = (it: SupervisionRecord): it is SupervisionRecord<keyof typeof processAfter> =>
  Object.hasOwn(processAfter, it.type);

const outermost = (value: string | object): string =>
  typeof value === "string" ? value : (Object.keys(value)[0] ?? "");
