/** What an exploration is given, tells and gives back. */
import type { Coverage } from "../coverage.ts";
import type { Effect, Stepper, Transition } from "../stepper.ts";
import type { World } from "../world.ts";
import type { Divergence } from "./divergence.ts";
import type { Finding } from "./findings.ts";
import type { Label, StateGraph } from "./graph.ts";
import type { Abstraction } from "./keys.ts";
import type { EventCases, OutcomeCases, Stimuli } from "./stimuli.ts";

export interface ExploreOptions {
  /** What the machine is started with; the plainest that fits `machine.schemas.input` when it is not given. */
  readonly input?: unknown;
  readonly events?: EventCases;
  readonly outcomes?: OutcomeCases;
  /** What stands for the context in a state's key, for contexts that would never end. */
  readonly abstract?: Abstraction;
  /** Context keys on which nothing depends. */
  readonly ignore?: readonly string[];
  /** Leave the actors that are there out of a state's key: the abstraction says enough of them. */
  readonly ignoreChildren?: boolean;
  /**
   * `ordered`: a timer waits for those that were armed before it with no longer delay. `free`: any may fire, as where
   * delays are only placeholders.
   */
  readonly timers?: "ordered" | "free";
  /**
   * `order`, the default: of a timer it is known only which others come before it. `zones`: as `timers: "ordered"`, and
   * with how long each may have been running, so that none fires that could not be the next; a path may still ask for
   * clock values that it does not bring about itself.
   */
  readonly time?: "order" | "zones";
  /** Repeat steps and compare states to see whether the result can be trusted; true by default. */
  readonly verify?: boolean;
  /** Table steps by what they read of the context, where that is possible; true by default. */
  readonly tabled?: boolean;
  /** At most so many states; 100,000 by default. */
  readonly maxStates?: number;
  /** At most so long; a minute by default. */
  readonly maxSeconds?: number;
}

export const defaultBudget = { maxStates: 100_000, maxSeconds: 60 } as const;

export const isAbstract = ({ abstract, ignore, ignoreChildren }: ExploreOptions): boolean =>
  abstract !== undefined || ignore !== undefined || ignoreChildren === true;

/** Told of everything while it is found; what it keeps is its own. */
export interface ExploreObserver {
  /** Every world that is reached, also one that counts as a known state. `edge`: -1 for the initial one. */
  onWorld?(world: World, edge: number): void;
  onEdge?(edge: ReachedEdge): void;
}

export interface ReachedEdge {
  readonly edge: number;
  readonly before: World;
  readonly after: World;
  readonly label: Label;
  readonly effects: readonly Effect[];
  readonly taken: readonly Transition[];
}

export interface Exploration {
  readonly stepper: Stepper;
  readonly graph: StateGraph;
  readonly coverage: Coverage;
  readonly stimuli: Stimuli;
  /** All states and edges are there. */
  readonly complete: boolean;
  /** Why it is not complete. */
  readonly stoppedBy: "states" | "time" | "finding" | null;
  readonly findings: readonly Finding[];
  /** Only where a budget ended it. */
  readonly diverging: readonly Divergence[];
  /** Stimuli that changed nothing and took no transition. */
  readonly ignored: number;
}
