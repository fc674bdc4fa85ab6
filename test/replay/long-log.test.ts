import { expect, it } from "vitest";
import { longLog } from "./long-log.ts";
import { replayed } from "./logs.ts";

it("a replay derives 100,000 decisions again, and finds the one that was planted", async () => {
  const { text, decisions, records } = longLog(100_000);
  const [counts] = await replayed(text);
  expect(counts).toMatchObject({ type: "counts", runs: 1, records, decisions, pending: 0 });
  expect(decisions).toBeGreaterThanOrEqual(100_000);
  const lines = text.split("\n");
  const half = lines.length / 2;
  const planted = lines.findIndex((it, index) => index > half && it.includes('"start.scheduled"'));
  lines[planted] = (lines[planted] ?? "").replace('"attempt":1', '"attempt":2');
  const [found] = await replayed(lines.join("\n"));
  expect(found).toMatchObject({
    type: "difference",
    line: planted + 1,
    differences: [{ path: "attempt" }],
  });
}, 120_000);
