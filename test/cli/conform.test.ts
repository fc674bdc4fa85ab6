import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { conformCommand, runConform } from "../../src/cli/conform.ts";

const directory = mkdtempSync(join(tmpdir(), "homeostat-conform-"));
afterAll(() => rmSync(directory, { recursive: true }));

const vectors = fileURLToPath(new URL("../vectors/crash_budget.jsonl", import.meta.url));
const recording = readFileSync(vectors, "utf8");
const oneWrong = recording.replace('"retry_after_ms":19485', '"retry_after_ms":19486');

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const encoder = new TextEncoder();

/** Runs the command in this process, with streams that remember. */
async function run(
  files: string[],
  {
    stdin = "",
    pieceBytes = 65_536,
    isTTY = false,
    ...options
  }: {
    stdin?: string;
    pieceBytes?: number;
    isTTY?: boolean;
    kind?: string;
    json?: boolean;
    via?: "machines" | "decisions";
  } = {},
) {
  const written = { stdout: "", stderr: "" };
  const output = (name: keyof typeof written) => ({
    isTTY,
    write: (text: string) => (written[name] += text),
  });
  async function* bytes() {
    const all = encoder.encode(stdin);
    for (let start = 0; start < all.length; start += pieceBytes) {
      yield all.subarray(start, start + pieceBytes);
    }
  }
  const terminal = { stdin: bytes(), stdout: output("stdout"), stderr: output("stderr") };
  const code = await runConform(files, { via: "decisions", ...options }, terminal);
  return { code, ...written };
}

describe("homeostat conform", () => {
  it("prints the counts of every kind and ends with 0 when all conform", async () => {
    expect(await run([vectors])).toEqual({
      code: 0,
      stdout: `${[
        "kind                         cases  operations  differing",
        "crash_budget                   200        1611          0",
        "every answer of the decisions is the recorded one",
      ].join("\n")}\n`,
      stderr: "",
    });
  });

  it("prints the case, the operation and what differs, and ends with 1", async () => {
    const path = file("wrong.jsonl", oneWrong);
    const { code, stdout, stderr } = await run([path], { via: "machines" });
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout.split("\n").slice(0, 5)).toEqual([
      `crash_budget seed 1 case 120, operation 2: record_crash (${path}:121)`,
      '  {"op":"record_crash","key":{"instance":"private:svc","service_name":"svc","service_version":"1.0.0"},"now_ms":1014735}',
      "    decision.refuse.retry_after_ms",
      "      - 19486",
      "      + 19485",
    ]);
    expect(stdout).toContain("1 case differs (via machines)");
  });

  it("names file and line of a malformed line, and ends with 2", async () => {
    const path = file("malformed.jsonl", `${recording.split("\n")[0]}\n{"kind":\n`);
    const { code, stderr } = await run([path]);
    expect(code).toBe(2);
    expect(stderr).toContain(`homeostat conform: ${path}:2: no JSON: `);
  });

  it("ends with 2 for a file that is not there", async () => {
    const path = join(directory, "missing.jsonl");
    expect(await run([path])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(`cannot read ${path}: ENOENT`),
    });
  });

  it.each([
    [{}, "no recorded case"],
    [{ kind: "x_spawn_budget" }, 'no recorded case of kind "x_spawn_budget"'],
  ])("ends with 2 for an input that holds no case to check (%j)", async (options, message) => {
    const text = "kind" in options ? recording : "\n";
    const { code, stderr } = await run(["-"], { stdin: text, ...options });
    expect({ code, stderr }).toEqual({ code: 2, stderr: `homeostat conform: the input holds ${message}\n` });
  });

  it.each([[[]], [["-"]]])("reads stdin, byte by byte, for the files %j", async (files) => {
    const stdin = readFileSync(vectors.replace("crash_budget", "plugin_health"), "utf8").split("\n")[0];
    expect(await run(files, { stdin, pieceBytes: 1 })).toMatchObject({ code: 0 });
  });

  it("prints JSON lines with --json: the differences, then the counts", async () => {
    const { code, stdout } = await run(["-"], { stdin: oneWrong, json: true });
    const records: unknown[] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(code).toBe(1);
    expect(records).toMatchObject([
      { type: "difference", source: "stdin", line: 121, operationIndex: 2 },
      { type: "counts", via: "decisions", kinds: { crash_budget: { cases: 200, differing: 1 } } },
    ]);
  });

  it("prints a malformed line as JSON too", async () => {
    const { stdout } = await run(["-"], { stdin: "{", json: true });
    expect(JSON.parse(stdout)).toMatchObject({
      type: "error",
      code: "invalid_event",
      details: { source: "stdin", line: 1 },
    });
  });

  it("shows progress on a terminal only", async () => {
    expect((await run([vectors], { isTTY: true })).stderr).toContain("\r\u001B[K200 cases");
  });

  it("explains itself with examples and exit codes", () => {
    let help = "";
    const command = conformCommand().configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    expect(help).toContain("homeostat conform --via decisions *.jsonl");
    expect(help).toContain("Exit codes:");
  });

  it.each([
    ["--via", "magic"],
    ["--kind", "nonsense"],
  ])("refuses %s %s", async (...argv) => {
    const command = conformCommand().configureOutput({ writeErr: () => {} });
    await expect(command.parseAsync(argv, { from: "user" })).rejects.toMatchObject({
      code: "commander.invalidArgument",
    });
  });
});

describe("as a process", () => {
  const script =
    'import { conformCommand } from "./src/cli/conform.ts"; await conformCommand().parseAsync(process.argv.slice(1), { from: "user" });';

  it.each([
    ["0 when all conform", recording, 0],
    ["1 for a difference", oneWrong, 1],
    ["2 for a malformed line", "{", 2],
  ])("ends with %s", async (_, input, expected) => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script, "--", "-"], {
      cwd: root,
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const code = await new Promise((resolve) => child.on("exit", resolve));
    expect(code).toBe(expected);
  });
});
