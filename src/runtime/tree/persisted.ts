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

const format = "homeostat.tree/1";

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

const PersistedChild = z.strictObject({
  id: z.string(),
  state: z.enum(["running", "restarting", "stopping", "stopped", "quarantined"]),
  incarnation: z.int().nonnegative(),
  startedAt: MonotonicMs,
  times: z.array(MonotonicMs),
  attempt: z.int().nonnegative(),
  lastCause: Cause.nullable(),
  /** Of its restart or its stop. */
  dueAt: MonotonicMs.nullable(),
  /** What it was made of, beside the template; `null`: it is no instance of a pool. */
  instance: z
    .strictObject({ input: z.json().optional(), systemId: z.string().optional() })
    .nullable()
    .default(null),
  actor: StoredActor,
});
export type PersistedChild = z.infer<typeof PersistedChild>;

export const PersistedTree = z.strictObject({
  format: z.literal(format),
  takenAt: ClockReading,
  /** Restarts that count, where all children share the limit. */
  times: z.array(MonotonicMs),
  /** Instances of the template so far. */
  instances: z.int().nonnegative(),
  /** Children whose quarantine nobody has dealt with. */
  escalations: z.array(z.string()),
  /** The restart of a group that had not happened. */
  pending: z.strictObject({ members: z.array(z.string()), dueAt: MonotonicMs }).nullable(),
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
