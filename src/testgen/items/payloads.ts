/**
 * Values of event payloads that a suite has to show: of the fields that guards, actions and parameters read, and of no
 * others.
 *
 * @module
 */
import type { AnyEventObject, AnyStateMachine } from "xstate";
import type * as z from "zod";
import { boundaryPayloads, isZodSchema } from "../../explore/explorer/boundary.ts";
import type { EventCases } from "../../explore/explorer/stimuli.ts";
import type { Stepper } from "../../explore/stepper.ts";
import type { StateGraph } from "../../explore/explorer/graph.ts";
import type { Items } from "../items.ts";

export interface PayloadItems {
  of(event: AnyEventObject): readonly number[];
}

/** By event type, the top-level fields of its payload that some step reads. */
export type FieldsRead = ReadonlyMap<string, ReadonlySet<string>>;

/** At most so many steps of one event type are watched. */
const maxWatched = 64;

/** Repeats steps of `graph` with events that note what is read of them. */
export function fieldsRead(stepper: Stepper, graph: StateGraph): FieldsRead {
  const read = new Map<string, Set<string>>();
  const watched = new Map<string, number>();
  for (let edge = 0; edge < graph.edges; edge++) {
    const { stimulus, action } = graph.label(edge);
    const count = watched.get(action) ?? 0;
    if (stimulus.kind !== "event" || count >= maxWatched || Object.keys(stimulus.event).length < 2) continue;
    watched.set(action, count + 1);
    let fields = read.get(action);
    if (fields === undefined) read.set(action, (fields = new Set()));
    try {
      stepper.step(graph.snapshot(graph.from(edge)), watchedEvent(stimulus.event, fields));
    } catch {
      // What it read until it failed counts all the same.
    }
  }
  return read;
}

function watchedEvent(event: AnyEventObject, fields: Set<string>): AnyEventObject {
  return new Proxy(event, {
    get(target, key) {
      if (typeof key === "string" && key !== "type") fields.add(key);
      return Reflect.get(target, key) as unknown;
    },
    ownKeys(target) {
      for (const key of Object.keys(target)) if (key !== "type") fields.add(key);
      return Reflect.ownKeys(target);
    },
  });
}

/** @param types Those whose cases are a fixed list: values that are computed from a state are as many as the states. */
export function createPayloadItems(items: Items, read: FieldsRead, types: ReadonlySet<string>): PayloadItems {
  const known = new WeakMap<AnyEventObject, readonly number[]>();
  return {
    of(event) {
      if (!types.has(event.type)) return [];
      let list = known.get(event);
      if (list === undefined) {
        const fields = [...(read.get(event.type) ?? [])].filter((it) => it in event);
        list = fields.map((field) =>
          items.intern("payloads", `${event.type} with ${field} ${JSON.stringify(event[field])}`),
        );
        known.set(event, list);
      }
      return list;
    },
  };
}

/**
 * Payload cases for the events of `machine` that have a zod schema and none in `given`: every combination of `strength`
 * boundary values of the fields that are read, the plainest value of all others.
 */
export function coveringCases(
  machine: AnyStateMachine,
  read: FieldsRead,
  given: EventCases | undefined,
  strength: number,
): EventCases | undefined {
  if (typeof given === "function") return given;
  const { events = {} } = (machine.schemas ?? {}) as { events?: Readonly<Record<string, unknown>> };
  const derived = Object.entries(events).flatMap(([type, schema]) => {
    if (given?.[type] !== undefined || !isZodSchema(schema)) return [];
    const payloads = coveringPayloads(schema, read.get(type) ?? new Set(), strength);
    return payloads.length === 0 ? [] : [[type, payloads] as const];
  });
  return { ...Object.fromEntries(derived), ...given };
}

/** Payloads of `schema` in which every `strength` of `fields` have every combination of their boundary values. */
export function coveringPayloads(
  schema: z.ZodType,
  fields: ReadonlySet<string>,
  strength: number,
): readonly Record<string, unknown>[] {
  const payloads = boundaryPayloads(schema);
  const [plainest] = payloads;
  if (plainest === undefined) return [];
  const read = [...fields].filter((field) => payloads.some((it) => field in it)).toSorted();
  const values = read.map((field) => distinct(payloads.map((it) => it[field])));
  const left = combinations(values, Math.min(strength, read.length));
  const found: Record<string, unknown>[] = [];
  while (left.size > 0) {
    const row = rowFor(values, left);
    for (const it of left) if (it.every(([column, value]) => row[column] === value)) left.delete(it);
    const payload = { ...plainest };
    read.forEach((field, column) => {
      const value = values[column]?.[row[column] ?? 0];
      if (value === undefined) delete payload[field];
      else payload[field] = value;
    });
    const parsed = schema.safeParse(payload);
    if (parsed.success) found.push(parsed.data as Record<string, unknown>);
  }
  return found.length === 0 ? [plainest] : found;
}

/** Columns and numbers of values that are to come together. */
type Combination = readonly (readonly [column: number, value: number])[];

function combinations(values: readonly (readonly unknown[])[], strength: number): Set<Combination> {
  const found = new Set<Combination>();
  const extend = (begun: Combination, from: number): void => {
    if (begun.length === strength) {
      if (strength > 0) found.add(begun);
      return;
    }
    for (let column = from; column < values.length; column++) {
      values[column]?.forEach((_, value) => extend([...begun, [column, value]], column + 1));
    }
  };
  extend([], 0);
  return found;
}

/** Begins with a combination that is left, and gives each other column the value that serves most of them. */
function rowFor(values: readonly (readonly unknown[])[], left: ReadonlySet<Combination>): number[] {
  const row: (number | undefined)[] = values.map(() => undefined);
  const [begun = []] = left;
  for (const [column, value] of begun) row[column] = value;
  return values.map((of, column) => {
    if (row[column] !== undefined) return row[column];
    const serves = of.map(
      (_, value) =>
        [...left].filter(
          (it) =>
            it.some(([at, wanted]) => at === column && wanted === value) &&
            it.every(([at, wanted]) => at === column || row[at] === undefined || row[at] === wanted),
        ).length,
    );
    row[column] = serves.indexOf(Math.max(...serves));
    return row[column];
  });
}

function distinct(values: readonly unknown[]): unknown[] {
  const seen = new Map(values.map((it) => [JSON.stringify(it), it]));
  return [...seen.values()];
}
