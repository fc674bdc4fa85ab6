import { expect, it } from "vitest";
import { inlineEngine, type LayoutEngine } from "../../src/chart/index.ts";
import { documentsOf } from "../../src/cli/chart/documents.ts";
import { playerMachine } from "../fixtures/machines/index.ts";

const machines = [{ name: "player", file: "player.ts", machine: playerMachine }];
const options = { formats: ["svg"], fold: false, theme: "auto" } as const;

/** Never done with the first chart that it is given, which is the whole one. */
function slow(): LayoutEngine {
  let asked = 0;
  return (graph, signal) =>
    asked++ === 0
      ? new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)))
      : inlineEngine(graph, signal);
}

it("a chart that takes too long to lay out is written folded, and that is told", async () => {
  const [folded] = await documentsOf(machines, { ...options, fold: true, engine: inlineEngine });
  const [whole] = await documentsOf(machines, { ...options, engine: inlineEngine });
  const [slowly] = await documentsOf(machines, { ...options, engine: slow(), capMs: 2_000 });
  expect(slowly).toEqual({ ...folded, isFoldedInstead: true });
  expect(whole?.isFoldedInstead).toBe(false);
  expect(whole?.text).not.toBe(folded?.text);
});
