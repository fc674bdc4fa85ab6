/**
 * Snapshots at rest: what XState persists, with what it leaves out: whose it is, of which version, from when. XState
 * drops a child it does not know without a word, takes a state it does not know for a crash, and changes the object it
 * restores from; here all of that is refused or copied.
 *
 * @module
 */
import { type AnyStateMachine, isMachineSnapshot, type Snapshot } from "xstate";
import * as z from "zod";
import { HomeostatError } from "../core/errors.ts";
import { EpochMs } from "../core/time.ts";
import { problemOf } from "./envelope/check.ts";
import { asJson } from "./envelope/json.ts";
import { PersistedSnapshot } from "./envelope/schemas.ts";

const format = "homeostat.snapshot/1";

/** JSON, whatever it is stored in. */
export const SnapshotEnvelope = z.object({
  format: z.literal(format),
  machineId: z.string(),
  machineVersion: z.string(),
  takenAt: EpochMs,
  /** What XState persists, children and all. */
  snapshot: PersistedSnapshot,
});
export type SnapshotEnvelope = z.infer<typeof SnapshotEnvelope>;

/**
 * `snapshot` of `machine`, live or persisted, ready to be stored; shares nothing with the actor. Errors in it become
 * `{ name, message, code, cause }`.
 *
 * Throws `invalid_snapshot` for what {@link openSnapshot} would refuse, and for what JSON cannot hold.
 */
export function wrapSnapshot(
  machine: AnyStateMachine,
  snapshot: Snapshot<unknown>,
  { takenAt }: { readonly takenAt: EpochMs },
): SnapshotEnvelope {
  return check(machine, {
    format,
    machineId: machine.id,
    machineVersion: versionOf(machine),
    takenAt,
    snapshot: asJson(isMachineSnapshot(snapshot) ? persist(machine, snapshot) : snapshot),
  });
}

/** Takes a snapshot of one version of a chart to a later one; gets a copy of its own. */
export interface SnapshotMigration {
  readonly machineId: string;
  readonly from: string;
  readonly to: string;
  readonly up: (snapshot: PersistedSnapshot) => unknown;
}

/**
 * The snapshot in `envelope`, for `createActor(machine, { snapshot })`: a copy, which XState may change. One of an older
 * version goes through `migrations` first, step by step.
 *
 * Throws `invalid_snapshot` when `envelope` is none, or its snapshot is of another machine or version, is over, is in a
 * state that the chart does not have, has a child that the chart cannot run, or a context that does not fit its schema.
 */
export function openSnapshot(
  machine: AnyStateMachine,
  envelope: unknown,
  { migrations = [] }: { readonly migrations?: readonly SnapshotMigration[] } = {},
): Snapshot<unknown> {
  const snapshot: unknown = structuredClone(check(machine, envelope, migrations).snapshot);
  return snapshot as Snapshot<unknown>;
}

function check(
  machine: AnyStateMachine,
  envelope: unknown,
  migrations: readonly SnapshotMigration[] = [],
): SnapshotEnvelope {
  const version = versionOf(machine);
  const header = z.looseObject({ format: z.unknown() }).safeParse(envelope);
  if (header.success && typeof header.data.format === "string" && header.data.format !== format) {
    throw refused(
      `it has the format "${header.data.format}", and this version of homeostat reads "${format}"`,
      "open it with the version of homeostat that wrote it",
    );
  }
  const parsed = SnapshotEnvelope.safeParse(envelope);
  if (!parsed.success) {
    throw refused(
      `it is no envelope of a snapshot:\n${z.prettifyError(parsed.error)}\n`,
      "store what wrapSnapshot() returns, as it is",
    );
  }
  const { machineId, machineVersion, snapshot } = migrated(parsed.data, machine, migrations);
  if (machineId !== machine.id) {
    throw refused(
      `it is of the chart "${machineId}", not of "${machine.id}"`,
      `open it with the chart "${machineId}"`,
    );
  }
  if (machineVersion !== version) {
    const isNewer = machineVersion.localeCompare(version, "en", { numeric: true }) > 0;
    throw refused(
      `it is of version ${machineVersion} of the chart "${machine.id}", which is version ${version} here`,
      isNewer ? "update to a release that has that version" : "start the chart anew: nothing migrates it",
    );
  }
  const problem = problemOf(machine, snapshot);
  if (problem !== null) throw refused(problem.what, problem.toDo);
  return { ...parsed.data, machineVersion, snapshot };
}

/** As far as `migrations` lead; each is taken at most once. */
function migrated(
  envelope: SnapshotEnvelope,
  machine: AnyStateMachine,
  migrations: readonly SnapshotMigration[],
): SnapshotEnvelope {
  const { machineId, machineVersion, snapshot } = envelope;
  const { id, version } = machine;
  if (machineId !== id || machineVersion === version) return envelope;
  const step = migrations.find((it) => it.machineId === id && it.from === machineVersion);
  if (step === undefined) return envelope;
  const parsed = PersistedSnapshot.safeParse(step.up(structuredClone(snapshot)));
  if (!parsed.success) {
    const what = `the migration from version ${step.from} to ${step.to} of the chart "${id}" gives no snapshot`;
    throw refused(`${what}:\n${z.prettifyError(parsed.error)}\n`, "mend the migration");
  }
  const next = { ...envelope, machineVersion: step.to, snapshot: parsed.data };
  return migrated(
    next,
    machine,
    migrations.filter((it) => it !== step),
  );
}

function persist(machine: AnyStateMachine, snapshot: Snapshot<unknown>): unknown {
  try {
    return machine.getPersistedSnapshot(snapshot as Parameters<typeof machine.getPersistedSnapshot>[0]);
  } catch (error) {
    // XState's development build refuses what its production build stores as a child that cannot be restored.
    throw refused(
      `XState cannot persist it: ${error instanceof Error ? error.message : String(error)}`,
      "name every child's logic in setup({ actors })",
    );
  }
}

function versionOf({ id, version }: AnyStateMachine): string {
  if (version !== undefined) return version;
  throw refused(`the chart "${id}" has no version`, 'give it one: createMachine({ version: "1", … })');
}

const refused = (what: string, toDo: string): HomeostatError =>
  new HomeostatError("invalid_snapshot", `the snapshot is refused: ${what}; ${toDo}`);
