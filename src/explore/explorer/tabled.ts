/**
 * Explores by tables: a state is a vector of small integers, and XState runs a step only for values of the context that no
 * step out of the same configuration has read before.
 *
 * @module
 */
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import type { Stimulus, World } from "../world.ts";
import { NotCanonical } from "./canonical.ts";
import { type Label, StateGraph, type States } from "./graph.ts";
import { Session } from "./session.ts";
import { type Branch, Inconsistent, insert, type Leaf, type Shell, Shells } from "./tabled/shells.ts";
import { encode, Steps } from "./tabled/steps.ts";
import { Tracer } from "./tabled/traced-context.ts";
import { absent, NewKey, NotTabled, Values } from "./tabled/values.ts";
import { Vectors } from "./tabled/vectors.ts";
import { type Exploration, type ExploreObserver, type ExploreOptions, isAbstract } from "./types.ts";

/** More context keys than this are no record of known keys, but a collection. */
const maxKeys = 200;
/** Steps after which it is seen for the first time whether the table is worth its price. */
const trial = 64;

/** `null`: this machine cannot be tabled. */
export function exploreByTable(
  machine: AnyStateMachine,
  options: ExploreOptions,
  observer: ExploreObserver,
): Exploration | null {
  if (isAbstract(options)) return null;
  const added = new Set<string>();
  for (;;) {
    try {
      const session = new Session(machine, options, observer);
      const run = (): Exploration => new TabledExplorer(session, added).run();
      return session.checks.isOn ? session.checks.watch.during(run) : run();
    } catch (error) {
      if (error instanceof NewKey && added.size < maxKeys) added.add(error.key);
      else if (error instanceof NotTabled || error instanceof Inconsistent || error instanceof NewKey)
        return null;
      else throw error;
    }
  }
}

class TabledExplorer implements States {
  readonly #session: Session;
  readonly #graph: StateGraph;
  readonly #shells: Shells;
  readonly #initial: World;
  readonly #values: Values;
  readonly #vectors: Vectors;
  readonly #tracer: Tracer;
  readonly #added: ReadonlySet<string>;
  readonly #runner: Steps;
  readonly #at: Int32Array;
  readonly #next: Int32Array;
  #steps = 0;
  #runs = 0;
  #trialEnd = trial;
  #stepsBefore = 0;
  #runsBefore = 0;

  constructor(session: Session, added: ReadonlySet<string>) {
    this.#session = session;
    this.#added = added;
    this.#initial = session.begin();
    const keys = [...new Set([...Object.keys(recordIn(this.#initial)), ...added])];
    if (keys.length > maxKeys) throw new NotTabled("there are too many keys");
    this.#values = new Values(keys);
    this.#vectors = new Vectors(keys.length + 1);
    this.#tracer = new Tracer(this.#values, added);
    this.#at = new Int32Array(keys.length + 1);
    this.#next = new Int32Array(keys.length + 1);
    this.#graph = new StateGraph(this);
    this.#shells = new Shells(session.keys, (world) => this.#open(world));
    this.#runner = new Steps(session, this.#values, this.#shells, this.#tracer);
  }

  get count(): number {
    return this.#vectors.count;
  }

  get bytes(): number {
    return this.#vectors.bytes;
  }

  world(state: number): World {
    const vector = new Int32Array(this.#at.length);
    this.#vectors.read(state, vector);
    return this.#worldOf(vector);
  }

  run(): Exploration {
    const session = this.#session;
    try {
      const next = this.#next;
      encode(this.#values, recordIn(this.#initial), (place, number) => (next[place + 1] = number));
      next[0] = this.#shells.number(this.#initial);
      this.#reach(-1, this.#vectors.put(this.#next, session.maxStates));
    } catch (error) {
      if (!(error instanceof NotCanonical)) throw error;
      session.noteKeyless(error, null, null);
    }
    for (let state = 0; state < this.count && session.stoppedBy === null; state++) {
      this.#graph.beginEdgesOf(state);
      this.#expand(state);
      if ((state & 127) === 0 && session.isOverTime && state + 1 < this.count) session.stoppedBy ??= "time";
    }
    return session.result(this.#graph);
  }

  #expand(state: number): void {
    const at = this.#at;
    const session = this.#session;
    this.#vectors.read(state, at);
    const shell = this.#shells.all[at[0] as number] as Shell;
    const { length } = shell.stimuli;
    for (let stimulus = 0; stimulus < length; stimulus++) {
      this.#steps++;
      let node: Branch | Leaf | undefined = shell.tables[stimulus];
      while (node !== undefined && !node.isLeaf) node = node.next[at[node.place + 1] as number];
      const leaf: Leaf | null = node ?? this.#run(state, shell, stimulus);
      if (leaf !== null && !leaf.throws) this.#follow(state, shell, stimulus, leaf);
      if (session.stoppedBy !== null) return;
    }
  }

  #follow(state: number, shell: Shell, stimulus: number, leaf: Leaf): void {
    const at = this.#at;
    const next = this.#next;
    const { writes } = leaf;
    for (let place = 1; place < at.length; place++) next[place] = at[place] as number;
    next[0] = leaf.shell;
    for (let i = 0; i < writes.length; i += 2) next[(writes[i] as number) + 1] = writes[i + 1] as number;
    const session = this.#session;
    const { count } = this;
    const to = this.#vectors.put(next, session.maxStates);
    if (to === state && leaf.isQuiet) {
      session.ignored++;
      return;
    }
    if (to === count && this.count === count) {
      session.stoppedBy = "states";
      return;
    }
    if (leaf.kind === -1) {
      const label = shell.labels[stimulus] as Label;
      const index = this.#graph.internLabel(label.name, () => label);
      leaf.kind = this.#graph.internKind(index, leaf.taken);
    }
    const edge = this.#graph.addEdge(to, leaf.kind);
    if (to === count) this.#reach(edge, to);
    if (session.observer.onEdge === undefined) return;
    const { effects, taken } = leaf;
    const [before, after] = [this.world(state), this.world(to)];
    session.observer.onEdge({ edge, before, after, label: shell.labels[stimulus] as Label, effects, taken });
  }

  #reach(edge: number, state: number): void {
    const session = this.#session;
    this.#graph.noteState(edge);
    const { world } = this.#shells.all[this.#next[0] as number] as Shell;
    if (world.snapshot.status !== "active") session.noteReached(this.world(state), this.#graph, edge);
    if (session.observer.onWorld !== undefined) session.observer.onWorld(this.world(state), edge);
  }

  /** Runs a step that is not in the table; `null`: something is wrong with it, and that was noted. */
  #run(state: number, shell: Shell, stimulus: number): Leaf | null {
    const session = this.#session;
    const steps = this.#runner;
    const label = shell.labels[stimulus] as Label;
    const vector = this.#at.slice(1);
    this.#runs++;
    if (this.#steps >= this.#trialEnd) this.#judgeTable();
    try {
      const { leaf, reads, thrown, suspicion } = steps.take(shell, stimulus, vector, this.#worldOf(this.#at));
      if (thrown !== null) session.noteThrown(label, state, thrown.error);
      session.suspect(suspicion, state, label.name);
      if (steps.isTracing || vector.length === 0) insert(shell, stimulus, reads, vector, leaf);
      return leaf;
    } catch (error) {
      if (!(error instanceof NotCanonical)) throw error;
      session.noteKeyless(error, state, label.name);
      return null;
    }
  }

  /**
   * Where most steps of a trial had to be run, the next ones are run plainly, for twice as long as all that came before;
   * then there is another trial, as small values are read first and come back later.
   */
  #judgeTable(): void {
    if (this.#values.keys.length === 0) return;
    const steps = this.#steps - this.#stepsBefore;
    const runs = this.#runs - this.#runsBefore;
    this.#runner.isTracing = !this.#runner.isTracing || runs * 2 <= steps;
    this.#stepsBefore = this.#steps;
    this.#runsBefore = this.#runs;
    this.#trialEnd = this.#steps * (this.#runner.isTracing ? 1.25 : 3);
  }

  #open(world: World): Shell {
    const session = this.#session;
    session.coverage.noteRest(world.snapshot);
    const labelled = (stimuli: readonly Stimulus[]): Shell => {
      const labels = stimuli.map((it) => session.labelOf(it, world));
      return { world, stimuli, labels, tables: [] };
    };
    if (this.#values.keys.length === 0) return labelled(session.stimuli.of(world));
    const { context } = world.snapshot as { context: unknown };
    // Of its own, as this is called while a step is traced.
    const tracer = new Tracer(this.#values, this.#added);
    const traced = tracer.begin(this.#at.slice(1));
    const stimuli = session.stimuli.of({
      ...world,
      snapshot: { ...world.snapshot, context: context === undefined ? context : traced },
    } as World);
    if (tracer.reads.length > 0) throw new NotTabled("the cases depend on the context");
    return labelled(stimuli);
  }

  #worldOf(vector: Int32Array): World {
    const { world } = this.#shells.all[vector[0] as number] as Shell;
    const values = this.#values;
    if (values.keys.length === 0) return world;
    const context: Record<string, unknown> = {};
    values.keys.forEach((key, place) => {
      const value = values.at(place, vector[place + 1] as number);
      if (value !== absent) context[key] = value;
    });
    return { ...world, snapshot: { ...world.snapshot, context } as AnyMachineSnapshot };
  }
}

/** Contexts of other kinds than plain records are not tabled. */
function recordIn({ snapshot }: World): object {
  const context = snapshot.context as unknown;
  if (context === undefined) return {};
  if (typeof context !== "object" || context === null) throw new NotTabled("the context is no record");
  const prototype: unknown = Object.getPrototypeOf(context);
  if (prototype !== Object.prototype && prototype !== null) throw new NotTabled("the context is no record");
  return context;
}
