import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ConformCommandOptions, runConform } from "../../src/cli/conform.ts";
import { moduleFiles } from "./module-files.ts";

const { directory, file } = moduleFiles("conform");

const machine = file(
  "door.ts",
  `import { createMachine } from "xstate";
export const doorMachine = createMachine({
  id: "door",
  initial: "closed",
  states: { closed: { on: { open: "opened" } }, opened: { on: { close: "closed" } } },
});
export const gateMachine = createMachine({ id: "gate", initial: "a", states: { a: { on: { open: "a" } } } });
export const explore = { doorMachine: { properties: [
  { kind: "leadsTo", name: "shuts again", from: (it) => it.in("opened"), to: (it) => it.in("closed") },
] } };`,
);

async function run(log: string, options: Partial<ConformCommandOptions> = {}) {
  const written = { stdout: "", stderr: "" };
  const output = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) });
  const terminal = { stdin: [log] as never, stdout: output("stdout"), stderr: output("stderr") };
  const code = await runConform(
    [],
    { via: "machines", machine: `${machine}#doorMachine`, ...options },
    terminal,
  );
  return { code, ...written };
}

describe("homeostat conform --machine", () => {
  it("ends with 0 where the machine could have done all of it, and says what is still open", async () => {
    expect(await run('{"event":"open"}\n{"event":"close"}\n{"type":"open"}\n')).toEqual({
      code: 0,
      stdout: "3 lines, 1 run\n  ? shuts again (still open in 1 run)\ndoor could have done all of it\n",
      stderr: "",
    });
  });

  it("ends with 1 and shows the first difference, with what was accepted instead", async () => {
    const { code, stdout } = await run(
      '{"event":"open","state":"opened"}\n{"event":"open"}\n{"event":"close"}\n',
    );
    expect(code).toBe(1);
    expect(stdout.split("\n")).toEqual([
      "the machine has no transition for open here (stdin:2)",
      "    event     open",
      "    expected  opened",
      "    accepted  close",
      "3 lines, 1 run, 1 line after a difference not judged",
      "  ? shuts again (still open in 1 run)",
      "1 run differs from door",
      "",
    ]);
  });

  it("prints JSON lines with --json", async () => {
    const { stdout } = await run('{"event":"close","door":7}', { json: true, key: "door" });
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { type: "difference", line: 1, run: "7", kind: "notAccepted" },
      { type: "counts", machine: "door", runs: 1 },
    ]);
  });

  it("ends with 2 for lines that cannot be read, names them, and judges the others", async () => {
    const { code, stdout, stderr } = await run('{"event":\n{"event":"close"}\n');
    expect(code).toBe(2);
    expect(stderr).toContain("homeostat conform: stdin:1: no JSON");
    expect(stdout).toContain("(stdin:2)");
  });

  it.each([
    [{ machine }, "exports several machines; say which"],
    [{ machine: `${machine}#other` }, 'exports no machine "other", but doorMachine, gateMachine'],
    [{ machine: join(directory, "none.ts") }, "there is no file"],
  ])("ends with 2 for %j", async (options, message) => {
    const { code, stderr } = await run('{"event":"open"}', options);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });

  it("ends with 2 for a log without a line", async () => {
    expect(await run("\n")).toMatchObject({ code: 2, stderr: "homeostat conform: the log has no lines\n" });
  });
});
