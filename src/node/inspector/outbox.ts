/**
 * What a viewer is still to get. It grants credits for records; what it does not take in time is shed, oldest first, and
 * becomes a gap with the state that it led to, so that a slow page costs itself its history and nobody else anything.
 *
 * @module
 */
import { Fold } from "../../inspect/fold.ts";
import type { Batch, Gap, ToViewer } from "../../inspect/protocol.ts";

export interface OutboxOptions {
  readonly send: (text: string) => void;
  /** Whether the connection itself can take more now. */
  readonly isReady: () => boolean;
  /** Records that may wait. */
  readonly limit: number;
  readonly onShed: () => void;
}

interface Lost {
  readonly gap: Gap;
  readonly fold: Fold;
}

/** Records in one message: a viewer with few credits gets a large batch in parts. */
const maxRecords = 10_000;

export class Outbox {
  readonly #options: OutboxOptions;
  #waiting: ToViewer[] = [];
  #records = 0;
  #credits = 0;
  #shed = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Records that this viewer did not get. */
  get shed(): number {
    return this.#shed;
  }

  add(message: ToViewer): void {
    // What is no part of a source's story does not wait for it.
    if (message.type === "answer" || message.type === "status") return this.#write(message);
    this.#waiting.push(message);
    if (isLog(message)) this.#records += message.records.length;
    this.pump();
    if (this.#records > this.#options.limit) this.#drop();
  }

  grant(records: number): void {
    this.#credits += records;
    this.pump();
  }

  pump(): void {
    let sent = 0;
    for (const message of this.#waiting) {
      if (!this.#options.isReady()) break;
      if (isLog(message)) {
        const room = Math.min(this.#credits, maxRecords);
        if (room <= 0) break;
        this.#credits -= Math.min(room, message.records.length);
        this.#records -= Math.min(room, message.records.length);
        if (message.records.length > room) {
          this.#write({ ...message, records: message.records.slice(0, room) });
          this.#waiting[sent] = { ...message, records: message.records.slice(room) };
          // What is left of it goes on in the next round, if there is room.
          this.#waiting = this.#waiting.slice(sent);
          return this.pump();
        }
      }
      this.#write(message);
      sent += 1;
    }
    if (sent > 0) this.#waiting = this.#waiting.slice(sent);
  }

  #write(message: ToViewer): void {
    this.#options.send(JSON.stringify(message));
  }

  #drop(): void {
    const lost = new Map<string, Lost>();
    const stays: ToViewer[] = [];
    let at = 0;
    for (const message of this.#waiting) {
      const next = this.#waiting[at + 1];
      const isState = message.type === "batch" && message.catchUp === true;
      if (this.#records <= this.#options.limit / 2 && !isState) break;
      at += 1;
      if (message.type === "gap" || message.type === "batch") this.#lose(message, lost);
      else stays.push(message);
      if (next === undefined) break;
    }
    const gaps = [...lost.values()].flatMap(({ gap, fold }): ToViewer[] => [
      gap,
      { type: "batch", source: gap.source, catchUp: true, records: fold.records() },
    ]);
    this.#waiting = [...stays, ...gaps, ...this.#waiting.slice(at)];
    this.#options.onShed();
    this.pump();
  }

  #lose(message: Gap | Batch, lost: Map<string, Lost>): void {
    const { source } = message;
    const before = lost.get(source);
    if (message.type === "gap") {
      const gap: Gap = { ...message, from: before?.gap.from ?? message.from };
      lost.set(source, { gap, fold: before?.fold ?? new Fold() });
      return;
    }
    const first = message.records[0]?.[1] ?? 0;
    const last = message.records.at(-1)?.[1] ?? 0;
    const known = before ?? {
      gap: { type: "gap", source, from: first, to: last, reason: "shed" } as const,
      fold: new Fold(),
    };
    const to = message.catchUp === true ? known.gap.to : Math.max(known.gap.to, last);
    lost.set(source, { gap: { ...known.gap, to, reason: "shed" }, fold: known.fold });
    for (const record of message.records) known.fold.add(record);
    if (!isLog(message)) return;
    this.#records -= message.records.length;
    this.#shed += message.records.length;
  }
}

function isLog(message: ToViewer): message is Batch {
  return message.type === "batch" && message.catchUp !== true;
}
