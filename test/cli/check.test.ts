import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { type CheckCommandOptions, runCheck } from "../../src/cli/check.ts";

// Inside the package, so that the files find xstate as a user's would.
const directory = mkdtempSync(fileURLToPath(new URL("../../node_modules/.check-", import.meta.url)));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

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
      { type: "check", export: "doorMachine", machine: "door", verdict: "proven", states: 2, complete: true },
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

  it.each([
    ["there is no file", "missing.mjs", null],
    ["cannot be loaded: ", "broken.mjs", "export const = 1;"],
    ["exports no machine, but a, b", "none.mjs", "export const a = 1; export const b = {};"],
    ['the export "explore"', "odd.mjs", `${door}\nexport const explore = 3;`],
  ])("ends with 2 and says: %s", async (message, name, text) => {
    const path = text === null ? join(directory, name) : file(name, text);
    const { code, stderr } = await run([path, file("good.mjs", door)]);
    expect(code).toBe(2);
    expect(stderr).toContain(`homeostat check: `);
    expect(stderr).toContain(message);
  });
});
