import { type Exploration, explore } from "../../../src/explore/index.ts";
import { createKeys } from "../../../src/explore/explorer/keys.ts";
import { externalEvents, randomMachine } from "./random-machine.ts";
import { exploreTicks, type Reached } from "./ticks.ts";

/** In the words of the ticks. */
export function reachedBy({ graph }: Exploration): Reached {
  const keys = createKeys({ timed: false });
  const bare = (state: number): string => keys.of({ ...graph.world(state), timers: [] });
  const edges = Array.from({ length: graph.edges }, (_, edge) => graph.edge(edge));
  return {
    states: graph.states,
    configurations: new Set(Array.from({ length: graph.states }, (_, state) => bare(state))),
    firings: new Set(
      edges.flatMap(({ from, label }) =>
        label.kind === "timer" ? [`${bare(from)} ${label.timerEvent}`] : [],
      ),
    ),
  };
}

/**
 * `null`: zones reach what time in small steps reaches, in no more states. `"not compared"`: the machine has too many
 * states, or throws.
 */
export function zoneDifference(seed: number): string | null {
  const events = Object.fromEntries(externalEvents.map((type) => [type, [{}]]));
  const { machine } = randomMachine(seed, { timers: true, actors: false, finals: true, sends: true });
  let ticks: Reached | null;
  try {
    ticks = exploreTicks(machine, { tickMs: 5, events, maxStates: 400 });
  } catch {
    return "not compared";
  }
  if (ticks === null) return "not compared";
  const exploration = explore(machine, { time: "zones", events, maxStates: 4_000 });
  if (exploration.stoppedBy === "finding") return "not compared";
  if (!exploration.complete) return `machine ${seed}: not complete`;
  const zones = reachedBy(exploration);
  const differing = [
    ...difference(zones.configurations, ticks.configurations),
    ...difference(zones.firings, ticks.firings),
  ];
  if (differing.length > 0) return `machine ${seed}: ${differing[0]}`;
  return zones.states <= ticks.states ? null : `machine ${seed}: ${zones.states} states, not ${ticks.states}`;
}

const difference = (one: ReadonlySet<string>, other: ReadonlySet<string>): string[] => [
  ...[...one].filter((it) => !other.has(it)),
  ...[...other].filter((it) => !one.has(it)),
];
