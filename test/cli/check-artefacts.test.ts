import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type CheckCommandOptions, runCheck } from "../../src/cli/check.ts";

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
// A project of its own, which finds xstate and vitest as a user's would.
const root = mkdtempSync(join(tmpdir(), "homeostat-check-"));
symlinkSync(modules, join(root, "node_modules"));
afterAll(() => rmSync(root, { recursive: true }));

let out = "";
beforeEach(() => {
  out = mkdtempSync(join(root, "out-"));
});

const door = (after: string): string => `
import { createMachine } from "xstate";
export const doorMachine = createMachine({
  id: "door",
  initial: "closed",
  states: { closed: { on: { open: "opened" } }, opened: { on: { hold: "opened" }, ${after} } },
});
export const explore = { properties: [
  { kind: "always", name: "stays shut / always", holds: (it) => !it.in("opened") },
  { kind: "leadsTo", name: "shuts again", from: (it) => it.in("opened"), to: (it) => it.in("closed") },
] };`;

function file(name: string, text: string): string {
  const path = join(root, name);
  writeFileSync(path, text);
  return path;
}
const path = file("door.mjs", door(""));

async function run(options: CheckCommandOptions, files = [path]) {
  const written = { stdout: "", stderr: "" };
  const output = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) });
  const code = await runCheck(files, options, { stdout: output("stdout"), stderr: output("stderr") });
  return { code, ...written };
}

describe("homeostat check --report", () => {
  it("prints one report instead of the usual lines", async () => {
    const { code, stdout } = await run({ report: "md" });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^# homeostat check\n\n\d passed, \d failed/);
    expect(JSON.parse((await run({ report: "json" })).stdout)).toMatchObject({
      groups: [{ name: "door", file: path }],
    });
  });

  it("writes it to a file, in the format of its name, beside the usual lines", async () => {
    const { stdout } = await run({ out: join(out, "deep", "check.xml") });
    expect(readFileSync(join(out, "deep", "check.xml"), "utf8")).toContain(
      '<testcase classname="door" name="shuts again">',
    );
    expect(stdout).toContain("✗ shuts again");
  });

  it("ends with 2 for a file that cannot be written", async () => {
    const { code, stderr } = await run({ report: "md", out });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot write") });
  });
});

describe("homeostat check --coverage", () => {
  it("writes counts that the page of homeostat inspect opens", async () => {
    await run({ coverage: join(out, "coverage.json") });
    expect(JSON.parse(readFileSync(join(out, "coverage.json"), "utf8"))).toEqual({
      coverage: [
        {
          kind: "coverage",
          def: "door",
          of: "tests",
          states: { door: 2, "door.closed": 1, "door.opened": 1 },
          transitions: { "door.closed:open:0": 1, "door.opened:hold:0": 1 },
          paths: {},
        },
      ],
    });
  });
});

describe("homeostat check --counterexamples", () => {
  it("writes text, picture and a test for each property that is violated", async () => {
    await run({ counterexamples: out });
    const names = ["door-shuts-again", "door-stays-shut-always"];
    const files = names.flatMap((it) => [`${it}.md`, `${it}.svg`, `${it}.test.ts`]);
    expect(readdirSync(out).toSorted()).toEqual(expect.arrayContaining(files));
    const text = readFileSync(join(out, "door-stays-shut-always.md"), "utf8");
    expect(text).toContain("closed ── open ──▶ opened");
    expect(text).toContain("sequenceDiagram");
    const picture = readFileSync(join(out, "door-stays-shut-always.svg"), "utf8");
    expect(picture).toMatch(/class="box on"[^>]*data-state="door.opened"/);
    expect(picture).not.toMatch(/class="box on"[^>]*data-state="door.closed"/);
    expect(picture).toMatch(/class="edge \w+ on"/);
  });

  it("writes nothing where nothing is wrong", async () => {
    const good = file("good.mjs", door('after: { 500: "closed" }').replace(/\{ kind: "always".*\n/, ""));
    expect((await run({ counterexamples: out }, [good])).stdout).toContain("✓ shuts again");
    expect(readdirSync(out)).toEqual([]);
  });

  it("writes tests that fail in vitest until the machine is mended", { timeout: 120_000 }, async () => {
    const from = fileURLToPath(new URL("../../src/testgen/index.ts", import.meta.url));
    const own = file("own.mjs", door(""));
    await run({ counterexamples: out, from }, [own]);
    const vitest = async (): Promise<string> => {
      const args = [join(modules, "vitest/vitest.mjs"), "run", "--root", out];
      const options = { cwd: out, env: { ...process.env, NO_COLOR: "1" } };
      return promisify(execFile)(process.execPath, args, options).then(
        ({ stdout }) => stdout,
        ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
      );
    };
    const broken = await vitest();
    expect(broken).toMatch(/Tests +2 failed/);
    expect(broken).toContain("violated for ever");
    file("own.mjs", door('after: { 500: "closed" }').replace('"opened" } }, opened', '"closed" } }, opened'));
    expect(await vitest()).toMatch(/Tests +2 passed/);
  });
});
