import fc from "fast-check";
import { expect, it } from "vitest";
import { modelOf } from "../../src/chart/index.ts";
import { crossedBoxes, flaws } from "./geometry.ts";
import { layOut } from "./machines.ts";
import { randomMachine } from "./random-machine.ts";

it("lays out any chart, with every edge routed and nothing that overlaps", async () => {
  const kinds = fc.record({
    seed: fc.nat(),
    size: fc.integer({ min: 2, max: 40 }),
    direction: fc.constantFrom("down" as const, "right" as const),
    isFolded: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(kinds, async ({ seed, size, direction, isFolded }) => {
      const model = modelOf(randomMachine(seed, size));
      const chart = await layOut(model, {
        direction,
        fold: isFolded ? "all" : "none",
      });
      expect([...flaws(chart), ...crossedBoxes(chart)]).toEqual([]);
    }),
    { numRuns: 200 },
  );
}, 300_000);
