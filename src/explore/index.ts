/** `homeostat/explore`: every state of a machine, and what is true of all of them. */
export {
  type Bounds,
  check,
  type CheckedFinding,
  type CheckedProperty,
  type CheckOptions,
  type CheckReport,
  type Example,
} from "./check.ts";
export {
  asLine,
  asSequence,
  asTable,
  stateName,
  type Trace,
  traceOf,
  type TraceStep,
} from "./counterexample.ts";
export type { Coverage, GuardAnswers } from "./coverage.ts";
export {
  explore,
  type Exploration,
  type ExploreObserver,
  type ExploreOptions,
  type ReachedEdge,
} from "./explorer.ts";
export { boundaryPayloads } from "./explorer/boundary.ts";
export type { Divergence } from "./explorer/divergence.ts";
export type { Finding, FindingKind } from "./explorer/findings.ts";
export type { Edge, Label, StateGraph } from "./explorer/graph.ts";
export type { Abstraction } from "./explorer/keys.ts";
export type { EventCases, OutcomeCases } from "./explorer/stimuli.ts";
export {
  type Fairness,
  type Property,
  PropertyChecker,
  type PropertyResult,
  type StateView,
  type StepView,
  type Verdict,
} from "./properties.ts";
export {
  createStepper,
  type Effect,
  type Microstep,
  type Step,
  type Stepper,
  type Transition,
  type TransitionTable,
} from "./stepper.ts";
export { type Mutant, type PropertyStrength, strengthOf } from "./vacuity.ts";
export {
  applyStimulus,
  dueTimers,
  initialWorld,
  liveChildren,
  type Outcome,
  type Stimulus,
  type Timer,
  type World,
  type WorldStep,
} from "./world.ts";
export {
  type Composed,
  type ComposedProperty,
  type ComposedResult,
  type ComponentOptions,
  type CompositionOptions,
  exploreComposition,
  type Snapshots,
  type Symmetry,
} from "./composition.ts";
