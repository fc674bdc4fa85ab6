/**
 * A suite as tests of vitest, or of any runner with its `describe` and `it`.
 *
 * @module
 */
import { runTest } from "./run-test.ts";
import type { Suite } from "./suite/types.ts";
import type { Sut } from "./sut.ts";

/** The part of a test runner that is needed. */
export interface TestRunner {
  readonly describe: (title: string, tests: () => void) => unknown;
  readonly it: (title: string, test: () => Promise<void>) => unknown;
}

/** Registers one test for each of `suite`, for each system. `runner`: what `vitest` exports. */
export function toVitest(
  suite: Pick<Suite, "machine" | "tests">,
  sut: Sut | readonly Sut[],
  { describe, it }: TestRunner,
): void {
  for (const one of [sut].flat()) {
    describe(one.name === undefined ? suite.machine : `${suite.machine}, ${one.name}`, () => {
      for (const test of suite.tests) it(test.title, () => runTest(test, one));
    });
  }
}
