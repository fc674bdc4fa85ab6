/**
 * A suite as a file of vitest that people can read.
 *
 * @module
 */
import { rowsOf } from "./rows.ts";
import { eventsOf } from "./suite/script.ts";
import type { Suite } from "./suite/types.ts";

export interface EmitOptions {
  /** Where the file imports this package from; `homeostat/testing` by default. */
  readonly from?: string;
  /** The module with the systems under test: its export `suts` is one, or a list. */
  readonly suts: string;
}

/** The file without its header. `suite` has at least one test. */
export function emitVitest(suite: Suite, { from = "homeostat/testing", suts }: EmitOptions): string {
  const [first] = suite.tests;
  const beginning = { input: first?.input, initial: first?.initial };
  const tests = suite.tests.map((test) => {
    const rows = rowsOf(test).map((row) => `        ${literal(row)},`);
    return [
      ...test.why.map((it) => `    // ${it.replaceAll("\n", " ")}`),
      `    it(${JSON.stringify(test.title)}, () =>`,
      "      play(sut, beginning, [",
      ...rows,
      "      ]));",
    ].join("\n");
  });
  return [
    importing("describe, it", "vitest"),
    importing("type Beginning, play", from),
    importing("suts", suts),
    "",
    `const beginning: Beginning = ${literal(beginning)};`,
    "",
    "for (const sut of [suts].flat()) {",
    `  describe(\`${suite.machine}, \${sut.name ?? "the system"}\`, () => {`,
    tests.join("\n\n"),
    "  });",
    "}",
    "",
  ].join("\n");
}

const importing = (names: string, module: string): string =>
  `import { ${names} } from ${JSON.stringify(module)};`;

/** `10 states, …`, for the header. */
export function summaryOf({ tests, coverage }: Suite): string[] {
  const counted = coverage.map(({ criterion, covered, of }) => `${criterion} ${covered}/${of}`);
  const missing = coverage.flatMap((it) => it.missing).map((it) => `never: ${it}`);
  return [`${tests.length} tests, ${eventsOf(tests)} steps: ${counted.join(", ")}`, ...missing];
}

/** As source text: errors too, and keys without quotes where they need none. */
export function literal(value: unknown): string {
  if (value === undefined) return "undefined";
  if (value instanceof Error) return `new Error(${JSON.stringify(value.message)})`;
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, it]) => typeof it !== "function");
    if (entries.length === 0) return "{}";
    const fields = entries.map(
      ([key, it]) => `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key)}: ${literal(it)}`,
    );
    return `{ ${fields.join(", ")} }`;
  }
  return typeof value === "bigint" ? `${value}n` : String(JSON.stringify(value) ?? "undefined");
}
