import { globSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CheckCommandOptions, runCheck } from "../../src/cli/check.ts";
import { moduleFiles } from "./module-files.ts";

const { directory, file } = moduleFiles("check");

async function run(files: readonly string[], options: CheckCommandOptions = {}) {
  const written = { stdout: "", stderr: "" };
  const output = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) });
  const code = await runCheck(files, options, { stdout: output("stdout"), stderr: output("stderr") });
  return { code, ...written };
}

const door = `
import { createMachine } from "xstate";
export const doorMachine = createMachine({
  id: "door",
  initial: "closed",
  states: { closed: { on: { open: "opened" } }, opened: { after: { 500: "closed" } } },
});`;

describe("homeostat check", () => {
  it("explores a stranger's TypeScript file as it is, and ends with 0", async () => {
    const path = file("door.ts", `${door}\nexport type Colour = "red";\n`);
    const { code, stdout, stderr } = await run([path]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`${path} doorMachine  2 states, 2 edges, 2 of 2 transitions taken`);
    expect(stdout).toContain("explored completely, nothing wrong");
  });

  it("checks the properties beside the machine, shows the way to a violation, and ends with 1", async () => {
    const options = `export const explore = { properties: [
      { kind: "always", name: "stays shut", holds: (state) => !state.in("opened") },
      { kind: "leadsTo", name: "shuts again", from: (state) => state.in("opened"), to: (state) => state.in("closed") },
    ] };`;
    const { code, stdout } = await run([file("doors.mjs", `${door}\n${options}`)]);
    expect(code).toBe(1);
    expect(stdout).toContain("✗ stays shut (violated)\n      closed ── open ──▶ opened");
    expect(stdout).toContain("✓ shuts again");
  });

  it("prints one report a line as JSON", async () => {
    const { stdout } = await run([file("json.mjs", door)], { json: true });
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      {
        type: "check",
        export: "doorMachine",
        machine: "door",
        verdict: "proven",
        states: 2,
        complete: true,
        bounds: { maxStates: 100_000, maxSeconds: 60, isAbstract: false, events: ["open"] },
      },
    ]);
  });

  it("names the key that grows when the budget of states is spent, and ends with 1", async () => {
    const counter = `
      import { assign, createMachine } from "xstate";
      export const counterMachine = createMachine({
        context: { clicks: 0, colour: "red" },
        on: { click: { actions: assign({ clicks: ({ context }) => context.clicks + 1 }) } },
      });`;
    const { code, stdout } = await run([file("counter.mjs", counter)], { states: 100 });
    expect(code).toBe(1);
    expect(stdout).toContain("diverging: Still growing after 100 states: clicks (100 values: 0 … 99)");
    expect(stdout).toContain("not explored completely, nothing is proven");
  });

  it("takes the options of several machines by the names of their exports", async () => {
    const two = `${door}
      export const otherMachine = doorMachine.provide({});
      export const explore = { otherMachine: { properties: [{ kind: "sometimes", name: "opens", holds: (it) => it.in("opened") }] } };`;
    const { stdout } = await run([file("two.mjs", two)], { json: true });
    const reports = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { properties: unknown[] });
    expect(reports.map(({ properties }) => properties.length)).toEqual([0, 1]);
  });

  it("takes the options from the folder of the file's name", async () => {
    const path = file("gate.mjs", door);
    mkdirSync(join(directory, "gate"));
    const properties = `[{ kind: "sometimes", name: "opens", holds: (it) => it.in("opened") }]`;
    file("gate/explore.mjs", `export const explore = { properties: ${properties} };`);
    const { stdout } = await run([path], { json: true });
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "proven", properties: [{ name: "opens" }] });
  });

  it("notes a file without a machine beside others, and refuses to do nothing", async () => {
    const none = file("none.mjs", "export const a = 1; export const b = {};");
    const { code, stderr } = await run([none, file("other.mjs", door)]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `homeostat check: ${none} exports no machine: skipped\n`,
    });
    expect(await run([none])).toMatchObject({ code: 2, stdout: "" });
  });

  it("checks a machine that several files export once, as the file says that says how", async () => {
    const list = file("a-list.mjs", 'export * from "./told.mjs"; export const explore = undefined;');
    const told = file("told.mjs", `${door}\nexport const explore = { maxStates: 1 };`);
    const { stdout } = await run([list, told], { json: true });
    expect(stdout.trim().split("\n")).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ file: told, stoppedBy: "states" });
  });

  it("proves every invariant of our own charts, none of them vacuous", async () => {
    const charts = globSync("machines/*.ts");
    const { code, stdout, stderr } = await run(charts, { json: true });
    const reports = stdout
      .trim()
      .split("\n")
      .map(
        (line) => JSON.parse(line) as { type: string; machine: string; properties: { verdict: string }[] },
      );
    const checked = reports.filter(({ type }) => type === "check");
    expect({ code, stderr, machines: checked.length }).toEqual({ code: 0, stderr: "", machines: 6 });
    const verdicts = checked.flatMap(({ properties }) => properties.map(({ verdict }) => verdict));
    expect(verdicts.length).toBeGreaterThan(40);
    expect(new Set(verdicts)).toEqual(new Set(["holds"]));
    expect(reports.filter(({ type }) => type === "skipped")).toMatchObject([{ file: "machines/actors.ts" }]);
  });

  it.each([
    ["there is no file", "missing.mjs", null],
    ["is a folder; name the files in it", ".", null],
    ["broken.mjs: SyntaxError: ", "broken.mjs", "export const = 1;"],
    ['the export "explore"', "odd.mjs", `${door}\nexport const explore = 3;`],
  ])("ends with 2 and says: %s", async (message, name, text) => {
    const path = text === null ? join(directory, name) : file(name, text);
    const { code, stderr } = await run([path, file("good.mjs", door)]);
    expect(code).toBe(2);
    expect(stderr).toContain(`homeostat check: `);
    expect(stderr).toContain(message);
  });
});
