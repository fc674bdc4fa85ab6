/** What each phase's port is called with. */
import { HomeostatError } from "../../src/core/errors.ts";
import { openAttemptOf, type PortInput } from "../../src/core/migration.ts";
import type { MigrationContext } from "./schemas.ts";

export interface Args {
  readonly context: MigrationContext;
}

const subject = ({ context: { migration, agent, source, recovery } }: Args): PortInput<"capture"> => ({
  migration,
  agent,
  source,
  attempt: openAttemptOf(recovery)?.id ?? 0,
});

const moved = (args: Args): PortInput<"transfer"> => ({
  ...subject(args),
  target: known(args.context.target, "target"),
  snapshot: known(args.context.snapshot, "snapshot"),
});

export const portInput = {
  chooseTarget: (args: Args): PortInput<"chooseTarget"> => ({
    ...subject(args),
    excluded: args.context.failedTargets,
  }),
  checkCompatibility: (args: Args): PortInput<"checkCompatibility"> => ({
    ...subject(args),
    target: known(args.context.target, "target"),
  }),
  capture: subject,
  transfer: moved,
  validate: moved,
  restore: moved,
  commit: moved,
  settleCommit: moved,
  discard: (args: Args): PortInput<"discard"> => ({
    ...subject(args),
    target: known(args.context.touchedTarget, "touchedTarget"),
  }),
  inspectSnapshot: (args: Args): PortInput<"inspectSnapshot"> => ({
    ...subject(args),
    snapshot: known(args.context.snapshot, "snapshot"),
  }),
  rollback: (args: Args): PortInput<"rollback"> => ({
    ...subject(args),
    target: args.context.touchedTarget,
    snapshot: args.context.snapshot,
  }),
} as const;

function known<T>(value: T | null, name: string): T {
  if (value !== null) return value;
  throw new HomeostatError("internal", `the migration chart entered a phase without its ${name}`);
}
