/** What both ways of exploring share: how a machine is stepped, what is known of it, and when to stop. */
import type { AnyStateMachine } from "xstate";
import { Coverage } from "../coverage.ts";
import { createStepper, type Step, type Stepper, type Transition } from "../stepper.ts";
import { initialWorld, type Stimulus, type World, type WorldStep } from "../world.ts";
import { NotCanonical } from "./canonical.ts";
import { Checks, type Suspicion } from "./checks.ts";
import { adviceOn, divergingParts } from "./divergence.ts";
import type { Finding } from "./findings.ts";
import type { Label, StateGraph } from "./graph.ts";
import { createKeys, type Keys } from "./keys.ts";
import { createLabels } from "./labels.ts";
import { createStimuli, plainInput, type Stimuli } from "./stimuli.ts";
import {
  defaultBudget,
  type Exploration,
  type ExploreObserver,
  type ExploreOptions,
  isAbstract,
} from "./types.ts";

const clock = (): number => globalThis.performance.now();
/** After these nothing more can be said of the machine. */
const fatal = new Set<Finding["kind"]>(["impure", "mutated", "cyclic", "abstractionInexact"]);

export class Session {
  readonly stepper: Stepper;
  readonly keys: Keys;
  readonly stimuli: Stimuli;
  readonly checks: Checks;
  readonly coverage: Coverage;
  readonly observer: ExploreObserver;
  readonly labelOf: (stimulus: Stimulus, world: World) => Label;
  readonly maxStates: number;
  stoppedBy: Exploration["stoppedBy"] = null;
  /** Stimuli that changed nothing and took no transition. */
  ignored = 0;
  readonly #findings = new Map<string, Finding>();
  readonly #input: unknown;
  readonly #until: number;

  constructor(machine: AnyStateMachine, options: ExploreOptions, observer: ExploreObserver) {
    const { abstract, ignore, ignoreChildren, events, outcomes, timers = "ordered" } = options;
    // With zones the clocks decide which timer is the next.
    const timed = timers === "ordered" && options.time !== "zones";
    this.stepper = createStepper(machine);
    this.keys = createKeys({ abstract, ignore, ignoreChildren, timed });
    this.stimuli = createStimuli(machine, this.stepper.table, { events, outcomes, timed });
    this.checks = new Checks({
      stepper: this.stepper,
      keys: this.keys,
      stimuli: this.stimuli,
      isOn: (options.verify ?? true) && (this.stepper.runsCode || isAbstract(options)),
      isAbstract: isAbstract(options),
    });
    this.coverage = new Coverage(this.stepper.table, (snapshot) => this.keys.configuration(snapshot));
    this.labelOf = createLabels(this.stepper.table.nodes);
    this.observer = observer;
    this.#input = options.input ?? plainInput(machine);
    this.maxStates = options.maxStates ?? defaultBudget.maxStates;
    this.#until = clock() + (options.maxSeconds ?? defaultBudget.maxSeconds) * 1_000;
  }

  get isOverTime(): boolean {
    return clock() > this.#until;
  }

  /** The first world; where the machine cannot get there, the exploration is over. */
  begin(): World {
    const { world, steps } = initialWorld(this.stepper, this.#input);
    this.note(steps);
    const { snapshot } = world;
    if (snapshot.status === "error") {
      const message = `the machine fails on its way into its initial state: ${textOf(snapshot.error)}. If it needs an input, give one`;
      this.add({ kind: "thrown", subject: "initial state", message });
      this.stoppedBy = "finding";
    }
    return world;
  }

  result(graph: StateGraph): Exploration {
    const isOverBudget = this.stoppedBy === "states" || this.stoppedBy === "time";
    const diverging = isOverBudget ? divergingParts(graph, this.keys) : [];
    if (isOverBudget) {
      const subject = diverging[0]?.key ?? "";
      this.add({ kind: "diverging", subject, message: adviceOn(diverging, graph) });
    }
    return {
      stepper: this.stepper,
      graph,
      coverage: this.coverage,
      stimuli: this.stimuli,
      complete: this.stoppedBy === null,
      stoppedBy: this.stoppedBy,
      findings: [...this.#findings.values()],
      diverging,
      ignored: this.ignored,
    };
  }

  stimuliOf(world: World, state: number): readonly Stimulus[] {
    try {
      return this.stimuli.of(world);
    } catch (error) {
      const message = `the given cases cannot be had in this state: ${textOf(error)}`;
      this.add({ kind: "thrown", subject: "cases", message, state });
      return [];
    }
  }

  /** The transitions that `result` took. */
  noteStep({ steps, world }: WorldStep): readonly Transition[] {
    const taken = this.note(steps);
    this.coverage.noteRest(world.snapshot);
    return taken;
  }

  note(steps: readonly Step[]): readonly Transition[] {
    const taken: Transition[] = [];
    for (const { microsteps } of steps) {
      for (const microstep of microsteps) {
        this.coverage.note(microstep);
        for (const it of microstep.taken) taken.push(it);
      }
    }
    return taken;
  }

  /** A step by `label` out of `state` threw `error`. */
  noteThrown(label: Label, state: number, error: unknown): void {
    const hint =
      label.kind === "timer" ? "" : `; give ${label.kind} cases for ${label.action} if this one cannot be`;
    const message = `${label.name} throws, and the actor dies: ${textOf(error)}${hint}`;
    this.add({ kind: "thrown", subject: label.action, message, state, stimulus: label.name });
  }

  /** A world was found, by `edge` of `graph`; -1: the first one. */
  noteReached(world: World, graph: StateGraph, edge: number): void {
    this.coverage.noteRest(world.snapshot);
    if (world.snapshot.status !== "error" || edge === -1) return;
    const { action, name } = graph.label(edge);
    const message = `${name} ends the machine, as nothing handles it: ${textOf(world.snapshot.error)}`;
    this.add({ kind: "errored", subject: action, message, state: graph.from(edge), stimulus: name });
  }

  /** `null`: it has none; that is noted. */
  keyOf(world: World, state: number | null, stimulus: string | null): string | null {
    try {
      return this.keys.of(world);
    } catch (error) {
      this.noteKeyless(error, state, stimulus);
      return null;
    }
  }

  noteKeyless(error: unknown, state: number | null, stimulus: string | null): void {
    const isCyclic = error instanceof NotCanonical;
    const subject = isCyclic ? error.path : "abstract";
    const message = isCyclic
      ? `context.${error.message}: give an abstraction without it`
      : `the abstraction throws: ${textOf(error)}`;
    this.suspect({ kind: "cyclic", subject, message }, state, stimulus);
  }

  suspect(suspicion: Suspicion | null, state: number | null, stimulus: string | null): void {
    if (suspicion === null) return;
    this.add({ ...suspicion, state, stimulus });
    if (fatal.has(suspicion.kind)) this.stoppedBy = "finding";
  }

  /** Keeps the first of those that say the same. */
  add(finding: Suspicion & Partial<Finding>): void {
    const key = `${finding.kind} ${finding.subject}`;
    if (this.#findings.has(key)) return;
    this.#findings.set(key, { severity: "error", state: null, stimulus: null, ...finding });
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
