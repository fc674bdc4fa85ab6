/**
 * All that was received, as one system that can be looked at as it is now or as it was.
 *
 * @module
 */
import type { ToViewer } from "../../inspect/protocol.ts";
import type { InspectionRecord, StateValue } from "../../inspect/protocol/record.ts";
import { Actor, valueText } from "./actor.ts";
import { Machine } from "./definition.ts";
import { domainRow } from "./domain-rows.ts";
import type { Moment } from "./history.ts";
import { type Row, type RowKind, Rows, type Tone } from "./rows.ts";
import { Source } from "./source.ts";
import { Strip } from "./strip.ts";

type Message = Extract<ToViewer, { type: "hello" | "def" | "batch" | "gap" | "ended" }>;

interface Said {
  readonly kind: RowKind;
  readonly name: string;
  readonly detail: string;
  readonly tone?: Tone;
  readonly from?: Actor | null;
}

export class System {
  readonly sources = new Map<string, Source>();
  readonly rows: Rows;
  readonly strip = new Strip();
  /** When the newest record was made, in milliseconds since the Unix epoch. */
  newestAt = 0;
  /** Grows with everything that is applied. */
  version = 0;
  /** Records as they happened: with those that are missing, and those from before the page came, all there are. */
  received = 0;
  readonly #now: () => number;
  readonly #texts = new Map<string, string>();

  constructor({ now, cap }: { readonly now: () => number; readonly cap?: number }) {
    this.#now = now;
    this.rows = new Rows(cap);
  }

  apply(message: Message): void {
    this.version++;
    const source = this.sources.get(message.source);
    if (message.type === "hello") {
      if (source === undefined) this.sources.set(message.source, new Source(message));
      else Object.assign(source, { hello: message, ended: null });
    }
    if (source === undefined) return;
    switch (message.type) {
      case "hello":
        return;
      case "def":
        if (!source.machines.has(message.hash)) source.machines.set(message.hash, new Machine(message));
        return;
      case "ended":
        source.ended = message.reason;
        return;
      case "gap": {
        const count = message.to - message.from + 1;
        // What happened before the page came is not lost: it was never promised.
        const isBefore = source.lastSeq === 0 && message.from === 1 && message.reason === "disconnected";
        source.lastSeq = Math.max(source.lastSeq, message.to);
        if (isBefore) source.earlier += count;
        else {
          source.missing += count;
          const name = `${count.toLocaleString("en")} records are missing`;
          const said = { kind: "gap", name, detail: gapReasons[message.reason], tone: "warn" } as const;
          this.#push(source, null, this.newestAt, null, said);
        }
        return;
      }
      case "batch": {
        const receivedAt = this.#now();
        for (const record of message.records) {
          if (message.catchUp !== true && record[1] <= source.lastSeq) continue;
          source.lastSeq = Math.max(source.lastSeq, record[1]);
          if (message.catchUp !== true) this.received++;
          this.#note(source, record, message.catchUp === true, receivedAt);
        }
        if (source.earlier > 0) {
          const name = `${source.earlier.toLocaleString("en")} earlier records`;
          source.earlier = 0;
          const said = { kind: "gap", name, detail: "from before the page was opened" } as const;
          this.#push(source, null, this.newestAt, null, said);
        }
      }
    }
  }

  /** The actor by its key, `SOURCE:NUMBER`. */
  actor(key: string | null): Actor | undefined {
    if (key === null) return undefined;
    const colon = key.lastIndexOf(":");
    return this.sources.get(key.slice(0, colon))?.actors.get(Number(key.slice(colon + 1)));
  }

  machineOf({ source, info }: Actor): Machine | undefined {
    return info.def === null ? undefined : source.machines.get(info.def);
  }

  #note(source: Source, record: InspectionRecord, isCatchUp: boolean, receivedAt: number): void {
    const at = source.hello.timeOrigin + record[2];
    if (at > this.newestAt) this.newestAt = at;
    // What a catch-up tells held before the next row.
    const moment: Moment = { pos: isCatchUp ? this.rows.end - 1 : this.rows.end, at };
    if (record[0] === "a") {
      if (source.actors.has(record[3])) return;
      const [, , , number, info] = record;
      const parent = source.actors.get(info.parent) ?? null;
      const actor = new Actor(source, number, info, parent, moment);
      source.actors.set(number, actor);
      if (isCatchUp) return;
      const detail = [info.logic, info.src].filter((it) => it !== null).join(" ");
      this.#push(source, actor, at, record, { kind: "spawn", name: "created", detail, from: parent });
      return;
    }
    const actor = source.actors.get(record[3]) ?? null;
    if (actor !== null) actor.isStarted = true;
    const said = this.#apply(source, actor, record, moment, receivedAt);
    if (said !== null && !isCatchUp) this.#push(source, actor, at, record, said);
  }

  #apply(
    source: Source,
    actor: Actor | null,
    record: Exclude<InspectionRecord, { 0: "a" }>,
    moment: Moment,
    receivedAt: number,
  ): Said | null {
    if (record[0] === "d") {
      source.noteDomain(moment, record[4]);
      return domainRow(record[4]);
    }
    if (actor === null) return null;
    const machine = this.machineOf(actor);
    switch (record[0]) {
      case "e": {
        const [, , , , sender, type] = record;
        actor.noteEvent(moment.pos, receivedAt);
        const from = source.actors.get(sender) ?? null;
        return { kind: "event", name: type, detail: "", from, tone: eventTone(type) };
      }
      case "t": {
        actor.noteTaken(moment, record[4]);
        if (machine !== undefined) actor.passed.push(...machine.countTransitions(record[4]));
        const detail = record[4].map((it) => machine?.labels[it] ?? "").join("; ");
        return { kind: "transition", name: record[5], detail };
      }
      case "v": {
        const before = actor.values.last();
        const text = this.#text(record[4]);
        actor.values.push({ ...moment, value: record[4], text });
        if (machine !== undefined) {
          const after = machine.active(record[4]);
          machine.countEntries(machine.active(before?.value ?? null), after, actor.passed.splice(0));
        }
        if (before?.text === text || record[4] === null) return null;
        return { kind: "state", name: text, detail: before === undefined ? "" : `from ${before.text}` };
      }
      case "c":
        actor.noteContext(moment, record[4]);
        return { kind: "context", name: "context", detail: "" };
      case "p":
        actor.notePatch(moment, record);
        return {
          kind: "context",
          name: "context",
          detail: [...Object.keys(record[4]), ...record[5]].join(", "),
        };
      case "x":
        return {
          kind: "action",
          name: record[4],
          detail: record[5] === null ? "" : JSON.stringify(record[5]),
        };
      case "s": {
        actor.statuses.push({ ...moment, status: record[4], data: record[5] });
        const detail = record[4] === "stopped" || record[5] === null ? "" : JSON.stringify(record[5]);
        return { kind: "end", name: record[4], detail, tone: record[4] === "error" ? "error" : "plain" };
      }
    }
  }

  /** The same text is the same string. */
  #text(value: StateValue | null): string {
    if (value === null) return "";
    if (typeof value === "string") return value;
    const key = JSON.stringify(value);
    let text = this.#texts.get(key);
    if (text === undefined) {
      if (this.#texts.size > 5000) this.#texts.clear();
      this.#texts.set(key, (text = valueText(value)));
    }
    return text;
  }

  #push(source: Source, actor: Actor | null, at: number, record: InspectionRecord | null, said: Said): void {
    const { kind, name, detail, tone = "plain", from = null } = said;
    const path = actor === null ? source.hello.app : actor.info.path;
    const row: Row = {
      pos: this.rows.end,
      kind,
      at,
      source,
      actor,
      from,
      name,
      detail,
      tone,
      state: actor?.values.last()?.text ?? "",
      text: `${path} ${name} ${detail}`.toLowerCase(),
      record,
    };
    actor?.rows.push(row.pos);
    if (kind === "event" || kind === "state" || kind === "spawn" || kind === "end") {
      actor?.messages.push(row.pos);
      const other = kind === "end" ? actor?.parent : from;
      if (other != null && other !== actor) other.messages.push(row.pos);
    }
    this.strip.note(row);
    if (this.rows.push(row) === 0) return;
    const { first } = this.rows;
    for (const it of this.sources.values()) {
      for (const known of it.actors.values()) known.trim(first);
      for (const history of it.domain.values()) history.trim(first);
    }
  }
}

const gapReasons = {
  queueFull: "the app made more than its queue holds",
  shed: "more came than can be shown",
  paused: "the recording was paused",
  disconnected: "there was no connection",
} as const;

/** XState's own events of failed actors, and what apps commonly call failures. */
function eventTone(type: string): Tone {
  return type.startsWith("xstate.error.") || /(^|[._-])(error|failed|failure|crash(ed)?)$/i.test(type)
    ? "error"
    : "plain";
}
