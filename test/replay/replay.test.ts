import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changed, crash, replayed, startThree, steps, take, without } from "./logs.ts";

describe("a replay", () => {
  it("finds no difference in the log of any run", async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (sequence, stops) => {
        const started = await startThree();
        for (const step of sequence) await take(started, step);
        if (stops) await started.supervisor.stop();
        const found = await replayed(started.records);
        expect(found).toMatchObject([
          { type: "counts", runs: 1, records: started.records.length, pending: 0 },
        ]);
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});
