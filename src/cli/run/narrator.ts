/**
 * Records as sentences: what a person who has never seen homeostat needs to follow a run.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";
import type { SupervisionRecord } from "../../core/records.ts";
import { describeExit } from "../../core/server.ts";
import type { EpochMs } from "../../core/time.ts";
import { phraseReport, subjectOfReport } from "./composed-reports.ts";
import { formatDuration } from "./duration.ts";
import { bad, good, notable, plain, type Sentence, type Tone } from "./sentence.ts";

export type { Tone };

export interface Line {
  readonly at: EpochMs;
  /** `PLUGIN`, `PLUGIN/SERVER` where the names differ, or `homeostat`. */
  readonly subject: string;
  readonly text: string;
  readonly tone: Tone;
}

/** How a server is called: by one name when it is all that its plugin has. */
export function nameServer(plugin: string, server: string): string {
  return plugin === server ? plugin : `${plugin}/${server}`;
}

/** Tells records; remembers the last line of each subject, and of servers what later sentences refer to. */
export class Narrator {
  readonly lastLines = new Map<string, Line>();
  readonly #downSince = new Map<string, number>();
  readonly #tools = new Map<string, number>();
  /** Plugins with a server of another name: what they are is more than what their server is. */
  readonly #composed = new Set<string>();

  /** The sentence for `record`; `null` when it is of no interest to a person. */
  tell(record: SupervisionRecord): Line | null {
    const subject = subjectOf(record);
    const server = "server" in record ? record.server : null;
    if ("plugin" in record && server !== null && server !== record.plugin) this.#composed.add(record.plugin);
    const sentence = this.#phrase(record, subject);
    if (sentence === null) return null;
    const line = { at: record.at, subject, ...sentence, text: printable(sentence.text) };
    this.lastLines.set(subject, line);
    return line;
  }

  #phrase(record: SupervisionRecord, subject: string): Sentence | null {
    if (record.type === "server.started")
      return record.role === "active" ? this.#started(record, subject) : plain("has a warm spare");
    if (record.type === "server.promoted")
      return good(`serves again: its warm spare took over${this.#downFor(record, subject)}`);
    if (record.type === "server.exited") return record.unexpected ? this.#exited(record, subject) : null;
    if (record.type === "plugin.changed" && !this.#composed.has(record.plugin)) return null;
    if (record.type === "tools.changed" && this.#tools.get(subject) === record.tools) return null;
    if (record.type === "tools.changed") this.#tools.set(subject, record.tools);
    return phrase(record);
  }

  #exited(record: SupervisionRecord<"server.exited">, subject: string): Sentence {
    const what = `${describeExit(record.exit)} after ${formatDuration(record.uptimeMs)}`;
    if (record.role === "standby") return notable(`warm spare ${what}`);
    this.#downSince.set(subject, record.monotonicMs);
    return bad(what);
  }

  #started(record: SupervisionRecord<"server.started">, subject: string): Sentence {
    this.#tools.set(subject, record.tools);
    const facts = `${count(record.tools, "tool")}, pid ${record.pid ?? "none"}`;
    if (!this.#downSince.has(subject))
      return good(`serves: ${facts}, started in ${formatDuration(record.startMs)}`);
    return good(`serves again: ${facts}${this.#downFor(record, subject)}`);
  }

  #downFor(record: SupervisionRecord, subject: string): string {
    const since = this.#downSince.get(subject);
    this.#downSince.delete(subject);
    return since === undefined ? "" : `, was down for ${formatDuration(record.monotonicMs - since)}`;
  }
}

type Simple = Exclude<SupervisionRecord, { type: "server.started" | "server.promoted" | "server.exited" }>;

function phrase(record: Simple): Sentence | null {
  switch (record.type) {
    case "supervisor.started":
      return plain(`starts ${count(record.plugins, "plugin")}`);
    case "supervisor.stopping":
      return plain("stops all plugins, the last one first");
    case "supervisor.stopped":
      return plain("has stopped all plugins");
    case "plugin.changed":
      return describeChange(record);
    case "plugin.configured":
      return plain("gets a new configuration");
    case "plugin.rejected":
      return bad(`its configuration was refused: ${record.problem}`);
    case "server.startFailed":
      // A start that was called off is part of a stop.
      return record.failure.code === "aborted" ? null : bad(`did not start: ${record.failure.message}`);
    case "server.probeMissed":
      return notable(`missed probe ${record.misses} of ${record.limit}`);
    case "tools.changed":
      return plain(`now offers ${count(record.tools, "tool")}`);
    case "start.scheduled":
      return notable(`starts again in ${formatDuration(record.retryAfterMs)}`);
    case "start.refused":
      return bad(
        `crashed too often to be started at once; next start in ${formatDuration(record.retryAfterMs)}`,
      );
    case "spawn.refused":
      return bad(`was started too often; next start in ${formatDuration(record.retryAfterMs)}`);
    case "start.requested":
      return plain(`starts on the word of the ${record.by}`);
    case "stop.requested":
      return bad(`is stopped on the word of its ${record.by}`);
    case "backend.quarantined":
      return bad(
        `is quarantined after ${count(record.crashes, "crash", "crashes")}; next try in ${formatDuration(record.probeAfterMs)}`,
      );
    case "backend.steadied":
      return good(record.wasQuarantined ? "has proven itself and left quarantine" : "has proven itself");
    case "budget.reset":
      return plain("has a fresh budget of retries");
    case "escalation.opened":
      return bad(`needs a person: ${record.message}`);
    case "escalation.closed":
      return good(`needs no person any more: ${record.because}`);
    case "escalation.acted":
      return plain(`${record.by ?? "a person"} answers ${record.id}: ${record.verb}`);
    case "call.lost":
      return notable(`lost a call of ${record.tool}${record.replayed ? "; it was sent again" : ""}`);
    case "recovery.reported":
    case "migration.reported":
    case "lease.reported":
      return phraseReport(record);
    case "dispatch.refused":
      return notable(`is not dispatched while ${record.agent} is on the move`);
    case "command.refused":
      return notable(`refused ${record.command}: ${record.message}`);
    case "event.refused":
      return bad(
        `refused ${record.event}: ${record.problems.map((it) => `${it.path} ${it.reason}`).join("; ")}`,
      );
    case "observer.failed":
      return bad(`an observer threw: ${record.message}`);
    case "server.starting":
    case "server.phaseEntered":
    case "start.granted":
      return null;
  }
}

/** Of a plugin's states only those that servers' own lines do not tell. */
function describeChange({ from, to, reason }: SupervisionRecord<"plugin.changed">): Sentence | null {
  const why = reason === null ? "" : `: ${reason}`;
  if (to === "degraded") return notable(`is degraded${why}`);
  if (to === "failed") return bad(`has failed${why}`);
  return to === "healthy" && (from === "degraded" || from === "failed") ? good("is healthy again") : null;
}

function subjectOf(record: SupervisionRecord): string {
  if ("plugin" in record) {
    const server = "server" in record ? record.server : null;
    return server === null ? record.plugin : nameServer(record.plugin, server);
  }
  if ("report" in record) return nameSubject(subjectOfReport(record));
  if ("attemptId" in record) return record.attemptId;
  return "subject" in record ? nameSubject(record.subject) : "homeostat";
}

function nameSubject(subject: string): string {
  const [plugin = "", server = plugin] = subject.split("/");
  return nameServer(plugin, server);
}

/** `text` on one line and without what would steer a terminal: parts of it are a server's own words. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  return stripVTControlCharacters(text).replace(/[\u0000-\u001F\u007F-\u009F]+/g, " ");
}

/** `1 tool`, `2 tools`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}
