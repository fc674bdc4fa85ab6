/**
 * The actors of a migration chart from a host's ports.
 *
 * @module
 */
import type { PromiseActorLogic } from "xstate";
import { fromPort } from "../../machines/actors.ts";
import { toFailure } from "../core/errors.ts";
import {
  type MigrationPorts,
  PortFailure,
  type PortInput,
  type PortName,
  type PortOutput,
  portResults,
  PortUnknown,
} from "../core/migration.ts";
import type { Clock } from "./clock.ts";

type MigrationActors = { readonly [P in PortName]: PromiseActorLogic<PortOutput<P>, PortInput<P>> };

/**
 * What `migrationMachine.provide({ actors })` takes. Each actor runs its port once, checks the answer against its
 * schema, and says when it came; a port that throws has `failed`, a commit that throws is `unknown`.
 */
export function migrationActors(ports: MigrationPorts, clock: Pick<Clock, "now">): MigrationActors {
  const actor = <P extends PortName>(name: P): PromiseActorLogic<PortOutput<P>, PortInput<P>> =>
    fromPort(async (input, signal) => {
      const answer = await answerOf(name, () => ports[name](input, signal));
      // `answerOf` checked it against the schema of `name`, which the compiler cannot follow.
      return { ...answer, at: clock.now() } as PortOutput<P>;
    });
  return {
    chooseTarget: actor("chooseTarget"),
    checkCompatibility: actor("checkCompatibility"),
    capture: actor("capture"),
    transfer: actor("transfer"),
    validate: actor("validate"),
    restore: actor("restore"),
    commit: actor("commit"),
    settleCommit: actor("settleCommit"),
    discard: actor("discard"),
    inspectSnapshot: actor("inspectSnapshot"),
    rollback: actor("rollback"),
  };
}

async function answerOf(name: PortName, call: () => Promise<unknown>): Promise<object> {
  try {
    return portResults[name]
      .or(PortFailure)
      .or(PortUnknown)
      .parse(await call());
  } catch (thrown) {
    const { message } = toFailure(thrown);
    // An answer that makes no sense says as little about a commit as none.
    return name === "commit"
      ? { outcome: "unknown", message }
      : { outcome: "failed", errorType: "Unknown", message };
  }
}
