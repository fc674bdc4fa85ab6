import { describe, expect, it } from "vitest";
import { doorMachine, explore } from "../../examples/test-your-own/door-chart.ts";
import { doorSut } from "../../examples/test-your-own/door-sut.ts";
import type { Bug } from "../../examples/test-your-own/door.ts";
import { generateSuite, runTest, SuiteMismatch, toVitest } from "../../src/testgen/index.ts";

const suite = generateSuite(doorMachine, explore);

async function failure(bug: Bug | null): Promise<string | null> {
  for (const test of suite.tests) {
    try {
      await runTest(test, doorSut(bug));
    } catch (error) {
      if (error instanceof SuiteMismatch) return error.message;
      throw error;
    }
  }
  return null;
}

toVitest(suite, doorSut(), { describe, it });

describe("the suite of the door's chart", () => {
  it.each<{ bug: Bug; says: string }>([
    { bug: "a right code does not forget wrong ones", says: "context.wrong: expected 0, was" },
    { bug: "opening does not stop the lock", says: 'value: expected "open", was "locked"' },
    { bug: "reset opens the door", says: 'value: expected "locked", was "closed"' },
  ])("finds a door in plain TypeScript where $bug, and says so", async ({ bug, says }) => {
    expect(await failure(bug)).toContain(says);
  });

  it("finds nothing wrong with the door as it is", async () => {
    expect(await failure(null)).toBeNull();
  });
});
