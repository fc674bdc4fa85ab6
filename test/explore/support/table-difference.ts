import { type Exploration, explore } from "../../../src/explore/index.ts";
import { createKeys } from "../../../src/explore/explorer/keys.ts";
import { externalEvents, randomMachine } from "./random-machine.ts";

/**
 * `null`: running every step and tabling steps give the same graph. `"too large"`: the machine has more states than are
 * compared.
 */
export function tableDifference(seed: number, maxStates: number): string | null {
  // Timers and actors multiply states: half of the machines are compared without them.
  const has = seed % 2 === 0;
  const { machine } = randomMachine(seed, { timers: has, actors: has, finals: true, sends: true });
  const events = Object.fromEntries(externalEvents.map((type) => [type, [{}]]));
  const options = { maxStates, events, verify: seed % 10 === 0 };
  const tabled = explore(machine, options);
  if (tabled.stoppedBy === "states") return "too large";
  const [ours, theirs] = [tabled, explore(machine, { ...options, tabled: false })].map(written);
  const extra = ours?.find((line) => theirs?.includes(line) !== true);
  const missing = theirs?.find((line) => ours?.includes(line) !== true);
  if (extra === undefined && missing === undefined && ours?.length === theirs?.length) return null;
  return `machine ${seed}: ${extra ?? "nothing"}, not ${missing ?? "nothing"}`;
}

/** States, edges with their transitions, coverage and findings; their order depends on which world of a state came first. */
function written({ graph, findings, ignored, stepper, coverage, stoppedBy }: Exploration): readonly string[] {
  const keys = createKeys({ timed: true });
  const states = Array.from({ length: graph.states }, (_, state) => keys.of(graph.world(state)));
  const edges = Array.from({ length: graph.edges }, (_, edge) => {
    const { from, to, label, taken } = graph.edge(edge);
    return `${states[from]} ${label.name} ${states[to]} by ${taken.map(({ id }) => id).join()}`;
  });
  const depths = states.map((key, state) => `${key} at ${graph.depth(state)}`);
  const covered = stepper.table.all.map((it) => {
    const { wasTrue, wasFalse } = coverage.guardAnswers(it);
    return `${it.id} ${coverage.isTaken(it)} ${wasTrue} ${wasFalse}`;
  });
  const found = findings.map(({ kind, subject }) => `${kind} ${subject}`);
  return [...depths, ...edges, ...covered, ...found, `${ignored} ignored, stopped by ${stoppedBy}`];
}
