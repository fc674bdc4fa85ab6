/**
 * Machines as definitions, each read once: what `provide` made of a machine has other objects, but the same definition.
 *
 * @module
 */
import type { AnyMachineSnapshot, AnyStateMachine, AnyTransitionDefinition } from "xstate";
import * as z from "zod";
import { modelOf, transitionIdsOf } from "../chart/model-of.ts";
import type { ChartModel } from "../chart/model.ts";
import { encodeDefinition, type EncodeOptions } from "./encode.ts";
import { hashOf } from "./hash.ts";
import type { Definition } from "./protocol.ts";
import { transitionsTaken } from "./xstate-adapter.ts";

export type KnownDefinition = Omit<Definition, "type" | "source">;

export class Definitions {
  readonly #options: EncodeOptions;
  readonly #byRoot = new WeakMap<object, KnownDefinition>();
  readonly #places = new WeakMap<object, number>();

  constructor(options: EncodeOptions) {
    this.#options = options;
  }

  of(machine: AnyStateMachine): KnownDefinition {
    const known = this.#byRoot.get(machine.root);
    if (known !== undefined) return known;
    const definition = this.#read(machine);
    this.#byRoot.set(machine.root, definition);
    return definition;
  }

  #read(machine: AnyStateMachine): KnownDefinition {
    const config = encodeDefinition(machine.config, this.#options);
    let model: ChartModel | null = null;
    try {
      model = encodeDefinition(modelOf(machine), this.#options) as unknown as ChartModel;
      let place = 0;
      for (const transition of transitionIdsOf(machine).keys()) this.#places.set(transition, place++);
    } catch {
      // A machine that XState runs and the chart cannot read is still worth its values.
    }
    const hash = hashOf(JSON.stringify([config, model]));
    const { id, version = null } = machine;
    return { hash, machine: id, version, config, model, events: eventSchemas(machine) };
  }

  /** Places in `model.transitions`; told from the values where XState does not say which were taken. */
  taken(
    selected: readonly AnyTransitionDefinition[] | undefined,
    { machine, before, after, event }: Step,
  ): readonly number[] {
    const taken = transitionsTaken(selected, before);
    if (taken === null) return inferTransitions(this.of(machine).model, { before, after, event });
    if (taken.length === 0) return [];
    if (taken.some((it) => !this.#places.has(it))) for (const it of taken) this.of(it.source.machine);
    return taken.flatMap((it) => this.#places.get(it) ?? []);
  }
}

interface Step {
  readonly machine: AnyStateMachine;
  readonly before: AnyMachineSnapshot | undefined;
  readonly after: AnyMachineSnapshot;
  readonly event: string;
}

/**
 * The transitions that explain a change from one configuration to another: their event fits, their source was active,
 * and what they lead to was not before and is now. A guess: two with the same ends cannot be told apart.
 */
export function inferTransitions(
  model: ChartModel | null,
  {
    before,
    after,
    event,
  }: { before: { value: unknown } | undefined; after: { value: unknown }; event: string },
): number[] {
  if (model === null || before === undefined) return [];
  const was = activeIds(model, before.value);
  const is = activeIds(model, after.value);
  return model.transitions.flatMap(({ event: descriptor, source, targets }, place) => {
    const fits = descriptor === "" || descriptor === event;
    const leads =
      targets.length > 0 && targets.every((it) => is.has(it)) && targets.some((it) => !was.has(it));
    return fits && was.has(source) && leads ? [place] : [];
  });
}

/** Ids of the states in `value`, and of those around them. */
export function activeIds(model: ChartModel, value: unknown): ReadonlySet<string> {
  const ids = new Map(model.states.map(({ id, path }) => [JSON.stringify(path), id]));
  const active = new Set<string>();
  const visit = (path: readonly string[], inner: unknown): void => {
    const id = ids.get(JSON.stringify(path));
    if (id !== undefined) active.add(id);
    if (typeof inner === "string") return visit([...path, inner], undefined);
    if (typeof inner !== "object" || inner === null) return;
    for (const [key, it] of Object.entries(inner)) visit([...path, key], it);
  };
  visit([], value);
  return active;
}

function eventSchemas({ schemas }: AnyStateMachine): KnownDefinition["events"] {
  const events = (schemas as { events?: Record<string, unknown> } | undefined)?.events;
  if (events === undefined) return null;
  const converted = Object.entries(events).flatMap(([type, schema]) => {
    if (!(schema instanceof z.ZodType)) return [];
    try {
      return [
        [type, z.json().parse(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }))] as const,
      ];
    } catch {
      return [];
    }
  });
  return converted.length === 0 ? null : Object.fromEntries(converted);
}
