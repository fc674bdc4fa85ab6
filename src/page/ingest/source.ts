/**
 * A source: an app under inspection, or a recording of one.
 *
 * @module
 */
import type { Hello } from "../../inspect/protocol.ts";
import type { CoverageDomainRecord, DomainRecord } from "../../inspect/protocol/domain.ts";
import type { Actor } from "./actor.ts";
import type { Machine } from "./definition.ts";
import { History, type Moment } from "./history.ts";

interface DomainMoment extends Moment {
  readonly record: DomainRecord;
}

export class Source {
  hello: Hello;
  readonly id: string;
  /** Why no more comes; `null` while it is there. */
  ended: "bye" | "lost" | "endOfFile" | null = null;
  lastSeq = 0;
  readonly actors = new Map<number, Actor>();
  readonly machines = new Map<string, Machine>();
  /** The state of each thing that a person looks after, by kind and subject. */
  readonly domain = new Map<string, History<DomainMoment>>();
  readonly coverage = new Map<string, CoverageDomainRecord>();
  /** Records from before the page came, until a row says so. */
  earlier = 0;
  /** Records that never arrived, though the page was there. */
  missing = 0;

  constructor(hello: Hello) {
    this.hello = hello;
    this.id = hello.source;
  }

  noteDomain(moment: Moment, record: DomainRecord): void {
    if (record.kind === "record") return;
    if (record.kind === "coverage") {
      this.coverage.set(`${record.of}:${record.def}`, record);
      return;
    }
    const key = subjectOf(record);
    let history = this.domain.get(key);
    if (history === undefined) this.domain.set(key, (history = new History()));
    history.push({ ...moment, record });
  }

  /** The latest record of each subject at `pos`. */
  domainAt(pos: number | null): DomainRecord[] {
    return [...this.domain.values()].flatMap((it) => it.at(pos)?.record ?? []);
  }
}

/** `budget:mail/smtp`; what one record replaces another by. */
export function subjectOf(record: DomainRecord): string {
  switch (record.kind) {
    case "budget":
      return `budget:${record.plugin}/${record.server}`;
    case "lease":
      return `lease:${record.attemptId}`;
    case "migration":
      return `migration:${record.agent}`;
    case "escalation":
      return `escalation:${record.id}`;
    case "plugin":
      return `plugin:${record.plugin}`;
    case "recovery":
      return `recovery:${record.subject}|${record.scenario}`;
    case "coverage":
      return `coverage:${record.of}:${record.def}`;
    case "record":
      return `record:${record.record.seq}`;
  }
}
