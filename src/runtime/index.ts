/** The runtime: charts, ports, a clock and observers as one embeddable actor system. */
export type * from "./api.ts";
export { type Clock, systemClock } from "./clock.ts";
export { createSupervisor } from "./create-supervisor.ts";
export { migrationActors } from "./migration-actors.ts";
export { VirtualClock } from "./virtual-clock.ts";
