/** The machines that run, as `@xstate/inspect` knows them: services. */
import { definitionOf } from "./definition.ts";
import { type AppMessage, eventText, type Redact, stateText } from "./messages.ts";
import {
  type ActorLike,
  type EventLike,
  type InspectionLike,
  machineConfig,
  type SnapshotLike,
} from "./v5.ts";

interface Service {
  readonly actor: ActorLike;
  readonly machine: string;
  snapshot: SnapshotLike | null;
  event: EventLike;
}

export interface ServicesOptions {
  readonly redact: Redact;
  /** Whether anybody listens: nothing is written for nobody. */
  readonly isWatched: () => boolean;
  readonly tell: (message: AppMessage) => void;
}

export interface Services {
  /** To be given to `createActor`. Never throws. */
  readonly inspect: (inspection: InspectionLike) => void;
  /** What a viewer that has just come has to know: a registration each. */
  readonly registrations: () => AppMessage[];
  readonly actor: (sessionId: string) => ActorLike | null;
  /** The state of one as it is now; `null` when it is gone. */
  readonly state: (sessionId: string) => AppMessage | null;
  /** Inspection events that could not be shown: the machine has no form in XState 4, or its parts threw. */
  readonly failures: () => number;
}

export function createServices({ redact, isWatched, tell }: ServicesOptions): Services {
  const services = new Map<string, Service>();
  let failures = 0;

  const registration = (service: Service): AppMessage => {
    const { actor, machine, snapshot, event } = service;
    const { sessionId, _parent } = actor;
    const parent = _parent !== undefined && services.has(_parent.sessionId) ? _parent.sessionId : null;
    return {
      type: "service.register",
      machine,
      state: stateText(snapshot ?? { status: "active" }, event, sessionId, redact),
      id: actor.id,
      sessionId,
      ...(parent === null ? {} : { parent }),
    };
  };

  const stateMessage = (service: Service): AppMessage => {
    const { sessionId } = service.actor;
    const state = stateText(service.snapshot ?? { status: "active" }, service.event, sessionId, redact);
    return { type: "service.state", state, sessionId };
  };

  const observe = (inspection: InspectionLike): void => {
    const actor = inspection.actorRef as ActorLike;
    if (inspection.type === "@xstate.actor") {
      const config = machineConfig(actor);
      if (config === null) return;
      const machine = definitionOf(config, actor.id);
      services.set(actor.sessionId, { actor, machine, snapshot: null, event: { type: "xstate.init" } });
      return;
    }
    const service = services.get(actor.sessionId);
    if (service === undefined) return;
    if (inspection.type === "@xstate.event") {
      if (service.snapshot === null || !isWatched()) return;
      const event = eventText(inspection.event as EventLike, redact);
      tell({ type: "service.event", event, sessionId: actor.sessionId });
    } else if (inspection.type === "@xstate.snapshot") {
      const isFirst = service.snapshot === null;
      service.snapshot = inspection.snapshot as SnapshotLike;
      service.event = inspection.event as EventLike;
      if (isWatched()) tell(isFirst ? registration(service) : stateMessage(service));
      if (service.snapshot.status === "active") return;
      services.delete(actor.sessionId);
      if (isWatched()) tell({ type: "service.stop", sessionId: actor.sessionId });
    }
  };

  return {
    inspect: (inspection) => {
      // An observer that throws would stop the actor that it observes.
      try {
        observe(inspection);
      } catch {
        failures += 1;
      }
    },
    registrations: () => [...services.values()].filter(({ snapshot }) => snapshot !== null).map(registration),
    actor: (sessionId) => services.get(sessionId)?.actor ?? null,
    state: (sessionId) => {
      const service = services.get(sessionId);
      return service === undefined ? null : stateMessage(service);
    },
    failures: () => failures,
  };
}
