/**
 * A suite that kills every mutant that differs from the machine: tests go on where they ended, or new ones begin, until
 * none is left.
 *
 * @module
 */
import type { Explored } from "../exploring.ts";
import { allMutants, built, fromTheStart, killerOf } from "../mutation.ts";
import { retitled, testOf, walkOf } from "../suite/builder.ts";
import type { Suite } from "../suite/types.ts";
import type { SuiteTest } from "../suite/script.ts";
import { killedBy, oracleOf } from "./kill.ts";

export interface TopUpOptions {
  readonly maxSteps?: number;
  readonly maxPairs?: number;
}

export function killSurvivors(
  explored: Explored,
  suite: Suite,
  { maxSteps = 50, maxPairs = 20_000 }: TopUpOptions = {},
): Suite {
  const tests: SuiteTest[] = [...suite.tests];
  const oracles = tests.map(oracleOf);
  for (const mutant of allMutants(explored)) {
    const machine = built(mutant);
    if (machine === null || killedBy(machine, oracles) !== -1) continue;
    // A test that is long already is no place to go on; a new one is.
    const open = tests.flatMap((test, index) => {
      const walk = walkOf(test);
      return walk === undefined || test.steps.length >= maxSteps ? [] : [{ walk, index }];
    });
    const starts = [...open, { ...fromTheStart(explored), index: tests.length }];
    const killer = killerOf(explored, machine, starts, maxPairs, maxSteps);
    if (typeof killer === "string") continue;
    const index = starts[killer.start]?.index ?? tests.length;
    const reason = `kills a mutant: ${mutant.operator}, ${mutant.name}`;
    const test = testOf(explored, killer.walk, [...(tests[index]?.why ?? []), reason]);
    if (test === null) continue;
    tests[index] = test;
    oracles[index] = oracleOf(test);
  }
  return { ...suite, tests: retitled(tests) };
}
