/**
 * What a system has to offer to be tested: something that can be created, told of events, and looked at.
 *
 * `create`, `send`, `read`, `states`, `advance` and `dispose` have the shape that `@xstate/test` 2 asks for; an adapter
 * that was written for it serves here.
 *
 * @see https://github.com/statelyai/xstate/releases/tag/@xstate%2Ftest@2.0.0-alpha.1
 * @module
 */
import type { AnyEventObject } from "xstate";
import type { Outcome } from "../explore/world.ts";
import type { Observation } from "./observation.ts";

/** A system under test. */
export interface Sut<Session extends SutSession = SutSession> {
  /** In titles; needed only where several systems are tested by one suite. */
  readonly name?: string;
  /** One that nothing has happened to yet. `input`: what the machine was started with. */
  create(input: unknown): Session | Promise<Session>;
  /**
   * What `read` has to give in a state of the machine. Not given: the keys of {@link Observation} that `read` has, and of
   * the context those that it has.
   */
  projectModel?(expected: Observation): unknown;
}

export interface SutSession {
  send(event: AnyEventObject): unknown;
  /** What can be seen of it; any part of {@link Observation}, or what `projectModel` gives. Not given: nothing is compared. */
  read?(): unknown;
  /** Assertions by state, `a.b` below `a`; called in every state that is active after a step. */
  readonly states?: Readonly<Record<string, (expected: Observation) => unknown>>;
  /** Lets so many milliseconds pass; without it, suites of machines with timers cannot be run. */
  advance?(ms: number): unknown;
  /**
   * Lets the actor of this id end, or the promise that it stands for; `outcome` may be late, then nothing may happen. Not
   * given: it is sent as the event that XState would send.
   */
  settle?(actor: string, outcome: Outcome): unknown;
  dispose?(): unknown;
}
