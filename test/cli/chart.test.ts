import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { chartCommand, type ChartOptions } from "../../src/cli/chart.ts";
import { runChart } from "../../src/cli/chart/run.ts";
import { homeostat } from "../support/command.ts";
import { formats } from "../../src/cli/chart/formats.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const fixture = (name: string): string => join(root, "test/fixtures/machines", `${name}.ts`);
const xstate = JSON.stringify(new URL("../../node_modules/xstate/dist/xstate.cjs.mjs", import.meta.url).href);

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "homeostat-chart-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** Runs the command in this process, with streams that remember. */
async function run(files: string[], options: Partial<ChartOptions> = {}) {
  const written = { stdout: "", stderr: "" };
  const output = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) });
  const terminal = { stdout: output("stdout"), stderr: output("stderr") };
  const code = await runChart(files, { fold: false, theme: "auto", check: false, ...options }, terminal);
  return { code, ...written };
}

describe("homeostat chart", () => {
  const starts = {
    svg: "<svg ",
    mermaid: "stateDiagram-v2\n",
    dot: 'digraph "trafficLight" {',
    scxml: "<?xml ",
    json: '{\n  "id": "trafficLight"',
    text: "trafficLight\n",
  } as const;

  it.each(formats)("prints %s", async (format) => {
    const { code, stdout, stderr } = await run([fixture("traffic-light")], { format: [format] });
    expect({ code, stderr, start: stdout.slice(0, starts[format].length) }).toEqual({
      code: 0,
      stderr: "",
      start: starts[format],
    });
  });

  it("says which file cannot be written, and ends with 2", async () => {
    const blocked = join(file("no-folder", ""), "charts");
    const { code, stderr } = await run([fixture("traffic-light")], { format: ["text"], out: blocked });
    expect(code).toBe(2);
    expect(stderr).toContain(`homeostat chart: cannot write ${join(blocked, "")}`);
  });

  it("prints svg when no format is named, in the theme and folded as told", async () => {
    const { stdout } = await run([fixture("traffic-light")], { fold: true, theme: "dark" });
    expect(stdout).toContain('class="hc hc-dark"');
    expect(stdout).toContain("red ⊞");
  });

  it("reads Stately JSON too", async () => {
    const { stdout: json } = await run([fixture("wizard")], { format: ["json"] });
    const { stdout: text } = await run([file("wizard.json", json)], { format: ["text"] });
    expect(text).toBe((await run([fixture("wizard")], { format: ["text"] })).stdout);
  });

  it("takes a machine of the user's own copy of XState, once for each name it has", async () => {
    const text = `import { createMachine } from ${xstate}; const one: unknown = createMachine({}); export default one; export { one }; export const n = 1;`;
    const out = join(directory, "own");
    expect(await run([file("own.ts", text)], { out, format: ["text"] })).toMatchObject({ code: 0 });
    expect(readdirSync(out)).toEqual(["one.txt"]);
  });

  it("names files after machines, and tells like ones apart", async () => {
    const text = `import { createMachine } from ${xstate}; export const a = createMachine({ id: "x/y" }); export const b = createMachine({ id: "x y" });`;
    const out = join(directory, "alike");
    await run([file("alike.ts", text)], { out, format: ["dot", "text"] });
    expect(readdirSync(out).sort()).toEqual(["x_y-2.dot", "x_y-2.txt", "x_y.dot", "x_y.txt"]);
  });

  it("leaves out files without a machine among others, and says so", async () => {
    const { code, stderr } = await run([fixture("game"), fileURLToPath(import.meta.resolve("fast-check"))]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^homeostat chart: .* exports no machine, left out\n$/);
  });

  it.each([
    ["missing.ts", null, "there is no file"],
    ["empty.ts", "export const machine = 1;", "no machine in"],
    ["syntax.ts", "export const = ;", "Unexpected token"],
    ["throws.mjs", 'throw new TypeError("not today");', "TypeError: not today"],
    ["absent.mjs", 'import "./not-there.mjs";', "not-there.mjs"],
    ["broken.json", "{", "JSON"],
    ["other.json", '{ "states": 1 }', "this is no machine configuration"],
  ])("ends with 2 and the reason for %s", async (name, text, reason) => {
    const path = text === null ? join(directory, name) : file(name, text);
    const { code, stdout, stderr } = await run([path]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(name);
    expect(stderr).toContain(reason);
  });

  it("ends with 2 and the reason for a folder", async () => {
    const { code, stderr } = await run([directory]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${directory} is a folder; name the files in it: `);
  });

  it("does not print several documents into one stream, unless they are text", async () => {
    const files = [fixture("game"), fixture("player")];
    expect(await run(files)).toMatchObject({
      code: 2,
      stderr:
        "homeostat chart: 2 documents (game, player); write them with --out DIR, or print --format text\n",
    });
    expect(await run(files, { format: ["text"] })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("\nplayer\n"),
    });
  });

  it.each([
    [["m.ts", "--format", "png"], '"png" is not one of svg, mermaid, dot, scxml, json, text'],
    [["m.ts", "--theme", "blue"], "Allowed choices are light, dark, auto"],
    [[], "missing required argument"],
  ])("refuses %j", async (argv, reason) => {
    let printed = "";
    const command = chartCommand().configureOutput({ writeErr: (text) => (printed += text) });
    await expect(command.parseAsync(argv, { from: "user" })).rejects.toMatchObject({ exitCode: 1 });
    expect(printed).toContain(reason);
  });
});

describe("the command line", () => {
  it("loads TypeScript by itself, and says where its syntax is wrong", async () => {
    const good = await homeostat(["chart", fixture("game"), "--format", "text"], directory);
    expect({ ...good, stdout: good.stdout.split("\n")[0] }).toMatchObject({
      code: 0,
      stdout: "game",
      stderr: "",
    });
    const path = file("wrong.ts", "const fine: number = 1;\nexport const = 3;\n");
    const bad = await homeostat(["chart", path], directory);
    expect(bad).toMatchObject({ code: 2, stdout: "" });
    expect(bad.stderr).toContain(`cannot load ${path}: SyntaxError`);
    expect(bad.stderr).toContain("wrong.ts:2)");
  });

  it("ends with 2 for an unknown format", async () => {
    const { code, stderr } = await homeostat(["chart", "x.ts", "--format", "png"], directory);
    expect(code).toBe(2);
    expect(stderr).toContain('"png" is not one of');
  });
});

describe("homeostat chart --check", () => {
  const files = [fixture("game")];
  let out: string;
  beforeEach(async () => {
    out = mkdtempSync(join(directory, "docs-"));
    await run(files, { out });
  });

  it("ends with 0 when every file is as it would be written", async () => {
    expect(readdirSync(out).sort()).toEqual(["game.mmd", "game.svg", "game.txt"]);
    expect(await run(files, { out, check: true })).toEqual({
      code: 0,
      stdout: `${out}: 3 files, all up to date\n`,
      stderr: "",
    });
  });

  it("names what is stale, missing and left over, and the command that mends it", async () => {
    writeFileSync(join(out, "game.svg"), "old");
    rmSync(join(out, "game.txt"));
    writeFileSync(join(out, "chess.mmd"), "");
    writeFileSync(join(out, "README.md"), "not ours");
    expect(await run(files, { out, check: true, fold: true, theme: "dark" })).toEqual({
      code: 1,
      stdout: "",
      stderr: [
        `stale     ${join(out, "game.svg")}`,
        `missing   ${join(out, "game.txt")}`,
        `left over ${join(out, "chess.mmd")} (no machine of this name)`,
        `mend with: homeostat chart ${files.join()} --out ${out} --fold --theme dark`,
        "remove what is left over\n",
      ].join("\n"),
    });
    expect(readFileSync(join(out, "game.svg"), "utf8")).toBe("old");
  });
});

it("docs/machines is what our machines say (mend with: npm run docs:machines)", async () => {
  const out = join(root, "docs/machines");
  const { code, stderr } = await run([join(root, "machines/index.ts")], { out, check: true });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});
