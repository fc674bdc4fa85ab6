/**
 * Raw records to inspection records, off the hot path: encoded, redacted, with the places of transitions.
 *
 * @module
 */
import { Definitions, type KnownDefinition } from "../definitions.ts";
import { encode, type EncodeOptions } from "../encode.ts";
import type { Gap } from "../protocol.ts";
import { type Encoded, tagKey } from "../protocol/encoded.ts";
import type { ActorInfo, InspectionRecord, StateValue } from "../protocol/record.ts";
import { idOf, logicOf, machineOf, parentOf, srcOf, systemIdOf } from "../xstate-adapter.ts";
import type { Queue } from "./queue.ts";
import { contextOf, type RawRecord, type Seen, type Taken } from "./raw.ts";

export interface Written {
  readonly records: InspectionRecord[];
  readonly gap: (Pick<Gap, "from" | "to" | "reason"> & { readonly records: InspectionRecord[] }) | null;
  /** Definitions that the records need. */
  readonly define: readonly KnownDefinition[];
}

export class Writer {
  readonly definitions: Definitions;
  readonly #options: EncodeOptions;
  readonly #paths = new WeakMap<object, string>();
  readonly #taken = new Map<string, number>();
  #define: KnownDefinition[] = [];

  constructor(options: EncodeOptions) {
    this.#options = options;
    this.definitions = new Definitions(options);
  }

  write({ records, gap }: Taken): Written {
    this.#define = [];
    return {
      records: records.map((it) => this.#safely(it)),
      gap: gap === null ? null : { ...gap, records: gap.kept.map((it) => this.#safely(it)) },
      define: this.#define,
    };
  }

  /** One record for each actor whose context has changed since it was last sent. */
  writeContexts(queue: Queue): InspectionRecord[] {
    return queue.takeChanged().flatMap((seen): InspectionRecord[] => {
      const { snapshot } = seen;
      if (snapshot === undefined) return [];
      const context = contextOf(snapshot);
      if (seen.hasEnded) seen.snapshot = undefined;
      if (seen.wasContextSent && context === seen.sentContext) return [];
      if (!seen.wasContextSent && context === undefined) return [];
      const { sentContext, wasContextSent } = seen;
      const patch = wasContextSent ? difference(sentContext, context) : null;
      if (patch !== null && patch.set.length === 0 && patch.unset.length === 0) return [];
      seen.sentContext = context;
      seen.wasContextSent = true;
      const place = [queue.nextSeq(), rounded(seen.snapshotAt), seen.number] as const;
      if (patch === null) return [["c", ...place, this.encode(context ?? null)] as const];
      // Encoded as one object, so that the names of the keys hide what they hide in a whole context.
      const set = this.encode(Object.fromEntries(patch.set)) as Record<string, Encoded>;
      return [["p", ...place, set, patch.unset] as const];
    });
  }

  encode(value: unknown): Encoded {
    return encode(value, this.#options);
  }

  /** No number may be missing, whatever stands in the way of its record. */
  #safely(raw: RawRecord): InspectionRecord {
    try {
      return this.#record(raw);
    } catch {
      return ["x", raw[1], rounded(raw[2]), raw[3], "(could not be read)", null];
    }
  }

  /** In its own place, to spare the garbage collector. */
  #record(raw: RawRecord): InspectionRecord {
    raw[2] = rounded(raw[2]);
    const record = raw as unknown[];
    switch (raw[0]) {
      case "a":
        record[4] = this.#info(raw[4]);
        break;
      case "e":
        record[6] = this.#payload(raw[6]);
        break;
      case "t": {
        const { selected, before, after, event } = raw[4];
        record[4] = this.definitions.taken(selected, { machine: after.machine, before, after, event });
        record[5] = event;
        break;
      }
      case "v":
        record[4] = raw[4] as StateValue;
        break;
      case "x":
      case "s":
        record[5] = raw[5] === undefined ? null : this.encode(raw[5]);
        break;
      case "c":
      case "d":
        record[4] = this.encode(raw[4]);
        break;
    }
    return raw as unknown as InspectionRecord;
  }

  /** Without its type; `null` if there is nothing else. */
  #payload(event: { readonly type: string }): Encoded {
    for (const key in event) {
      if (key === "type") continue;
      const encoded = this.encode(event);
      if (typeof encoded === "object" && encoded !== null && !(tagKey in encoded))
        Reflect.deleteProperty(encoded, "type");
      return encoded;
    }
    return null;
  }

  #info({ actor, parent }: Seen): ActorInfo {
    const machine = machineOf(actor);
    const definition = machine === null ? null : this.definitions.of(machine);
    if (definition !== null) this.#define.push(definition);
    return {
      session: actor.sessionId,
      parent,
      id: idOf(actor).id,
      path: this.#path(actor),
      systemId: systemIdOf(actor),
      src: srcOf(actor),
      logic: logicOf(actor),
      def: definition?.hash ?? null,
    };
  }

  #path(actor: Seen["actor"]): string {
    const known = this.#paths.get(actor);
    if (known !== undefined) return known;
    const parent = parentOf(actor);
    const { id, isGiven } = idOf(actor);
    const name = isGiven ? id : (machineOf(actor)?.id ?? srcOf(actor) ?? logicOf(actor));
    const wanted = parent === undefined ? name : `${this.#path(parent)}/${name}`;
    const count = (this.#taken.get(wanted) ?? 0) + 1;
    this.#taken.set(wanted, count);
    // An id that was given comes back for the successor of its actor: both are found under one path.
    const path = isGiven || (parent === undefined && count === 1) ? wanted : `${wanted}#${count}`;
    this.#paths.set(actor, path);
    return path;
  }
}

/** By reference, as contexts are immutable; `null`: not two plain objects. */
function difference(before: unknown, after: unknown): { set: [string, unknown][]; unset: string[] } | null {
  if (!isPlain(before) || !isPlain(after)) return null;
  const set = Object.entries(after).filter(([key, it]) => it !== before[key] && it !== undefined);
  const unset = Object.keys(before).filter(
    (key) => before[key] !== undefined && (!(key in after) || after[key] === undefined),
  );
  return { set, unset };
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** To microseconds: shorter on the wire. */
function rounded(at: number): number {
  return Math.round(at * 1_000) / 1_000;
}
