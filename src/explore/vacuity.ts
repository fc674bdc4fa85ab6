/**
 * Whether a property can fail at all: it is checked against machines that were broken on purpose.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import { explore } from "./explorer.ts";
import type { CheckOptions } from "./check.ts";
import { PropertyChecker } from "./properties.ts";

export interface Mutant {
  /** What was broken. */
  readonly name: string;
  readonly machine: AnyStateMachine;
}

export interface PropertyStrength {
  readonly property: string;
  /** The mutants that it catches; none: it is vacuous as far as these mutants can tell. */
  readonly caughtBy: readonly string[];
}

/** Which of `mutants` each property of `options` is violated by. */
export function strengthOf(options: CheckOptions, mutants: readonly Mutant[]): readonly PropertyStrength[] {
  const { properties = [] } = options;
  const caught = properties.map((): string[] => []);
  for (const { name, machine } of mutants) {
    const checker = new PropertyChecker(properties);
    // A mutant may be anything but well behaved; a violation that is found counts all the same.
    const exploration = explore(machine, { maxStates: 2_000, ...options, verify: false }, checker);
    checker.results(exploration).forEach(({ verdict }, index) => {
      if (verdict === "violated") caught[index]?.push(name);
    });
  }
  return properties.map(({ name }, index) => ({ property: name, caughtBy: caught[index] ?? [] }));
}
