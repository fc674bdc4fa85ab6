/**
 * What a viewer may ask of a source, and the answers. `send`, `act`, `restart` and `resetBudget` change the app and need
 * `--allow-send`; the others change nothing in it.
 *
 * @module
 */
import * as z from "zod";
import { Encoded } from "./encoded.ts";

/** The source's number of an actor. */
const actor = z.int().positive();
const Event = z.looseObject({ type: z.string().min(1) });

export const Command = z.discriminatedUnion("name", [
  /** Sends the actor an event, as if from outside. Answer: `sent`. */
  z.object({ name: z.literal("send"), actor, event: Event }),
  /** What the event would do now: through the pure transition in the app; nothing is executed. Answer: `whatIf`. */
  z.object({ name: z.literal("whatIf"), actor, event: Event }),
  /** Which events it would take now, and why not the others. Answer: `accepts`. */
  z.object({ name: z.literal("accepts"), actor }),
  /** Its snapshot as it is now. Answer: `snapshot`. */
  z.object({ name: z.literal("snapshot"), actor }),
  /** Stops or resumes recording, for all viewers; what is missed becomes a gap. Answer: `paused`. */
  z.object({ name: z.literal("pause"), paused: z.boolean() }),
  /** A person's word on an open escalation. Answer: `sent`. */
  z.object({
    name: z.literal("act"),
    escalation: z.string(),
    verb: z.enum(["acknowledge", "resolve", "retry", "abort"]),
    by: z.string().nullable(),
  }),
  /** Starts a plugin, or one server of it, on a person's word; not counted by its budget. Answer: `sent`. */
  z.object({ name: z.literal("restart"), plugin: z.string(), server: z.string().nullable() }),
  /** Forgets the crashes of a server. Answer: `sent`. */
  z.object({ name: z.literal("resetBudget"), plugin: z.string(), server: z.string() }),
  /** Why the servers of a subject are, or are not, started. Answer: `explained`. */
  z.object({ name: z.literal("explain"), subject: z.string() }),
]);
export type Command = z.infer<typeof Command>;
export type CommandName = Command["name"];

/** Those that change the app. */
export const changingCommands: ReadonlySet<CommandName> = new Set(["send", "act", "restart", "resetBudget"]);

const Call = z.object({ name: z.string(), params: Encoded });

export const WhatIf = z.object({
  kind: z.literal("whatIf"),
  /** Whether a transition is enabled. */
  accepted: z.boolean(),
  value: z.json(),
  context: Encoded,
  status: z.string(),
  /** Places in `model.transitions`, of all microsteps, in order; empty as well if the app cannot tell. */
  transitions: z.array(z.int()),
  /** What would be executed. */
  actions: z.array(Call),
});
export type WhatIf = z.infer<typeof WhatIf>;

export const Accepts = z.object({
  kind: z.literal("accepts"),
  events: z.array(
    z.object({
      type: z.string(),
      /** With no payload: a guard that reads the payload may say otherwise of a full event. */
      accepted: z.boolean(),
      /** Places in `model.transitions` of the candidates of the active states, in the order they are tried. */
      candidates: z.array(z.int()),
      /** Why not, for people: the guards that refused, or that one threw. `null` if accepted. */
      reason: z.string().nullable(),
    }),
  ),
});
export type Accepts = z.infer<typeof Accepts>;

export const SnapshotAnswer = z.object({
  kind: z.literal("snapshot"),
  /** Of all records up to it the snapshot knows. */
  seq: z.int(),
  status: z.string(),
  value: z.json(),
  context: Encoded,
  output: Encoded,
  error: Encoded,
  tags: z.array(z.string()),
  /** Numbers of the actors that it holds, by id. */
  children: z.record(z.string(), z.int()),
});
export type SnapshotAnswer = z.infer<typeof SnapshotAnswer>;

export const AnswerCode = z.enum([
  /** the server was started without `--allow-send` */
  "sendDisabled",
  /** no such source, actor, plugin or escalation now */
  "notFound",
  /** the source cannot do that: see `accepts` in its `hello` */
  "unsupported",
  /** the command, or the event, does not fit its schema */
  "invalid",
  /** the actor has ended */
  "ended",
  /** the connection to the source was lost before it answered, or it did not answer within 5 s */
  "noAnswer",
  /** what was asked for threw */
  "failed",
]);
export type AnswerCode = z.infer<typeof AnswerCode>;

export const Answer = z.union([
  z.object({
    ok: z.literal(true),
    result: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("sent") }),
      z.object({ kind: z.literal("paused"), paused: z.boolean() }),
      /** Each an `Explanation` of `homeostat`. */
      z.object({ kind: z.literal("explained"), explanations: z.array(z.json()) }),
      WhatIf,
      Accepts,
      SnapshotAnswer,
    ]),
  }),
  z.object({ ok: z.literal(false), code: AnswerCode, message: z.string() }),
]);
export type Answer = z.infer<typeof Answer>;
export type AnswerResult = Extract<Answer, { ok: true }>["result"];
