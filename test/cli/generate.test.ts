import { execFile } from "node:child_process";
import {
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type GenerateOptions, runGenerate } from "../../src/cli/generate/run.ts";

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
// A project of its own, which finds xstate and vitest as a user's would.
const root = mkdtempSync(join(tmpdir(), "homeostat-generate-"));
symlinkSync(modules, join(root, "node_modules"));
afterAll(() => rmSync(root, { recursive: true }));

let out = "";
beforeEach(() => {
  out = mkdtempSync(join(root, "out-"));
});

const door = `
import { createMachine } from "xstate";
export const doorMachine = createMachine({
  id: "door",
  initial: "closed",
  states: { closed: { on: { open: "opened" } }, opened: { after: { 500: "closed" } } },
});`;

function file(name: string, text: string): string {
  const path = join(root, name);
  writeFileSync(path, text);
  return path;
}

async function run(files: readonly string[], options: Partial<GenerateOptions> = {}) {
  const written = { stdout: "", stderr: "" };
  const output = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) });
  const code = await runGenerate(
    files,
    { out, ...options },
    { stdout: output("stdout"), stderr: output("stderr") },
  );
  return { code, ...written };
}

const source = file("door.mjs", door);
const suite = (): string => join(out, "door.test.ts");
const from = fileURLToPath(new URL("../../src/testgen/index.ts", import.meta.url));

describe("homeostat generate", () => {
  it(
    "writes a suite and a file that says what is tested, which vitest runs as they are",
    { timeout: 120_000 },
    async () => {
      const { code, stdout } = await run([source], { from });
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^written {4}.*door\.test\.ts {2}1 test, \d+ steps\nyours {6}.*door\.sut\.ts {2}.*\n$/,
      );
      expect(readdirSync(out).toSorted()).toEqual(["door.sut.ts", "door.test.ts"]);
      const text = readFileSync(suite(), "utf8");
      expect(text).toContain("// takes door.opened after 500");
      expect(text).toContain('{ send: { type: "open" }, value: "opened" }');
      const vitest = join(modules, "vitest/vitest.mjs");
      const ran = await promisify(execFile)(process.execPath, [vitest, "run", "--root", out], {
        cwd: out,
        env: { ...process.env, NO_COLOR: "1" },
      });
      expect(ran.stdout).toMatch(/Tests +1 passed/);
    },
  );

  it("leaves what is up to date alone, and keeps the options that a file was made with", async () => {
    await run([source], { maxSteps: 3, killMutants: true });
    const before = readFileSync(suite(), "utf8");
    const again = await run([source]);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^unchanged/) as string });
    expect(readFileSync(suite(), "utf8")).toBe(before);
    expect(before).toContain('made with: {"killMutants":true,"maxSteps":3}');
  });

  it("never writes over the file that says what is tested", async () => {
    await run([source]);
    writeFileSync(join(out, "door.sut.ts"), "mine");
    await run([source], { force: true, reset: 3 });
    expect(readFileSync(join(out, "door.sut.ts"), "utf8")).toBe("mine");
  });

  it("--check writes nothing, and ends with 1 for a missing or a stale file", async () => {
    const missing = await run([source], { check: true });
    expect(missing).toMatchObject({ code: 1, stdout: expect.stringMatching(/^missing/) as string });
    expect(readdirSync(out)).toEqual([]);
    await run([source]);
    expect(await run([source], { check: true })).toMatchObject({ code: 0 });
    const changed = file("other-door.mjs", door.replace("500", "700"));
    const stale = await run([changed], { check: true });
    expect(stale).toMatchObject({ code: 1, stdout: expect.stringMatching(/^stale/) as string });
    expect(stale.stderr).toContain("write them again with homeostat generate");
  });

  it("refuses to write over a file that was changed by hand, unless it is forced", async () => {
    await run([source]);
    const edited = readFileSync(suite(), "utf8").replace('value: "opened"', 'value: "ajar"');
    writeFileSync(suite(), edited);
    const refused = await run([source]);
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringMatching(/^edited/) as string });
    expect(refused.stderr).toContain("--force");
    const checked = await run([source], { check: true });
    expect(checked).toMatchObject({ code: 1, stderr: refused.stderr });
    expect(readFileSync(suite(), "utf8")).toBe(edited);
    expect(await run([source], { force: true })).toMatchObject({ code: 0 });
    expect(readFileSync(suite(), "utf8")).not.toBe(edited);
  });

  it("takes a file whose options were broken by hand for one that was changed by hand", async () => {
    await run([source]);
    writeFileSync(suite(), readFileSync(suite(), "utf8").replace("made with: {}", "made with: {oops}"));
    expect(await run([source])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^edited/) as string,
    });
  });

  it("says which file cannot be written, and ends with 2", async () => {
    const { code, stdout, stderr } = await run([source], { out: join(source, "tests") });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`cannot write ${join(source, "tests", "door.test.ts")}: `);
  });

  it("refuses a machine that cannot be explored, and says what is in the way", async () => {
    const dice = file(
      "dice.mjs",
      `import { assign, createMachine } from "xstate";
       export const dice = createMachine({ id: "dice", context: { n: 0 }, on: { ROLL: { actions: assign({ n: () => Math.random() }) } } });`,
    );
    const { code, stderr } = await run([dice]);
    expect(code).toBe(2);
    expect(stderr).toContain("dice cannot be explored: context.n gets another value");
  });

  it("ends with 2 for a file that is not there or has no machine", async () => {
    expect(await run([join(root, "nothing.ts")])).toMatchObject({ code: 2 });
    expect(await run([file("empty.mjs", "export const a = 1;")])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no machine in") as string,
    });
  });

  it("prints one object a line as JSON", async () => {
    const { stdout } = await run([source], { json: true });
    expect(JSON.parse(stdout)).toMatchObject({
      sut: join(out, "door.sut.ts"),
      type: "suite",
      machine: "door",
      tests: 1,
      standing: "written",
    });
  });

  it("finds the suites of our charts up to date", { timeout: 180_000 }, async () => {
    const machines = globSync("machines/*.ts");
    const { code, stdout } = await run(machines, { out: "test/generated", check: true });
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout.trim().split("\n").length).toBe(6);
  });
});
