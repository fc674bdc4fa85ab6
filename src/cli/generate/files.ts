/** The texts of generated files, and whether one was changed by hand. */
import { createHash } from "node:crypto";
import { emitVitest, type PlanOptions, type Suite } from "../../testgen/index.ts";
import { summaryOf } from "../../testgen/emit.ts";

/** The options that a file was made with; it keeps them. */
export interface Making extends PlanOptions {
  readonly killMutants?: boolean;
  readonly from?: string;
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const hashLine = / \* content: sha256 ([0-9a-f]{64})\n/;
const madeLine = / \* made with: (\{.*\})\n/;

export function testFile(
  suite: Suite,
  { making, source, suts }: { readonly making: Making; readonly source: string; readonly suts: string },
): string {
  const body = emitVitest(suite, { from: making.from, suts });
  const header = [
    "/**",
    ` * Tests of the machine ${suite.machine}, from ${source}. Written by \`homeostat generate\`: change the machine, not this file.`,
    " *",
    ...summaryOf(suite).map((it) => ` * ${it.replaceAll("*/", "* /")}`),
    " *",
    ` * made with: ${JSON.stringify(making)}`,
    " */",
    "",
  ].join("\n");
  const text = `${header}${body}`;
  return text.replace(" * made with:", ` * content: sha256 ${hashOf(text)}\n * made with:`);
}

/** Of the text of a file before; nothing when there is none, or when it was changed by hand into what is none. */
export function makingIn(text: string | null): Making {
  const made = text === null ? null : madeLine.exec(text);
  try {
    return JSON.parse(made?.[1] ?? "{}") as Making;
  } catch {
    return {};
  }
}

/** How what is there stands to what would be written. */
export function standingOf(
  before: string | null,
  text: string,
): "missing" | "unchanged" | "edited" | "stale" {
  if (before === null) return "missing";
  if (before === text) return "unchanged";
  const hash = hashLine.exec(before);
  return hash === null || hash[1] !== hashOf(before.replace(hashLine, "")) ? "edited" : "stale";
}

/** What is tested until its owner says something else. */
export function sutFile({
  name,
  source,
  from = "homeostat/testing",
}: {
  readonly name: string;
  readonly source: string;
  readonly from?: string;
}): string {
  const binding = name === "default" ? "{ default as machine }" : `{ ${name} as machine }`;
  return [
    "/** What the generated suite tests. This file is yours: put your implementation in place of the machine's own. */",
    `import { actorSut, type Sut } from ${JSON.stringify(from)};`,
    `import ${binding} from ${JSON.stringify(source)};`,
    "",
    "export const suts: Sut = actorSut(machine);",
    "",
  ].join("\n");
}
