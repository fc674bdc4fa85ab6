/** `homeostat/testing`: test suites from state machines, for any implementation of them, and how good they are. */
export { actorSut, type ActorSutOptions } from "./actor-sut.ts";
export { chartSut } from "./chart-sut.ts";
export { emitVitest, type EmitOptions } from "./emit.ts";
export type { ExploringOptions } from "./exploring.ts";
export type { Criterion } from "./items.ts";
export { type MutationOptions, type MutationReport, mutationScore, type Survivor } from "./mutation.ts";
export { type ModelMutant, mutantsOf, type Operator, operators } from "./mutation/operators.ts";
export type { Observation, SeenEffect } from "./observation.ts";
export type { PlanOptions } from "./planner.ts";
export { type Beginning, type Change, play, type Row } from "./rows.ts";
export { runTest, SuiteMismatch } from "./run-test.ts";
export type { TestClock } from "./stepped-clock.ts";
export { type CriterionCoverage, generateSuite, type Suite, type SuiteOptions } from "./suite.ts";
export type { Action, SuiteTest, TestStep } from "./suite/script.ts";
export type { Sut, SutSession } from "./sut.ts";
export { type TestRunner, toVitest } from "./to-vitest.ts";
