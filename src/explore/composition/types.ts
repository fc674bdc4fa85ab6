/** What a composition is made of, and what its exploration gives. */
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from "xstate";
import type { ExploreOptions } from "../explorer/types.ts";

export interface ComponentOptions extends Pick<
  ExploreOptions,
  "input" | "events" | "outcomes" | "abstract" | "ignore" | "ignoreChildren" | "timers"
> {
  readonly machine: AnyStateMachine;
  /** Not there until another component starts an actor of its name. */
  readonly isSpawned?: boolean;
  /** The component that what it emits, and its end, is told to. */
  readonly parent?: string;
  /** To whom an event goes that it emits; its parent by default. */
  readonly emitsTo?: (event: AnyEventObject) => string | null;
  /** An event as others get it from the component `from`; `null`: they do not. */
  readonly send?: (event: AnyEventObject, from: string) => AnyEventObject | null;
  /** A message as it takes it, for instance with an instant of its own clock. */
  readonly receive?: (event: AnyEventObject, snapshot: AnyMachineSnapshot) => AnyEventObject;
}

/** Components that are alike: a state in which two of them have changed places is the same state. */
export interface Symmetry {
  readonly among: readonly string[];
  /** A string of a state or a message with the names of `among` changed as `to` says. */
  readonly rename: (text: string, to: (name: string) => string) => string;
  /** What another component's state says of one of them; orders them, so that it must not name it. */
  readonly view: (snapshot: AnyMachineSnapshot, name: string) => unknown;
}

/** The components of which a property speaks; `null`: it is not there. */
export type Snapshots = Readonly<Record<string, AnyMachineSnapshot | null>>;
type Predicate = (snapshots: Snapshots) => boolean;

export type ComposedProperty = {
  readonly name: string;
  /** The components whose states it looks at: it is asked once for each combination of those. */
  readonly about: readonly string[];
} &
  /** `onceDelivered`: only in states in which no message is on its way. */
  (
    | { readonly kind: "always"; readonly holds: Predicate; readonly onceDelivered?: boolean }
    | { readonly kind: "sometimes"; readonly holds: Predicate }
    /** Under the fairness of {@link CompositionOptions.fair} and {@link CompositionOptions.stronglyFair}. */
    | { readonly kind: "leadsTo"; readonly from: Predicate; readonly to: Predicate }
  );

export interface CompositionOptions {
  readonly components: Readonly<Record<string, ComponentOptions>>;
  /** Messages that a component's mailbox holds at most, for all or by name. */
  readonly mailbox: number | Readonly<Record<string, number>>;
  /**
   * `report`: a send to a full mailbox is not explored further, and nothing is proven. `wait`: a step that sends there is
   * not possible before there is room; what may come next is said to be all there is. A run that has to wait for ever is no
   * counterexample.
   */
  readonly whenFull?: "report" | "wait";
  /**
   * `any`: a message may take any time. `first`: nothing else happens while one is on its way, as between XState's actors
   * of one process, which hand on all that they send before the next timer fires or the next event comes in.
   */
  readonly delivery?: "any" | "first";
  readonly symmetry?: Symmetry;
  readonly properties?: readonly ComposedProperty[];
  /** Actions that are not put off for ever: `deliveries`, `timers`, or one such as `p0: ready`. Default: the first two. */
  readonly fair?: readonly string[];
  /** Actions that are taken again and again if they are possible again and again, as {@link fair}. Default: none. */
  readonly stronglyFair?: readonly string[];
  readonly maxStates?: number;
  readonly maxSeconds?: number;
}

export interface ComposedResult {
  readonly name: string;
  readonly kind: ComposedProperty["kind"];
  /** `refused`: it is about for ever, and states were taken for one by symmetry. */
  readonly verdict: "holds" | "violated" | "unproven" | "vacuous" | "refused";
  /** Actions from the beginning on; of what goes on for ever up to where it begins. */
  readonly path: readonly string[] | null;
  /** Of what goes on for ever: the actions that are repeated; empty: nothing happens any more. */
  readonly loop: readonly string[] | null;
}

export interface Composed {
  readonly states: number;
  readonly edges: number;
  readonly complete: boolean;
  /** `mailbox`: all was explored, but for what follows from sends that found a mailbox full. */
  readonly stoppedBy: "states" | "time" | "mailbox" | null;
  /** Steps that found a mailbox full. */
  readonly overflows: number;
  /** States in which every step waits for room in a mailbox: the system itself would go on, see `whenFull`. */
  readonly jammed: number;
  /** Steps that XState ran. */
  readonly runs: number;
  /** Components to which one step sends more than their mailboxes hold. */
  readonly tooSmall: readonly string[];
  /** What components threw. */
  readonly errors: readonly string[];
  readonly properties: readonly ComposedResult[];
  readonly bytes: number;
}
