/**
 * XState's machine configuration as JSON, as far as it concerns a chart.
 *
 * @module
 */
import * as z from "zod";

export const CallJson = z.union([
  z.string(),
  z.looseObject({ type: z.string(), params: z.json().optional() }),
]);
const oneOrMany = <S extends z.ZodType>(schema: S) => z.union([schema, z.array(schema)]);

export const TransitionJson = z.union([
  z.string(),
  z.looseObject({
    target: oneOrMany(z.string()).optional(),
    guard: CallJson.optional(),
    actions: oneOrMany(CallJson).optional(),
    reenter: z.boolean().optional(),
    description: z.string().optional(),
    meta: z.json().optional(),
  }),
]);
const Transitions = oneOrMany(TransitionJson).nullish();

export const InvokeJson = z.looseObject({
  src: z.string(),
  id: z.string().optional(),
  systemId: z.string().optional(),
  input: z.json().optional(),
  onDone: Transitions,
  onError: Transitions,
  onSnapshot: Transitions,
});

/** A state of the configuration, as far as it concerns the chart; whatever else it has is kept. */
export const StateJson = z.looseObject({
  id: z.string().optional(),
  type: z.enum(["atomic", "compound", "parallel", "final", "history"]).optional(),
  description: z.string().optional(),
  tags: oneOrMany(z.string()).optional(),
  initial: z
    .union([z.string(), z.looseObject({ target: z.string(), actions: oneOrMany(CallJson).optional() })])
    .optional(),
  history: z.union([z.enum(["shallow", "deep"]), z.boolean()]).optional(),
  target: oneOrMany(z.string()).optional(),
  entry: oneOrMany(CallJson).optional(),
  exit: oneOrMany(CallJson).optional(),
  invoke: oneOrMany(InvokeJson).optional(),
  on: z.record(z.string(), Transitions).optional(),
  onDone: Transitions,
  after: z.record(z.string(), Transitions).optional(),
  always: Transitions,
  route: z.looseObject({ guard: CallJson.optional() }).optional(),
  meta: z.json().optional(),
  get states() {
    return z.record(z.string(), StateJson).optional();
  },
});
export type StateJson = z.infer<typeof StateJson>;

export const MachineJson = StateJson.extend({ id: z.string().optional(), version: z.string().optional() });
export type MachineJson = z.infer<typeof MachineJson>;
