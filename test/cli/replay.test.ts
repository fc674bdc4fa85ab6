import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { crash, toLog } from "../replay/logs.ts";
import { startSupervisor } from "../fakes/supervised.ts";
import { folderWith, homeostat, parseLines } from "../support/command.ts";

/** A folder with `run.jsonl`, the log of a server that was refused, and whatever `files` says. */
async function folder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const path = folderWith({});
  const started = await startSupervisor(["files"]);
  await crash(started, "files", 2, 1_000);
  const all = { "run.jsonl": `${toLog(started.records)}{"type":"summary"}\n`, ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(path, name), text);
  return path;
}

const log = async (change: (log: string) => string) => {
  const started = await startSupervisor(["files"]);
  await crash(started, "files", 2, 1_000);
  return change(toLog(started.records));
};

describe("homeostat replay", () => {
  it("ends with 0 when every decision is derived again", async () => {
    expect(await homeostat(["replay", "run.jsonl"], await folder())).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^1 run, \d+ records, 3 decisions: every decision is the one/),
      stderr: "",
    });
  });

  it("names the first difference and ends with 1", async () => {
    const changed = await log((it) => it.replace('"retryAfterMs":250', '"retryAfterMs":251'));
    const cwd = await folder({ "changed.jsonl": changed });
    const { code, stdout } = await homeostat(["replay", "changed.jsonl"], cwd);
    expect(code).toBe(1);
    expect(stdout.split("\n").slice(1, 4)).toEqual(["    retryAfterMs", "      - 250", "      + 251"]);
    expect(stdout).toMatch(
      /^record (\d+) is not what its facts lead to: start.scheduled of files\/files \(changed.jsonl:\1\)/,
    );
  });

  it("shows with --policy where another policy would have decided otherwise, and ends with 0", async () => {
    const cwd = await folder({ "lax.json": '{ "crashBudget": { "retries": 2 } }' });
    const args = ["replay", "run.jsonl", "--policy", "lax.json"];
    const { code, stdout } = await homeostat(args, cwd);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "    recorded  start.refused of files/files: reason backend_unavailable, retryAfterMs 28750",
    );
    expect(stdout).toContain("    would be  start.scheduled of files/files: retryAfterMs 250, attempt 2");
    const json = await homeostat([...args, "--json"], cwd);
    expect(parseLines(json.stdout)).toMatchObject([
      { type: "divergence" },
      { type: "counts", divergences: 1 },
    ]);
  });

  it.each([
    [["replay", "bad.jsonl"], "bad.jsonl:1: no JSON"],
    [["replay", "gap.jsonl"], "is missing before"],
    [["replay", "missing.jsonl"], "cannot read missing.jsonl: ENOENT"],
    [["replay", "empty.jsonl"], "the input holds no run"],
    [["replay", "run.jsonl", "--policy", "none.json"], "cannot read none.json"],
    [["replay", "run.jsonl", "--policy", "empty.json"], "has neither crashBudget nor spawnBudget"],
    [["replay", "run.jsonl", "--policy", "bad.json"], "bad.json does not fit"],
    [["replay", "run.jsonl", "--policy", "bad.jsonl"], "bad.jsonl is no JSON"],
    [["explain", "fles", "run.jsonl"], 'did you mean "files"? (it tells of files, files/files)'],
    [["explain", "files", "bad.jsonl"], "bad.jsonl:1: no JSON"],
    [["explain"], "missing required argument 'subject'"],
  ])("ends with 2 for bad input: %j", async (args, message) => {
    const cwd = await folder({
      "bad.jsonl": "{",
      "empty.jsonl": '{"type":"summary"}\n',
      "empty.json": "{}",
      "bad.json": '{ "crashBudget": { "retries": -1 } }',
      "gap.jsonl": await log((it) => it.split("\n").toSpliced(3, 1).join("\n")),
    });
    expect(await homeostat(args, cwd)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });
});

describe("homeostat explain", () => {
  it("says in sentences what a server waits for, and why", async () => {
    const { code, stdout } = await homeostat(["explain", "files", "run.jsonl"], await folder());
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^files\/files\n {2}It is not started before 2023-11-14 22:13:51.000 UTC: 29 s after /,
    );
    expect(stdout).toContain(
      "Why: its 1 retry of a window is spent, so it waits until the window ends (B1; the guard withinBudget did not hold).",
    );
    expect(stdout).toContain("2 crashes in the tumbling window of 30 s");
    expect(stdout).toContain("Decided last: start.refused, record");
  });

  it("prints one object a server with --json", async () => {
    const { stdout } = await homeostat(["explain", "files/files", "--json", "run.jsonl"], await folder());
    expect(parseLines(stdout)).toMatchObject([{ type: "explanation", rule: "B1", stopped: false }]);
  });
});
