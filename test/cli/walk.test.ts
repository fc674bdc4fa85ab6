import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runWalk, type WalkCommandOptions } from "../../src/cli/walk/run.ts";
import { moduleFiles } from "./module-files.ts";

const { directory, file } = moduleFiles("walk");

const machine = file(
  "door.ts",
  `import { createMachine } from "xstate";
export const doorMachine = createMachine({
  id: "door",
  initial: "closed",
  states: {
    closed: { on: { open: "opened", lock: "locked" } },
    opened: { on: { close: "closed" } },
    locked: { on: { unlock: "closed" } },
  },
});`,
);
const sut = (unlocked: string) =>
  file(
    `${unlocked}.sut.ts`,
    `const next: Record<string, string> = {
  "closed open": "opened", "closed lock": "locked", "opened close": "closed", "locked unlock": "${unlocked}",
};
export const suts = {
  name: "a door",
  create() {
    let value = "closed";
    return { send: ({ type }: { type: string }) => (value = next[value + " " + type] ?? value), read: () => ({ value }) };
  },
};`,
  );

async function run(options: WalkCommandOptions, name = machine) {
  const written = { stdout: "", stderr: "" };
  const output = (of: keyof typeof written) => ({ write: (text: string) => (written[of] += text) });
  const code = await runWalk(name, options, { stdout: output("stdout"), stderr: output("stderr") });
  return { code, ...written };
}

describe("homeostat walk", () => {
  it("ends with 0 for a system that does what its machine does, and for the machine itself", async () => {
    const { code, stdout } = await run({ sut: sut("closed"), seed: 1 });
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("a door: door: 100 walks from"),
    });
    expect((await run({ runs: 5 })).code).toBe(0);
  });

  it("ends with 1 and prints the shortest way to the fault, with a command that shows it again", async () => {
    const path = sut("opened");
    const { code, stdout } = await run({ sut: path, seed: 1 });
    expect(code).toBe(1);
    expect(stdout).toContain('value: expected "closed", was "opened"');
    expect(stdout).toContain("2 steps (lock, unlock): nothing shorter fails; found with ");
    const [, replay] = /again: homeostat walk \S+ --sut \S+ --replay '(.*)'/.exec(stdout) ?? [];
    const again = await run({ sut: path, replay: replay ?? "" });
    expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining("after step 2, unlock") });
    expect((await run({ sut: sut("closed"), replay: replay ?? "" })).code).toBe(0);
  });

  it("prints an object with --json", async () => {
    const { stdout } = await run({ sut: sut("opened"), seed: 1, json: true });
    expect(JSON.parse(stdout)).toMatchObject({
      type: "walk",
      machine: "door",
      seed: 1,
      failure: { minimality: "shortest", transitions: ["door.locked unlock"] },
    });
  });

  it.each<[WalkCommandOptions, string]>([
    [{ sut: join(directory, "none.ts") }, "there is no file"],
    [{ sut: machine }, 'exports no "suts"'],
    [{ replay: "open" }, "--replay takes the moves"],
  ])("ends with 2 for %j", async (options, message) => {
    const { code, stderr } = await run(options);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });
});
