import { type AnyStateMachine, createMachine } from "xstate";

/** The part of a machine's configuration that mutants change. */
export interface Wiring {
  states?: Record<string, Wiring>;
  after?: Record<string, unknown>;
  on?: Record<string, unknown>;
  always?: unknown;
  invoke?: Record<string, unknown>;
  entry?: unknown;
}

/** `machine` with its configuration changed by `change`, and its implementations as they are. */
export function rewired(machine: AnyStateMachine, change: (wiring: Wiring) => void): AnyStateMachine {
  const config = copy(machine.config as unknown) as Wiring;
  change(config);
  return createMachine(
    config as Parameters<typeof createMachine>[0],
    machine.implementations as Parameters<typeof createMachine>[1],
  ) as AnyStateMachine;
}

/** Functions and schemas stay the same. */
function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== "object" || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, copy(it)]));
}
