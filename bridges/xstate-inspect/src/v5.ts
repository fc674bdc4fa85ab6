/**
 * What is read of XState 5, as far as this package needs it: it has only XState 4 at its side.
 *
 * @module
 */

/** An event of XState 5. */
export interface EventLike {
  readonly type: string;
}

/** A machine's configuration, read as data: whatever is in it. */
export type ConfigLike = Readonly<Record<string, unknown>>;

interface LogicLike {
  readonly config?: ConfigLike;
  readonly getStateNodeById?: unknown;
}

export interface SnapshotLike {
  readonly status: string;
  readonly value?: unknown;
  readonly context?: unknown;
  readonly tags?: Iterable<string>;
}

export interface ActorLike {
  readonly id: string;
  readonly sessionId: string;
  readonly logic?: LogicLike;
  readonly _parent?: { readonly sessionId: string } | undefined;
  send(event: EventLike): void;
}

/**
 * An inspection event, as `createActor(logic, { inspect })` hands it out.
 *
 * @see https://stately.ai/docs/inspection
 */
export interface InspectionLike {
  readonly type: string;
  readonly actorRef: unknown;
  readonly event?: unknown;
  readonly snapshot?: unknown;
}

/** The configuration of a machine; `null` for logic that is none (a promise has a `config`, too). */
export function machineConfig(actor: ActorLike): ConfigLike | null {
  const { logic } = actor;
  return typeof logic?.getStateNodeById === "function" ? (logic.config ?? null) : null;
}
