import type { AnyActorRef } from "xstate";
import { createInspector, type Inspector } from "../inspect/inspector.ts";
import { sendToStately, type StatelyOptions } from "../inspect/stately.ts";
import type { InspectedSupervisor } from "../inspect/supervision.ts";

export interface InspectOptions {
  /** One of `homeostat/inspect`: gets every actor of the system, and the supervisor's records and verbs. */
  readonly inspector?: Inspector;
  /** Attaches the Stately Inspector, if the package `@statelyai/inspect` is installed; else a record says that it is not. */
  readonly stately?: boolean | StatelyOptions;
}

/** Called when the supervisor's actor has started. */
export type Inspecting = (actor: AnyActorRef) => void;

/** Watches from the first actor on, whether the system is the supervisor's own or a host's. */
export function inspecting(
  { inspector: given, stately = false }: InspectOptions,
  { supervisor, onProblem }: { supervisor: InspectedSupervisor; onProblem: (message: string) => void },
): Inspecting {
  if (given === undefined && stately === false) return () => {};
  const options = typeof stately === "object" ? stately : {};
  const inspector = given ?? createInspector(options.inspector);
  inspector.supervise(supervisor);
  if (stately !== false) {
    sendToStately(inspector, options).catch((error: unknown) =>
      onProblem(error instanceof Error ? error.message : String(error)),
    );
  }
  return (actor) => void inspector.attach(actor);
}
