/**
 * What exploring costs, in ratios to other explorers that take turns with ours in one run.
 *
 * Usage: npm run -s bench:explore [-- --json] [-- --rounds 7]
 */
import { parseArgs } from "node:util";
import { composing } from "./explore/composing.ts";
import { exploring, type Part } from "./explore/exploring.ts";
import { suites } from "./explore/suites.ts";
import { report } from "./support/goals.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "7" }, json: { type: "boolean", default: false } },
});
const rounds = Number(values.rounds);

/** Each part measures its own. */
const parts: readonly Part[] = [exploring(rounds), composing(), suites()];

report(
  "explore",
  Object.assign({ rounds }, ...parts.map(({ figures }) => figures)),
  parts.flatMap(({ goals }) => goals),
);
