/**
 * The log's filter over 200,000 rows as the page's worker runs it, beside a bare loop over the same strings.
 *
 * @module
 */
import { initialView } from "../../src/page/ingest/initial-view.ts";
import { LogView } from "../../src/page/ingest/log.ts";
import { System } from "../../src/page/ingest/system.ts";
import type { InspectionRecord } from "../../src/inspect/protocol/record.ts";
import { batch, hello, info } from "../../test/page/support/messages.ts";
import { atMost, median, progress, rounded } from "../support/goals.ts";
import type { Part } from "./page.ts";

const rowCount = 200_000;
const actorCount = 1_000;
const types = ["LOAD", "JOB", "JOB_DONE", "PROBE_FAIL", "PROBE_OK", "CRASH", "RESTARTED", "LEASE_LOST"];

export function measureFilter({ rounds }: { readonly rounds: number }): Part {
  progress("filter of 200,000 rows");
  const system = filled();
  const { first, end } = system.rows;
  const texts = Array.from({ length: end - first }, (_, it) => system.rows.get(first + it)?.text ?? "");
  const ratios: number[] = [];
  const took: { readonly ours: number[]; readonly bare: number[] } = { ours: [], bare: [] };
  // Another word each time: the same one again would not be searched again.
  const words = Array.from({ length: 3 + 4 * rounds }, (_, it) => `probe-${100 + it}`);
  for (const [round, word] of words.entries()) {
    const log = new LogView();
    const view = { ...initialView, log: { ...initialView.log, query: word } };
    const [ours, shown] = timed(() => log.slice(system, view).total);
    const [bare, matches] = timed(() => {
      const found: number[] = [];
      for (let at = 0; at < texts.length; at++) if (texts[at]?.includes(word) === true) found.push(at);
      return found.length;
    });
    if (shown !== matches || shown === 0) throw new Error(`the filter shows ${shown} rows, ${matches} match`);
    // The first ones are compiled meanwhile.
    if (round < 3) continue;
    took.ours.push(ours);
    took.bare.push(bare);
    ratios.push(ours / bare);
  }
  return {
    figures: { filterMs: rounded(median(took.ours)), bareLoopMs: rounded(median(took.bare)) },
    goals: [atMost("times a bare loop over the same 200,000 strings", 2, median(ratios))],
  };
}

function filled(): System {
  const system = new System({ now: () => 0, cap: rowCount });
  let seq = 0;
  system.apply(hello());
  const actors = Array.from({ length: actorCount }, (_, it): InspectionRecord => {
    seq += 1;
    return ["a", seq, 0, it + 1, info(`probe-${it}`)];
  });
  system.apply(batch(...actors));
  for (let from = actorCount; from < rowCount; from += 1_000) {
    const records = Array.from({ length: 1_000 }, (_, it): InspectionRecord => {
      seq += 1;
      return ["e", seq, seq / 10, (it % actorCount) + 1, 0, types[seq % types.length] ?? "", null];
    });
    system.apply(batch(...records));
  }
  return system;
}

function timed<T>(run: () => T): [ms: number, result: T] {
  const from = performance.now();
  const result = run();
  return [performance.now() - from, result];
}
