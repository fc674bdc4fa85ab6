/**
 * Every state that a machine can be in, breadth first, within a budget of states and of time.
 *
 * Real timers and actors are not run: a timer fires when it is armed and no other one has to be first, an actor ends as
 * its cases say, and a throw is a finding, not an end.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import { Coverage } from "./coverage.ts";
import { NotCanonical } from "./explorer/canonical.ts";
import { Checks, type Suspicion } from "./explorer/checks.ts";
import { adviceOn, divergingParts } from "./explorer/divergence.ts";
import type { Finding } from "./explorer/findings.ts";
import { type Label, StateGraph } from "./explorer/graph.ts";
import { createKeys, type Keys } from "./explorer/keys.ts";
import { createLabels } from "./explorer/labels.ts";
import { createStimuli, plainInput, type Stimuli } from "./explorer/stimuli.ts";
import {
  defaultBudget,
  type Exploration,
  type ExploreObserver,
  type ExploreOptions,
  isAbstract,
} from "./explorer/types.ts";
import { createStepper, type Stepper, type Transition } from "./stepper.ts";
import { applyStimulus, initialWorld, type Stimulus, type World, type WorldStep } from "./world.ts";

export type { Exploration, ExploreObserver, ExploreOptions, ReachedEdge } from "./explorer/types.ts";

const clock = (): number => globalThis.performance.now();
/** After these nothing more can be said of the machine. */
const fatal = new Set<Finding["kind"]>(["impure", "mutated", "cyclic", "abstractionInexact"]);

/** Never throws for what the machine does, and never hangs but in a guard or an assign that does. */
export function explore(
  machine: AnyStateMachine,
  options: ExploreOptions = {},
  observer: ExploreObserver = {},
): Exploration {
  return new Explorer(machine, options, observer).run();
}

class Explorer {
  readonly #stepper: Stepper;
  readonly #keys: Keys;
  readonly #stimuli: Stimuli;
  readonly #checks: Checks;
  readonly #coverage: Coverage;
  readonly #graph = new StateGraph();
  readonly #labelOf: (stimulus: Stimulus, world: World) => Label;
  readonly #findings = new Map<string, Finding>();
  readonly #observer: ExploreObserver;
  readonly #input: unknown;
  readonly #maxStates: number;
  readonly #maxMs: number;
  #stoppedBy: Exploration["stoppedBy"] = null;
  #ignored = 0;

  constructor(machine: AnyStateMachine, options: ExploreOptions, observer: ExploreObserver) {
    const { abstract, ignore, ignoreChildren, events, outcomes, timers = "ordered" } = options;
    const timed = timers === "ordered";
    this.#stepper = createStepper(machine);
    this.#keys = createKeys({ abstract, ignore, ignoreChildren, timed });
    this.#stimuli = createStimuli(machine, this.#stepper.table, { events, outcomes, timed });
    this.#checks = new Checks({
      stepper: this.#stepper,
      keys: this.#keys,
      stimuli: this.#stimuli,
      isOn: options.verify ?? true,
      isAbstract: isAbstract(options),
    });
    this.#coverage = new Coverage(this.#stepper.table, (snapshot) => this.#keys.configuration(snapshot));
    this.#labelOf = createLabels(this.#stepper.table.nodes);
    this.#observer = observer;
    this.#input = options.input ?? plainInput(machine);
    this.#maxStates = options.maxStates ?? defaultBudget.maxStates;
    this.#maxMs = (options.maxSeconds ?? defaultBudget.maxSeconds) * 1_000;
  }

  run(): Exploration {
    const until = clock() + this.#maxMs;
    this.#begin();
    for (let state = 0; state < this.#graph.states && this.#stoppedBy === null; state++) {
      this.#graph.beginEdgesOf(state);
      this.#expand(state);
      if (clock() > until && state + 1 < this.#graph.states) this.#stoppedBy ??= "time";
    }
    const isOverBudget = this.#stoppedBy === "states" || this.#stoppedBy === "time";
    const diverging = isOverBudget ? divergingParts(this.#graph, this.#keys) : [];
    if (isOverBudget) {
      this.#add({
        kind: "diverging",
        subject: diverging[0]?.key ?? "",
        message: adviceOn(diverging, this.#graph),
      });
    }
    return {
      stepper: this.#stepper,
      graph: this.#graph,
      coverage: this.#coverage,
      stimuli: this.#stimuli,
      complete: this.#stoppedBy === null,
      stoppedBy: this.#stoppedBy,
      findings: [...this.#findings.values()],
      diverging,
      ignored: this.#ignored,
    };
  }

  #begin(): void {
    const result = initialWorld(this.#stepper, this.#input);
    for (const it of result.steps.flatMap(({ microsteps }) => microsteps)) this.#coverage.note(it);
    const { snapshot } = result.world;
    if (snapshot.status === "error") {
      const message = `the machine fails on its way into its initial state: ${textOf(snapshot.error)}. If it needs an input, give one`;
      this.#add({ kind: "thrown", subject: "initial state", message });
      this.#stoppedBy = "finding";
    }
    const key = this.#keyOf(result.world, null, null);
    if (key !== null) this.#reach(result.world, key, -1, 0);
  }

  #expand(state: number): void {
    const world = this.#graph.world(state);
    if (world.snapshot.status !== "active") return;
    const contextBefore = this.#checks.begin(world.snapshot);
    const stimuli = this.#stimuliOf(world, state);
    for (const stimulus of stimuli) {
      this.#take(state, world, stimulus, contextBefore);
      if (this.#stoppedBy !== null) return;
    }
  }

  #stimuliOf(world: World, state: number): readonly Stimulus[] {
    try {
      return this.#stimuli.of(world);
    } catch (error) {
      const message = `the given cases cannot be had in this state: ${textOf(error)}`;
      this.#add({ kind: "thrown", subject: "cases", message, state });
      return [];
    }
  }

  #take(
    state: number,
    world: World,
    stimulus: Stimulus,
    contextBefore: ReadonlyMap<string, string> | null,
  ): void {
    const label = this.#labelOf(stimulus, world);
    let result: WorldStep;
    try {
      result = applyStimulus(this.#stepper, world, stimulus);
      if (contextBefore !== null) {
        this.#suspect(this.#checks.repeat(world, stimulus, result, contextBefore), state, label.name);
      }
    } catch (error) {
      const hint =
        label.kind === "timer" ? "" : `; give ${label.kind} cases for ${label.action} if this one cannot be`;
      const message = `${label.name} throws, and the actor dies: ${textOf(error)}${hint}`;
      this.#add({ kind: "thrown", subject: label.action, message, state, stimulus: label.name });
      return;
    }
    const key = this.#keyOf(result.world, state, label.name);
    if (key === null) return;

    const taken = this.#note(result);
    const known = this.#graph.find(key);
    if (known === state && label.kind === "event" && taken.every((it) => it.forbids)) {
      this.#ignored++;
      return;
    }
    if (known === undefined && this.#graph.states >= this.#maxStates) {
      this.#stoppedBy = "states";
      return;
    }
    const index = this.#graph.internLabel(label.name, () => label);
    const edge = this.#graph.addEdge(state, known ?? this.#graph.states, index, taken);
    if (known === undefined) this.#reach(result.world, key, edge, this.#graph.depth(state) + 1);
    else {
      this.#observer.onWorld?.(result.world, edge);
      this.#suspect(this.#checks.compare(result.world, this.#graph.world(known)), state, label.name);
    }
    this.#observer.onEdge?.({ edge, before: world, after: result.world, label, result });
  }

  #note(result: WorldStep): readonly Transition[] {
    const taken: Transition[] = [];
    for (const { microsteps } of result.steps) {
      for (const microstep of microsteps) {
        this.#coverage.note(microstep);
        for (const it of microstep.taken) taken.push(it);
      }
    }
    this.#coverage.noteRest(result.world.snapshot);
    return taken;
  }

  #reach(world: World, key: string, edge: number, depth: number): void {
    this.#graph.addState(key, world, edge, depth);
    this.#coverage.noteRest(world.snapshot);
    if (world.snapshot.status === "error" && edge !== -1) {
      const { action, name } = this.#graph.label(edge);
      const message = `${name} ends the machine, as nothing handles it: ${textOf(world.snapshot.error)}`;
      this.#add({ kind: "errored", subject: action, message, state: this.#graph.from(edge), stimulus: name });
    }
    this.#observer.onWorld?.(world, edge);
  }

  #keyOf(world: World, state: number | null, stimulus: string | null): string | null {
    try {
      return this.#keys.of(world);
    } catch (error) {
      const isCyclic = error instanceof NotCanonical;
      const subject = isCyclic ? error.path : "abstract";
      const message = isCyclic
        ? `context.${error.message}: give an abstraction without it`
        : `the abstraction throws: ${textOf(error)}`;
      this.#suspect({ kind: "cyclic", subject, message }, state, stimulus);
      return null;
    }
  }

  #suspect(suspicion: Suspicion | null, state: number | null, stimulus: string | null): void {
    if (suspicion === null) return;
    this.#add({ ...suspicion, state, stimulus });
    if (fatal.has(suspicion.kind)) this.#stoppedBy = "finding";
  }

  /** Keeps the first of those that say the same. */
  #add(finding: Suspicion & Partial<Finding>): void {
    const key = `${finding.kind} ${finding.subject}`;
    if (this.#findings.has(key)) return;
    this.#findings.set(key, { severity: "error", state: null, stimulus: null, ...finding });
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
