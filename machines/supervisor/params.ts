/** Parameters that many transitions of the supervisor chart share. */
import type { SupervisorContext, SupervisorEvent } from "./schemas.ts";

export const event = <E extends SupervisorEvent>({ event }: { event: E }): E => event;
export const record = { type: "record", params: event } as const;
/** A timer is taken to fire exactly at its deadline. */
export const onTime = {
  type: "setTime",
  params: ({ context: { at, deadline } }: { context: SupervisorContext }) => ({ at: deadline ?? at }),
} as const;
