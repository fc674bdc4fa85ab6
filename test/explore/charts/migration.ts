import { assign, type AnyStateMachine } from "xstate";
import { migrationMachine, type MigrationContext } from "../../../machines/migration.ts";
import type { Mutant } from "../../../src/explore/index.ts";
import { rewired } from "../support/rewired.ts";

export { explore } from "../../../machines/migration/explore.ts";
export { migrationMachine };

const broken = (name: string, change: object): Mutant => ({
  name,
  machine: migrationMachine.provide(change) as AnyStateMachine,
});

export const mutants: readonly Mutant[] = [
  broken("the target owns the agent from the start", { actions: { start: assign({ owner: "target" }) } }),
  broken("a commit in doubt is nobody's business", { actions: { doubtCommit: () => {} } }),
  broken("retries are not bounded", {
    actions: {
      beginAttempt: assign(({ context: { recovery } }: { context: MigrationContext }) => ({
        recovery: { ...recovery, pending: recovery.pending && { ...recovery.pending, retryCount: 5 } },
      })),
    },
  }),
  {
    name: "the source gets back what was committed",
    machine: rewired(migrationMachine, ({ states }) => {
      const committed = states?.["committed"];
      if (committed !== undefined) committed.entry = assign({ owner: "source" });
    }),
  },
  {
    name: "a commit can be cancelled",
    machine: rewired(migrationMachine, ({ states }) => {
      const committing = states?.["committing"];
      if (committing !== undefined) committing.on = { "migration.cancel": "cancelled" };
    }),
  },
  {
    name: "a commit has no deadline",
    machine: rewired(migrationMachine, ({ states }) => delete states?.["committing"]?.after),
  },
];
