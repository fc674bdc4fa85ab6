/**
 * What a supervisor says, as rows of the log.
 *
 * @module
 */
import type { DomainRecord } from "../../inspect/protocol/domain.ts";
import type { RowKind, Tone } from "./rows.ts";

interface Said {
  readonly kind: RowKind;
  readonly name: string;
  readonly detail: string;
  readonly tone: Tone;
}

export function domainRow(record: DomainRecord): Said | null {
  switch (record.kind) {
    case "record":
      return supervisorRow(record.record);
    case "escalation":
      return {
        kind: "escalation",
        name: record.open
          ? `needs a person: ${record.subject}`
          : `needs no person any more: ${record.subject}`,
        detail: record.message,
        tone: record.open ? "error" : "good",
      };
    case "budget":
      return domain(
        `${record.plugin}/${record.server}`,
        `budget ${record.state}, ${record.retriesLeft} of ${record.retries} retries left`,
      );
    case "lease":
      return domain(record.attemptId, `lease ${record.state}, epoch ${record.epoch}`);
    case "migration":
      return domain(record.agent, `migration ${record.state}, owned by the ${record.owner}`);
    case "plugin":
      return domain(
        record.plugin,
        `plugin ${record.state}${record.reason === null ? "" : `: ${record.reason}`}`,
      );
    case "recovery":
      return domain(record.subject, `recovery of ${record.scenario}: ${record.state}`);
    case "coverage":
      return null;
  }
}

const domain = (name: string, detail: string): Said => ({ kind: "domain", name, detail, tone: "plain" });

const bad = /startFailed|quarantined|rejected|\.failed|\.lost|event\.refused|start\.refused|spawn\.refused/;
const notable = /exited|probeMissed|scheduled|dispatch\.refused|command\.refused|stop\.requested/;
const good = /server\.started|promoted|steadied|budget\.reset/;

/** Its fields but those that every record has, as words. */
function supervisorRow(record: Readonly<Record<string, unknown>> & { readonly type: string }): Said | null {
  // They come as records of their own, with the verbs.
  if (record.type === "escalation.opened" || record.type === "escalation.closed") return null;
  const hidden = new Set(["type", "seq", "at", "monotonicMs"]);
  const words = Object.entries(record)
    .filter(([key, value]) => !hidden.has(key) && value !== null)
    .map(([key, value]) => `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  const tone = bad.test(record.type)
    ? "error"
    : notable.test(record.type)
      ? "warn"
      : good.test(record.type)
        ? "good"
        : "plain";
  return { kind: "supervisor", name: record.type, detail: words.join(" · "), tone };
}
