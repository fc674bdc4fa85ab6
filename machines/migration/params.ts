/** Where the parameters of guards and actions come from. */
import { toFailure } from "../../src/core/errors.ts";
import type { Phase, PortFailure, portOfPhase, PortOutput } from "../../src/core/migration.ts";
import type { At } from "./move.ts";
import type { MigrationContext, MigrationEvent } from "./schemas.ts";

export interface In {
  readonly context: MigrationContext;
}
type OutputOf<P extends Phase> = PortOutput<(typeof portOfPhase)[P]>;
export interface Ended<P extends Phase, O> {
  readonly phase: P;
  readonly output: O;
}

/** The event itself. */
export const given = <E extends MigrationEvent>({ event }: { event: E }): E => event;
/** A timer is taken to fire exactly at its deadline. */
export const onTime = ({ context }: In): At => ({ at: context.deadline ?? context.at });
/** An instant after the last event. */
export const atOnce = ({ context }: In): At => ({ at: context.at });

export const outputOf =
  <P extends Phase>(phase: P) =>
  ({ event }: { event: { output: OutputOf<P> } }): Ended<P, OutputOf<P>> => ({ phase, output: event.output });

export const thrownBy =
  <P extends Phase>(phase: P) =>
  ({ context, event }: In & { event: { error: unknown } }): Ended<P, PortFailure & At> => ({
    phase,
    output: {
      outcome: "failed",
      errorType: "Unknown",
      message: toFailure(event.error).message,
      at: context.at,
    },
  });

export const timeoutOf =
  <P extends Phase>(phase: P) =>
  ({ context }: In): Ended<P, PortFailure & At> => ({
    phase,
    output: {
      outcome: "failed",
      errorType: "Timeout",
      message: `${phase} took too long: expected an end within ${context.policy.limits[phase]} ms`,
      ...onTime({ context }),
    },
  });
