/**
 * The seam between a chart and its host.
 *
 * - A chart names the actors it needs and defaults each to {@link notProvided}; a host fills it with {@link fromPort}.
 * - A chart reports with {@link tell}: as an emitted event, and to its parent when it has one, so that the same chart
 *   runs alone, in a host's machine, or under the supervisor.
 *
 * @module
 */
import {
  type AnyActorRef,
  type CallbackActorLogic,
  type EventObject,
  fromCallback,
  fromPromise,
  type NonReducibleUnknown,
  type PromiseActorLogic,
} from "xstate";
import { HomeostatError } from "../src/core/errors.ts";

/** Fails when it is started, with the name of what the host has to provide: nothing pretends. */
export function notProvided<Output, Input>(name: string): PromiseActorLogic<Output, Input> {
  return fromPromise<Output, Input>(() => Promise.reject(missing(name)));
}

/** The same, for an actor that lives on and exchanges events. */
export function notProvidedCallback<Event extends EventObject, Input extends NonReducibleUnknown>(
  name: string,
): CallbackActorLogic<Event, Input> {
  return fromCallback<Event, Input>(() => {
    throw missing(name);
  });
}

const missing = (name: string): HomeostatError =>
  new HomeostatError(
    "not_provided",
    `this chart needs "${name}"; give it with machine.provide({ actors: { ${name} } })`,
  );

/** An actor that runs a port once: its output is the port's, its AbortSignal fires when the actor is stopped. */
export function fromPort<Input, Output>(
  port: (input: Input, signal: AbortSignal) => Promise<Output>,
): PromiseActorLogic<Output, Input> {
  return fromPromise<Output, Input>(({ input, signal }) => port(input, signal));
}

/** What {@link tell} needs of the arguments of an `enqueueActions` action. */
interface Telling<E extends EventObject> {
  readonly self: AnyActorRef;
  readonly enqueue: {
    emit(event: E): void;
    sendTo(target: AnyActorRef, event: E | Enveloped<E>): void;
  };
}

/** A report as a parent gets it from a chart whose reports have names that other charts use too. */
export interface Enveloped<E extends EventObject> {
  readonly type: string;
  readonly report: E;
}

/**
 * Emits `event`, and sends it to the parent if there is one; to be called inside `enqueueActions`. With `envelope` the
 * parent gets it as the `report` of an event of that type, and cannot take it for another chart's.
 */
export function tell<E extends EventObject>(
  { enqueue, self }: Telling<E>,
  event: E,
  envelope?: string,
): void {
  enqueue.emit(event);
  // `sendParent` throws in a root actor, and an actor cannot ask for its parent in any other way.
  const parent = self._parent;
  if (parent === undefined) return;
  enqueue.sendTo(parent, envelope === undefined ? event : { type: envelope, report: event });
}
