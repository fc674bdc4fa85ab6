/** The runtime: charts, ports, a clock and observers as one embeddable actor system. */
export type * from "./api.ts";
export {
  type Attempt,
  type AttemptObserver,
  type AttemptOptions,
  type AttemptView,
  createAttempt,
  Replays,
  superviseAttempt,
  type SupervisedAttemptOptions,
  type WorkerFacts,
  type WorkOptions,
} from "./attempt.ts";
export { type Clock, systemClock } from "./clock.ts";
export { createSupervisor } from "./create-supervisor.ts";
export { type Durable, durable, type DurableOptions, DurableSnapshot, restored } from "./durable.ts";
export type { InspectOptions } from "./inspecting.ts";
export { leaseActors, type LeasePorts } from "./lease-actors.ts";
export { type AttemptStore, sweepAttempts, type SweepReport } from "./lease-sweep.ts";
export { migrationActors } from "./migration-actors.ts";
export {
  createMover,
  type DrainReport,
  type DrainRequest,
  type MoveOutcome,
  type Mover,
  type MoverOptions,
  type Moving,
  type ReplacementPorts,
} from "./mover.ts";
export { portsByAgent } from "./ports-by-agent.ts";
export type { RecoveryPorts } from "./recovery-actors.ts";
export { guarded, type GuardedOptions, type RefusedEvent } from "./guarded.ts";
export * from "./tree.ts";
export { VirtualClock } from "./virtual-clock.ts";
