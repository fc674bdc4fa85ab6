/**
 * The shape of a tree at rest. A field that is added later gets a default, so that what was stored before still fits;
 * one that changes its meaning changes the format.
 *
 * @module
 */
import * as z from "zod";
import { HomeostatError } from "../../core/errors.ts";
import { MonotonicMs } from "../../core/time.ts";
import { ClockReading } from "../continued-clock.ts";
import { StoredChart } from "../durable.ts";
import { Cause } from "./exit.ts";
import {
  StoredBudget,
  StoredBudgets,
  StoredDue,
  StoredGroup,
  StoredHealth,
  StoredMessages,
  StoredStarts,
} from "./persisted/parts.ts";

const format = "homeostat.tree/1";
const times = z.array(MonotonicMs);

/** What a child that ran goes on from. */
const StoredActor = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("chart"), chart: StoredChart }),
  z.strictObject({
    kind: z.literal("tree"),
    get tree(): typeof PersistedTree {
      return PersistedTree;
    },
  }),
  /** Nothing: it starts anew. */
  z.strictObject({ kind: z.literal("anew") }),
]);

const StoredRecovery = z.strictObject({
  budget: StoredBudget.nullable(),
  refusedAt: times,
  crashedAt: times,
  failures: z.array(
    z.strictObject({ at: z.number(), incarnation: z.int().nonnegative(), cause: Cause.nullable() }),
  ),
  isProbing: z.boolean(),
  probeAt: MonotonicMs.nullable(),
  companions: z.array(z.string()),
});

/** What a stop was for that was under way. */
const StoredStopFor = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("failure"),
    cause: Cause,
    retryAfterMs: z.number().nullable(),
    uptimeMs: z.number(),
  }),
  z.strictObject({ kind: z.literal("start") }),
]);

const PersistedChild = z.strictObject({
  id: z.string(),
  state: z.enum(["running", "restarting", "waiting", "stopping", "stopped", "refused", "quarantined"]),
  incarnation: z.int().nonnegative(),
  startedAt: MonotonicMs,
  isReady: z.boolean(),
  attempt: z.int().nonnegative(),
  lastCause: Cause.nullable(),
  recovery: StoredRecovery.nullable(),
  stopFor: StoredStopFor.nullable(),
  /** Of its restart, its readiness, its readmission, its probe or its stop. */
  due: StoredDue.nullable(),
  /** What it was made of, beside the template; `null`: it is no instance of a pool. */
  instance: z
    .strictObject({ input: z.json().optional(), systemId: z.string().optional() })
    .nullable()
    .default(null),
  messages: StoredMessages.nullable(),
  /** `null` where nobody watched it, or it starts anew. */
  health: StoredHealth.nullable(),
  actor: StoredActor,
});
export type PersistedChild = z.infer<typeof PersistedChild>;

export const PersistedTree = z.strictObject({
  format: z.literal(format),
  takenAt: ClockReading,
  /** Of the last deadline that was set. */
  order: z.int().nonnegative(),
  /** Instances of the template so far. */
  instances: z.int().nonnegative(),
  /** The final message was seen. */
  isFinal: z.boolean(),
  budgets: StoredBudgets,
  /** Children whose quarantine nobody has dealt with. */
  escalations: z.array(
    z.strictObject({
      id: z.string(),
      openedAt: z.number(),
      because: z.enum(["exhausted", "outerLimit", "unrecoverable", "probeFailed"]),
      cause: Cause.nullable(),
      toParent: z.boolean(),
      acknowledgedBy: z.string().nullable(),
    }),
  ),
  /** The restart of a group that had not happened. */
  pending: StoredGroup.nullable(),
  starts: StoredStarts,
  /** Static children that are no part of it any more: deleted, detached, or temporary and done. */
  gone: z.array(z.string()),
  /** In the order of their start. */
  children: z.array(PersistedChild),
});
export type PersistedTree = z.infer<typeof PersistedTree>;
export const treeFormat: PersistedTree["format"] = format;

/** Throws `invalid_snapshot`, saying what is wrong with it. */
export function checkPersisted(given: unknown): PersistedTree {
  const other = z.looseObject({ format: z.string() }).safeParse(given);
  if (other.success && other.data.format !== format) {
    throw refused(
      `it has the format "${other.data.format}", and this version of homeostat reads "${format}"`,
      "open it with the version of homeostat that wrote it",
    );
  }
  const parsed = PersistedTree.safeParse(given);
  if (parsed.success) return parsed.data;
  throw refused(
    `it is none of a tree:\n${z.prettifyError(parsed.error)}\n`,
    "store what persist() returns, as it is",
  );
}

export const refused = (what: string, toDo: string): HomeostatError =>
  new HomeostatError("invalid_snapshot", `the snapshot is refused: ${what}; ${toDo}`);
