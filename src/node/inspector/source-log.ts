/**
 * What the server knows of one source: its definitions, its latest records, and the state that the forgotten ones led to.
 *
 * @module
 */
import { Fold } from "../../inspect/fold.ts";
import type {
  Batch,
  Definition,
  Ended,
  Gap,
  Hello,
  SourceMessage,
  ToViewer,
} from "../../inspect/protocol.ts";

type Kept = Batch | Gap;

export class SourceLog {
  hello: Hello;
  ended: Ended | null = null;
  /** The last number that arrived, in a batch or in a gap. */
  seq = 0;
  readonly #definitions = new Map<string, Definition>();
  readonly #limit: number;
  #kept: Kept[] = [];
  #count = 0;
  readonly #base = new Fold();
  /** The last number that is in the base. */
  #baseSeq = 0;

  /** @param limit Records that are kept as they happened. */
  constructor(hello: Hello, limit: number) {
    this.hello = hello;
    this.#limit = limit;
  }

  /** What of `message` is new, to be handed on; `null`: nothing. */
  add(message: Exclude<SourceMessage, { type: "answer" | "hello" | "bye" }>): ToViewer | null {
    if (message.type === "def") {
      if (this.#definitions.has(message.hash)) return null;
      this.#definitions.set(message.hash, message);
      return message;
    }
    const fresh = after(message, this.seq);
    if (fresh === null) return null;
    if (fresh.type === "gap") this.seq = fresh.to;
    else if (fresh.catchUp !== true) this.seq = fresh.records.at(-1)?.[1] ?? this.seq;
    this.#kept.push(fresh);
    this.#count += sizeOf(fresh);
    this.#forget();
    return fresh;
  }

  /** Everything that a viewer needs which has all up to `have`. */
  since(have: number): ToViewer[] {
    const messages: ToViewer[] = [this.hello, ...this.#definitions.values()];
    if (have < this.#baseSeq) {
      const { source } = this.hello;
      messages.push(
        { type: "gap", source, from: have + 1, to: this.#baseSeq, reason: "shed" },
        { type: "batch", source, catchUp: true, records: this.#base.records() },
      );
    }
    for (const it of this.#kept) {
      const fresh = after(it, have);
      if (fresh !== null) messages.push(fresh);
    }
    return this.ended === null ? messages : [...messages, this.ended];
  }

  #forget(): void {
    let forgotten = 0;
    for (const it of this.#kept) {
      // The state within a gap goes with it.
      if (this.#count <= this.#limit && !(it.type === "batch" && it.catchUp === true && forgotten > 0)) break;
      if (this.#kept.length - forgotten === 1) break;
      forgotten += 1;
      this.#count -= sizeOf(it);
      if (it.type === "gap") this.#baseSeq = it.to;
      else {
        for (const record of it.records) this.#base.add(record);
        if (it.catchUp !== true) this.#baseSeq = it.records.at(-1)?.[1] ?? this.#baseSeq;
      }
    }
    if (forgotten > 0) this.#kept = this.#kept.slice(forgotten);
  }
}

/** The part of it that lies behind `seq`; `null`: none. */
function after(message: Kept, seq: number): Kept | null {
  if (message.type === "gap") {
    return message.to <= seq ? null : { ...message, from: Math.max(message.from, seq + 1) };
  }
  // Its numbers are those of the gap that it follows, which is known by then.
  if (message.catchUp === true) return message;
  if ((message.records[0]?.[1] ?? 0) > seq) return message;
  const records = message.records.filter(([, number]) => number > seq);
  return records.length === 0 ? null : { ...message, records };
}

function sizeOf(message: Kept): number {
  return message.type === "gap" || message.catchUp === true ? 0 : message.records.length;
}
