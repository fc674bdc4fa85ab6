/** What a host gives to a mover, and what it gets. */
import type * as z from "zod";
import type { DrainPlan, DrainPolicy, DrainUnit, DrainWait } from "../../core/drain.ts";
import type { MigrationOptions, Supervisor } from "../api.ts";
import type { Clock } from "../clock.ts";

/** The part of a supervisor that moves agents. */
export type Moving = Pick<Supervisor, "migrate" | "on" | "health">;

export interface MoverOptions {
  /** After a move an agent stays where it is for so long (default 0). */
  readonly cooldownMs?: number;
  /** That of the supervisor; default: the host's clock. */
  readonly clock?: Clock;
}

export type MoveOutcome =
  | { readonly outcome: "moved"; readonly target: string | null }
  /** its source runs it, with its own state */
  | { readonly outcome: "rolledBack" | "cancelled" }
  /** a person said who runs it now */
  | { readonly outcome: "resolved"; readonly owner: "source" | "target" }
  /** it waits for a person; nothing is lost */
  | { readonly outcome: "stuck"; readonly cause: string; readonly message: string }
  /** nothing was begun */
  | {
      readonly outcome: "refused";
      readonly reason: "onTheMove" | "coolingDown";
      /** `null`: when the move that is under way has ended. */
      readonly retryAfterMs: number | null;
    }
  | { readonly outcome: "supervisorStopped" };

export interface Mover {
  /** Moves an agent, and tells how that ended. Rejects with what `supervisor.migrate` throws. */
  move(agent: string, options: MigrationOptions): Promise<MoveOutcome>;
  /** Moves everything away from a node, as far as that is possible. */
  drain(request: DrainRequest): Promise<DrainReport>;
}

export interface DrainRequest {
  readonly node: string;
  /** All units, of all nodes, as they are now; asked for before each step. A unit's id is that of its agent. */
  readonly units: () => readonly z.input<typeof DrainUnit>[];
  readonly policy?: z.input<typeof DrainPolicy>;
  /** How a unit is moved; default: from the node to a target that the ports choose. */
  readonly optionsFor?: (unit: DrainUnit) => MigrationOptions;
  /** For `order: "makeBeforeBreak"`. */
  readonly replacement?: ReplacementPorts;
  /** From now until batch work is no longer waited for; default: it is waited for. */
  readonly batchDeadlineMs?: number;
  /** How often `units` is asked for while it waits for something that only they tell (default 1,000). */
  readonly lookEveryMs?: number;
  /** Begins nothing more once it has aborted; what is under way is awaited. */
  readonly signal?: AbortSignal;
}

/** Both reject when it cannot be done; the unit then goes on as it is. */
export interface ReplacementPorts {
  /** Starts what takes the unit's place on another node; `units` tells when it is healthy. */
  readonly start: (unit: DrainUnit) => Promise<void>;
  /** Stops the unit. */
  readonly retire: (unit: DrainUnit) => Promise<void>;
}

export interface DrainReport {
  /** Nothing is left on the node but system units. */
  readonly drained: boolean;
  readonly moved: readonly string[];
  /** What stays because its move did not succeed. */
  readonly failed: readonly { readonly unit: string; readonly because: MoveOutcome | string }[];
  readonly refused: DrainPlan["refused"];
  /** What was still waited for when the drain was called off. */
  readonly waiting: readonly DrainWait[];
}
