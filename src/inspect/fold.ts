/**
 * What is left of records when what happened is forgotten: the registrations, and the latest value, context and status of
 * each actor, and the latest word on each thing that a supervisor looks after. A gap is followed by it.
 *
 * @module
 */
import type { DomainRecord } from "./protocol/domain.ts";
import {
  type ActorRecord,
  applyPatch,
  type ContextRecord,
  type DomainRecordTuple,
  type InspectionRecord,
  type PatchRecord,
  type StatusRecord,
  type ValueRecord,
} from "./protocol/record.ts";

interface Folded {
  actor?: ActorRecord;
  value?: ValueRecord;
  context?: ContextRecord | PatchRecord;
  status?: StatusRecord;
}

export class Fold {
  readonly #actors = new Map<number, Folded>();
  readonly #domain = new Map<string, DomainRecordTuple>();
  /** Numbers of actors that have ended, the oldest first. */
  readonly #ended = new Set<number>();
  readonly #keepEnded: number;

  /** @param keepEnded How many ended actors are remembered: a system may have any number of short-lived ones. */
  constructor(keepEnded = 2_000) {
    this.#keepEnded = keepEnded;
  }

  get isEmpty(): boolean {
    return this.#actors.size === 0 && this.#domain.size === 0;
  }

  add(record: InspectionRecord): void {
    switch (record[0]) {
      case "a":
        this.#of(record[3]).actor = record;
        break;
      case "v":
        this.#of(record[3]).value = record;
        break;
      case "c":
        this.#of(record[3]).context = record;
        break;
      case "p": {
        const folded = this.#of(record[3]);
        folded.context = patched(folded.context, record);
        break;
      }
      case "s":
        this.#of(record[3]).status = record;
        this.#end(record[3]);
        break;
      case "d": {
        const key = subjectOf(record[4]);
        if (key !== null) this.#domain.set(key, record);
        break;
      }
      case "e":
      case "t":
      case "x":
        break;
    }
  }

  /** In ascending order of `seq`. */
  records(): InspectionRecord[] {
    const all = [...this.#actors.values()].flatMap(({ actor, value, context, status }) =>
      [actor, value, context, status].filter((it) => it !== undefined),
    );
    return [...all, ...this.#domain.values()].sort((a, b) => a[1] - b[1]);
  }

  #of(actor: number): Folded {
    const known = this.#actors.get(actor);
    if (known !== undefined) return known;
    const folded: Folded = {};
    this.#actors.set(actor, folded);
    return folded;
  }

  #end(actor: number): void {
    this.#ended.add(actor);
    if (this.#ended.size <= this.#keepEnded) return;
    const [oldest] = this.#ended;
    if (oldest === undefined) return;
    this.#ended.delete(oldest);
    this.#actors.delete(oldest);
  }
}

/** Two changes are one, and a change of a whole is a whole. */
function patched(before: ContextRecord | PatchRecord | undefined, patch: PatchRecord): Folded["context"] {
  if (before === undefined) return patch;
  const [, seq, at, actor, set, unset] = patch;
  if (before[0] === "c") return ["c", seq, at, actor, applyPatch(before[4], patch)];
  const [, , , , earlierSet, earlierUnset] = before;
  const kept = Object.fromEntries(Object.entries(earlierSet).filter(([key]) => !unset.includes(key)));
  const gone = new Set([...earlierUnset.filter((key) => !(key in set)), ...unset]);
  return ["p", seq, at, actor, { ...kept, ...set }, [...gone]];
}

/** What a later record of the same subject replaces; `null`: something that happened. */
function subjectOf(record: DomainRecord): string | null {
  switch (record.kind) {
    case "record":
      return null;
    case "budget":
      return `budget ${record.plugin}/${record.server}`;
    case "plugin":
      return `plugin ${record.plugin}`;
    case "lease":
      return `lease ${record.attemptId}`;
    case "migration":
      return `migration ${record.agent}`;
    case "escalation":
      return `escalation ${record.id}`;
    case "recovery":
      return `recovery ${record.subject} ${record.scenario}`;
    case "coverage":
      return `coverage ${record.of} ${record.def}`;
  }
}
