/** The work of `homeostat generate`, without its command line. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { HomeostatError } from "../../core/errors.ts";
import { generateSuite, type Suite } from "../../testgen/index.ts";
import { distinct, type Loaded, loadMachines } from "../check/load.ts";
import { count } from "../run/narrator.ts";
import { writeDocument } from "../write-document.ts";
import { type Making, makingIn, standingOf, sutFile, testFile } from "./files.ts";

export interface GenerateOptions {
  readonly out: string;
  readonly check?: boolean;
  readonly force?: boolean;
  readonly killMutants?: boolean;
  readonly maxSteps?: number;
  readonly reset?: number;
  readonly from?: string;
  readonly json?: boolean;
}

/** 0: written, or up to date. 1: drift, or changed by hand. 2: the input cannot be used. */
export type GenerateExitCode = 0 | 1 | 2;

interface Terminal {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

export async function runGenerate(
  files: readonly string[],
  options: GenerateOptions,
  { stdout, stderr }: Terminal,
): Promise<GenerateExitCode> {
  const { json = false, out } = options;
  let code: GenerateExitCode = 0;
  let isEdited = false;
  const say = (record: object, text: string): void => {
    stdout.write(json ? `${JSON.stringify(record)}\n` : `${text}\n`);
  };
  const refuse = (error: unknown, file: string): void => {
    if (!(error instanceof HomeostatError)) throw error;
    code = 2;
    if (json)
      stdout.write(`${JSON.stringify({ type: "error", file, code: error.code, message: error.message })}\n`);
    stderr.write(`homeostat generate: ${error.message}\n`);
  };

  const loaded: Loaded[] = [];
  for (const file of files) {
    try {
      loaded.push(...(await loadMachines(file)));
    } catch (error) {
      refuse(error, file);
    }
  }
  if (loaded.length === 0 && code === 0) {
    refuse(
      new HomeostatError("not_found", `no machine in ${files.join(", ")}: export what createMachine gave`),
      "",
    );
  }
  for (const it of distinct(loaded)) {
    try {
      const result = generate(it, options);
      if (result.standing === "stale" || result.standing === "missing" || result.standing === "edited") {
        if (code === 0) code = 1;
      }
      const { suite, path, standing, sut } = result;
      if (standing === "edited") isEdited = true;
      const steps = suite.tests.reduce((sum, { steps: { length } }) => sum + length, 0);
      say(
        { ...record(suite, steps), file: path, standing, ...(sut !== undefined && { sut }) },
        `${standing.padEnd(10)} ${path}  ${count(suite.tests.length, "test")}, ${count(steps, "step")}`,
      );
      if (sut !== undefined && !json) stdout.write(`${"yours".padEnd(10)} ${sut}  says what is tested\n`);
      for (const text of suite.warnings) if (!json) stderr.write(`homeostat generate: ${it.file}: ${text}\n`);
    } catch (error) {
      refuse(error, it.file);
    }
  }
  if (code === 1 && !json) {
    // What was changed by hand is written over only when that is said.
    const how = isEdited ? "overwrite what was changed by hand with" : "write them again with";
    const force = isEdited ? " --force" : "";
    stderr.write(`${how} homeostat generate ${files.join(" ")} --out ${out}${force}\n`);
  }
  return code;
}

function record({ machine, tests, coverage, warnings }: Suite, steps: number) {
  return { type: "suite", machine, tests: tests.length, steps, coverage, warnings };
}

interface Generated {
  readonly suite: Suite;
  readonly path: string;
  /** The file that says what is tested, when it was written for the first time. */
  readonly sut?: string;
  /** `edited`: changed by hand. */
  readonly standing: "written" | "unchanged" | "stale" | "missing" | "edited";
}

function generate({ machine, file, name, options: how }: Loaded, options: GenerateOptions): Generated {
  const base = kebab(machine.id === "(machine)" ? name : machine.id);
  const path = join(options.out, `${base}.test.ts`);
  const before = existsSync(path) ? readFileSync(path, "utf8") : null;
  const making: Making = { ...makingIn(before), ...given(options) };
  const { properties: _, accept: __, ...exploring } = how;
  const { from, ...planning } = making;
  const suite = generateSuite(machine, { ...exploring, ...planning });
  const text = testFile(suite, { making, source: portable(relative(".", file)), suts: `./${base}.sut.ts` });
  const standing = standingOf(before, text);
  if (standing === "unchanged") return { suite, path, standing };
  if (options.check === true) return { suite, path, standing };
  if (standing === "edited" && options.force !== true) return { suite, path, standing };
  writeDocument(path, text);
  const sut = join(options.out, `${base}.sut.ts`);
  const isNew = !existsSync(sut);
  if (isNew) {
    const source = portable(relative(resolve(dirname(sut)), resolve(file)));
    writeDocument(sut, sutFile({ name, source: source.startsWith(".") ? source : `./${source}`, from }));
  }
  return { suite, path, standing: "written", ...(isNew && { sut }) };
}

/** What was asked for this time. */
function given({ killMutants, maxSteps, reset, from }: GenerateOptions): Making {
  const all = { killMutants, maxSteps, reset, from };
  return Object.fromEntries(Object.entries(all).filter(([, it]) => it !== undefined));
}

const portable = (path: string): string => path.split(sep).join("/");

/** `crashBudget`: `crash-budget`. */
function kebab(id: string): string {
  const words = id.replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
  return words.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "") || "machine";
}
