import type { AnyActorRef, AnyStateMachine } from "xstate";
import * as z from "zod";
import type { EventProblem } from "../core/events.ts";
import { type Failure, HomeostatError } from "../core/errors.ts";

/** An event that a guarded chart did not take: the data of an `invalid_event`. */
export interface RefusedEvent extends Failure {
  readonly code: "invalid_event";
  readonly type: string;
  readonly problems: readonly EventProblem[];
}

export interface GuardedOptions {
  /** Called while `actor` handles the event; what it throws ends the actor, as it would in an action. */
  readonly onRefused: (refused: RefusedEvent, actor: AnyActorRef) => void;
}

/**
 * `machine`, except that an event whose payload does not fit its schema in `machine.schemas.events` is refused: it is
 * reported with path and reason and changes nothing. One that fits reaches the chart as its schema has it: with
 * defaults, without keys that the schema does not know. Events of other types pass, XState's own among them.
 *
 * Throws `not_provided` for a machine that has no zod object for each of `schemas.events`.
 */
export function guarded<M extends AnyStateMachine>(machine: M, options: GuardedOptions): M {
  return guard(machine, compile(machine), options);
}

/** The part of XState's actor scope that is used here. */
interface Scope {
  readonly self: AnyActorRef;
}
type Parsers = ReadonlyMap<string, z.ZodObject>;

function guard<M extends AnyStateMachine>(machine: M, parsers: Parsers, options: GuardedOptions): M {
  const wrapped = Object.create(machine) as M;
  wrapped.transition = (snapshot, event, scope) => {
    const parsed = parsers.get(event.type)?.safeParse(event);
    if (parsed === undefined) return machine.transition(snapshot, event, scope);
    if (parsed.success) return machine.transition(snapshot, parsed.data as typeof event, scope);
    options.onRefused(refusal(machine.id, event.type, parsed.error), (scope as Scope).self);
    return snapshot;
  };
  // Otherwise a host that provides implementations afterwards would lose the guard without a word.
  wrapped.provide = (implementations) => guard(machine.provide(implementations) as M, parsers, options);
  return wrapped;
}

/** By type: the whole event, of which the schemas describe the payload. */
function compile({ id, schemas }: AnyStateMachine): Parsers {
  const events = Object.entries((schemas as { events?: Record<string, unknown> } | undefined)?.events ?? {});
  const parsers = events.flatMap(([type, schema]) =>
    schema instanceof z.ZodObject ? [[type, schema.safeExtend({ type: z.literal(type) })] as const] : [],
  );
  if (parsers.length > 0 && parsers.length === events.length) return new Map(parsers);
  throw new HomeostatError(
    "not_provided",
    `the chart "${id}" cannot be guarded: it needs setup({ schemas: { events } }) with a zod object for each event`,
  );
}

function refusal(chart: string, type: string, { issues }: z.ZodError): RefusedEvent {
  const problems = issues.map(({ path, message }) => ({ path: z.core.toDotPath(path), reason: message }));
  const list = problems.map(({ path, reason }) => (path === "" ? reason : `${path}: ${reason}`)).join("; ");
  const message = `"${chart}" refused the event "${type}", which does not fit its schema: ${list}`;
  return { code: "invalid_event", message, type, problems };
}
