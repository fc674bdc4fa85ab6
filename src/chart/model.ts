/**
 * The chart model: a statechart as plain data, from any XState v5 machine.
 *
 * Everything that draws or exports a chart reads this and nothing of XState. A state's id is the state node's; a
 * transition's id is `SOURCE:DESCRIPTOR:INDEX`, the index counting the transitions of one source for one descriptor in
 * the order in which XState tries them. Both are the same in every process that has the same machine.
 *
 * @module
 */
import * as z from "zod";

const Json = z.json();

/** A call of a named implementation: an action or a guard. */
const Call = z.strictObject({
  /** The name in the machine's configuration; of an inline function what is known of it, in parentheses. */
  name: z.string(),
  /** `null`: none, or computed when it is called. */
  params: Json.nullable(),
});
export const ChartAction = Call;
export type ChartAction = z.infer<typeof ChartAction>;
export const ChartGuard = Call;
export type ChartGuard = z.infer<typeof ChartGuard>;

/** An actor that lives as long as its state is active. */
export const ChartInvoke = z.strictObject({
  id: z.string(),
  /** The name of the actor logic, or `(inline)`. */
  src: z.string(),
  systemId: z.string().nullable(),
  /** `null`: none, or computed when the state is entered. */
  input: Json.nullable(),
});
export type ChartInvoke = z.infer<typeof ChartInvoke>;

export const ChartStateKind = z.enum(["atomic", "compound", "parallel", "final", "history"]);
export type ChartStateKind = z.infer<typeof ChartStateKind>;

export const ChartState = z.strictObject({
  id: z.string(),
  /** The last segment of the path; the root's is the machine's id. */
  key: z.string(),
  /** Keys from the root, which itself has the empty path. */
  path: z.array(z.string()),
  parent: z.string().nullable(),
  kind: ChartStateKind,
  /** Whether the parent is parallel. */
  isRegion: z.boolean(),
  /** What is entered first; `null` unless compound. */
  initial: z
    .strictObject({
      target: z.string(),
      actions: z.array(ChartAction),
      description: z.string().nullable(),
      meta: Json.nullable(),
    })
    .nullable(),
  /** `null` unless a history state; without targets the parent's initial state is the default. */
  history: z.strictObject({ depth: z.enum(["shallow", "deep"]), targets: z.array(z.string()) }).nullable(),
  entry: z.array(ChartAction),
  exit: z.array(ChartAction),
  invokes: z.array(ChartInvoke),
  tags: z.array(z.string()),
  description: z.string().nullable(),
  /** `null` as well for what JSON cannot hold. */
  meta: Json.nullable(),
});
export type ChartState = z.infer<typeof ChartState>;

export const ChartTransitionKind = z.enum([
  /** an event by its exact type, or by a prefix such as `order.*` */
  "event",
  /** `*` */
  "wildcard",
  /** eventless: taken as soon as its guard holds */
  "always",
  /** after a delay in the source */
  "after",
  /** an actor has ended well */
  "actorDone",
  /** an actor has failed */
  "actorError",
  /** an actor has a new snapshot */
  "actorSnapshot",
  /** the source has reached a final state in each of its regions */
  "stateDone",
  /** a jump that a routable state allows from anywhere */
  "route",
]);
export type ChartTransitionKind = z.infer<typeof ChartTransitionKind>;

export const ChartTransition = z.strictObject({
  id: z.string(),
  source: z.string(),
  /** XState's event descriptor; empty for `always`. */
  event: z.string(),
  kind: ChartTransitionKind,
  /** Empty: no state is left. */
  targets: z.array(z.string()),
  guard: ChartGuard.nullable(),
  actions: z.array(ChartAction),
  /** Whether the source itself is left and entered again when the target lies within it. */
  reenter: z.boolean(),
  /** Milliseconds, or the name of a delay; `null` unless `after`. */
  delay: z.union([z.number(), z.string()]).nullable(),
  /** The actor that it is about; `null` unless one of the actor kinds. */
  actor: z.string().nullable(),
  description: z.string().nullable(),
  meta: Json.nullable(),
});
export type ChartTransition = z.infer<typeof ChartTransition>;

export const ChartModel = z.strictObject({
  /** The machine's id. */
  id: z.string(),
  version: z.string().nullable(),
  /** In document order; the root is the first. */
  states: z.array(ChartState).min(1),
  /** By source in document order, each in the order of its configuration; `always` after the rest. */
  transitions: z.array(ChartTransition),
});
export type ChartModel = z.infer<typeof ChartModel>;

/** What is asked of a model again and again, by id; built once. */
export interface ChartIndex {
  readonly root: ChartState;
  /** Throws a `RangeError` for an id that the model does not have. */
  state(id: string): ChartState;
  children(id: string): readonly ChartState[];
  /** From the state itself up to the root. */
  ancestry(id: string): readonly string[];
  /** Those that leave `source`. */
  transitions(source: string): readonly ChartTransition[];
}

export function indexOf(model: ChartModel): ChartIndex {
  const states = new Map(model.states.map((it) => [it.id, it]));
  const children = Map.groupBy(model.states, (it) => it.parent ?? "");
  const transitions = Map.groupBy(model.transitions, (it) => it.source);
  const state = (id: string): ChartState => {
    const found = states.get(id);
    if (found === undefined) throw new RangeError(`the chart "${model.id}" has no state "${id}"`);
    return found;
  };
  const [root] = model.states;
  if (root === undefined) throw new RangeError(`the chart "${model.id}" has no states`);
  return {
    root,
    state,
    children: (id) => children.get(id) ?? [],
    ancestry(id) {
      const line: string[] = [];
      for (let at: string | null = id; at !== null; at = state(at).parent) line.push(at);
      return line;
    },
    transitions: (source) => transitions.get(source) ?? [],
  };
}
