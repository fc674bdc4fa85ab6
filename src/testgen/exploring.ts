/**
 * A machine's states with the items that each step of it covers: what suites and their mutants are made of.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import type { ExploreOptions } from "../explore/explorer.ts";
import { explore } from "../explore/explorer.ts";
import type { Exploration } from "../explore/explorer/types.ts";
import { createKeys, type Keys } from "../explore/explorer/keys.ts";
import { plainInput } from "../explore/explorer/stimuli.ts";
import { createStepper } from "../explore/stepper.ts";
import { createItemReader, type Criterion, defaultCriteria, type ItemReader, Items } from "./items.ts";
import { createGuardItems } from "./items/guards.ts";
import { coveringCases, createPayloadItems, type FieldsRead, fieldsRead } from "./items/payloads.ts";
import { type PlanGraph, planGraph } from "./plan-graph.ts";

export interface Explored {
  readonly machine: AnyStateMachine;
  readonly options: ExploreOptions;
  readonly input: unknown;
  readonly exploration: Exploration;
  readonly keys: Keys;
  readonly items: Items;
  readonly reader: ItemReader;
  readonly plan: PlanGraph;
  /** Those that may come in any state: all that are known, and not left out by their cases. */
  readonly eventTypes: readonly string[];
}

export interface ExploringOptions extends ExploreOptions {
  /** What is to be covered. */
  readonly cover?: readonly Criterion[];
  /** So many boundary values of a payload come in every combination; 2 by default. */
  readonly strength?: number;
}

export function exploring(machine: AnyStateMachine, options: ExploringOptions = {}): Explored {
  const { cover = defaultCriteria, strength = 2, ...given } = options;
  const wantsPayloads = cover.includes("payloads") && typeof given.events !== "function";
  const read = wantsPayloads && hasPayloads(machine, given) ? readFields(machine, given) : new Map();
  const withCases: ExploreOptions = wantsPayloads
    ? { ...given, events: coveringCases(machine, read, given.events, strength) }
    : given;
  const keys = createKeys({
    abstract: given.abstract,
    ignore: given.ignore,
    ignoreChildren: given.ignoreChildren,
    timed: (given.timers ?? "ordered") === "ordered",
  });
  const items = new Items();
  const { table } = createStepper(machine);
  const fixed = new Set(
    Object.entries(withCases.events ?? {}).flatMap(([type, it]) => (Array.isArray(it) ? [type] : [])),
  );
  const guards = createGuardItems(items, machine, table);
  const payloads = createPayloadItems(items, read, fixed);
  const reader = createItemReader(items, cover, { table, keys, guards, payloads });
  const exploration = explore(machine, withCases);
  const { events } = given;
  const leftOut = (type: string): boolean => {
    const cases = typeof events === "object" ? events[type] : undefined;
    return Array.isArray(cases) && cases.length === 0;
  };
  const eventTypes = exploration.stimuli.eventTypes.filter((type) => !leftOut(type));
  const plan = planGraph(exploration, {
    items,
    reader,
    eventTypes,
    configuration: ({ snapshot }) => keys.configuration(snapshot),
    isByKind: !guards.hasCompound,
  });
  const input = given.input ?? plainInput(machine);
  return { machine, options: withCases, input, exploration, keys, items, reader, plan, eventTypes };
}

function hasPayloads(machine: AnyStateMachine, { events }: ExploreOptions): boolean {
  const { events: schemas = {} } = (machine.schemas ?? {}) as { events?: object };
  return Object.keys(schemas).length > 0 || Object.values(events ?? {}).some((it) => Array.isArray(it));
}

/** From a first look at the machine, whose size does not matter. */
function readFields(machine: AnyStateMachine, options: ExploreOptions): FieldsRead {
  const { stepper, graph } = explore(machine, { ...options, maxStates: 1_000, verify: false });
  return fieldsRead(stepper, graph);
}
