/**
 * Every state that a machine can be in, breadth first, within a budget of states and of time.
 *
 * Real timers and actors are not run: a timer fires when it is armed and no other one has to be first, an actor ends as
 * its cases say, and a throw is a finding, not an end.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import { exploreDirectly } from "./explorer/direct.ts";
import { Session } from "./explorer/session.ts";
import { exploreByTable } from "./explorer/tabled.ts";
import { exploreZones } from "./explorer/zoned.ts";
import type { Exploration, ExploreObserver, ExploreOptions } from "./explorer/types.ts";

export type { Exploration, ExploreObserver, ExploreOptions, ReachedEdge } from "./explorer/types.ts";

/**
 * Never throws for what the machine does, and never hangs but in a guard or an assign that does.
 *
 * Steps are tabled by the context keys that they read where the machine allows it, so that XState runs each kind of step
 * once; else, and where states are taken for one by an abstraction, every step is run.
 */
export function explore(
  machine: AnyStateMachine,
  options: ExploreOptions = {},
  observer: ExploreObserver = {},
): Exploration {
  if (options.time === "zones") return exploreZones(new Session(machine, options, observer));
  const tabled = options.tabled === false ? null : exploreByTable(machine, options, observer);
  return tabled ?? exploreDirectly(new Session(machine, options, observer));
}
