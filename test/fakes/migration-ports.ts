import type { MigrationPorts } from "../../src/core/migration.ts";
import { good } from "../machines/migration/driver.ts";
import type { MigrationWorld } from "./migration-world.ts";

/** Ports that do in `world` what they are for. */
export function portsOf(world: MigrationWorld, change: Partial<MigrationPorts> = {}): MigrationPorts {
  return {
    chooseTarget: () => Promise.resolve(good.chooseTarget),
    checkCompatibility: () => Promise.resolve(good.checkCompatibility),
    capture: () => Promise.resolve({ ...good.capture, digest: world.capture() }),
    transfer: ({ target }) => Promise.resolve(world.transfer(target)).then(() => good.transfer),
    validate: ({ target }) => Promise.resolve({ outcome: "done", digest: world.digestAt(target) }),
    restore: ({ target }) => Promise.resolve(world.restore(target)).then(() => ({ outcome: "done" })),
    commit: ({ target, attempt }) =>
      Promise.resolve(world.commit(target, attempt)).then(() => ({ outcome: "done" })),
    settleCommit: ({ target, attempt }) =>
      Promise.resolve({ outcome: "done", committed: world.settleCommit(target, attempt) }),
    discard: ({ target }) => Promise.resolve(world.discard(target)).then(() => good.discard),
    inspectSnapshot: () => Promise.resolve({ outcome: "done", digest: world.digestOfSnapshot() }),
    rollback: ({ target }) => Promise.resolve({ outcome: "done", digest: world.rollback(target) }),
    ...change,
  };
}
