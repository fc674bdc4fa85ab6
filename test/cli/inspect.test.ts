import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createActor } from "xstate";
import { crashBudgetMachine } from "../../machines/crash-budget.ts";
import { createInspector, type ToViewer } from "../../src/inspect/index.ts";
import { toRecordingLine } from "../../src/inspect/recording.ts";
import {
  folderWith,
  homeostat,
  referenceServer,
  root,
  type RunningCommand,
  start,
} from "../support/command.ts";
import { missingNumbers, view } from "../support/inspector-viewer.ts";
import { until } from "../support/until.ts";

const config = { mcpServers: { everything: referenceServer("everything", "stdio") } };

/** The address that the command printed. */
async function addressOf(command: RunningCommand): Promise<{ port: number; token: string }> {
  const [, port = "", token = ""] = await until(
    "it prints its address",
    () => /http:\/\/127\.0\.0\.1:(\d+)\/\?token=(\S+)/.exec(command.stdout + command.stderr) ?? undefined,
    20_000,
  );
  return { port: Number(port), token };
}

/** A recording of one crash-budget chart, as `--record` writes it. */
function record(folder: string): string {
  const file = join(folder, "rec.jsonl");
  writeFileSync(file, "");
  const inspector = createInspector({ setTimeout: () => {} });
  inspector.connect((message) => appendFileSync(file, toRecordingLine(message) ?? ""));
  const actor = createActor(crashBudgetMachine, {
    id: "budget",
    input: { key: "a/b" } as never,
    inspect: inspector.inspect,
  }).start();
  for (const at of [1_000, 1_100]) {
    actor.send({ type: "backend.exited", at } as never);
    inspector.flush();
  }
  actor.stop();
  inspector.close();
  return file;
}

describe("homeostat run --inspect", () => {
  it("shows the live run: a server is killed and its charts move; what is recorded opens again", async () => {
    const folder = folderWith(config);
    const run = start(["run", "--inspect", "--record", "run.jsonl", "--json"], folder);
    const viewer = await view(await addressOf(run));
    await run.record("the server serves", ({ type }) => type === "server.started");
    const { pid } = await run.record("the server serves", ({ type }) => type === "server.started");
    const path = "supervisor/plugin:everything";
    await viewer.until(() => viewer.records().some((it) => it[0] === "a" && it[4].path === path));
    const number = viewer.records().find((it) => it[0] === "a" && it[4].path === path)?.[3];
    const values = (): unknown[] =>
      viewer.records().flatMap((it) => (it[0] === "v" && it[3] === number ? [JSON.stringify(it[4])] : []));
    await viewer.until(() => values().some((it) => String(it).includes("healthy")));
    const before = values().length;
    process.kill(Number(pid), "SIGKILL");
    await viewer.until(() => values().length > before + 1 && String(values().at(-1)).includes("healthy"));
    expect(
      viewer.records().some((it) => it[0] === "d" && it[4].kind === "budget" && it[4].restarts === 1),
    ).toBe(true);
    // Nobody allowed it.
    const source = viewer.messages.find((it) => it.type === "hello")?.source ?? "";
    expect(await viewer.ask(source, { name: "restart", plugin: "everything", server: null })).toMatchObject({
      ok: false,
      code: "sendDisabled",
    });
    expect(await viewer.ask(source, { name: "explain", subject: "everything" })).toMatchObject({ ok: true });
    expect(missingNumbers(viewer.messages)).toEqual([]);
    run.child.kill("SIGINT");
    expect((await run.ended).code).toBe(0);

    const again = start(["inspect", "run.jsonl"], folder);
    const second = await view(await addressOf(again));
    await second.until(() => second.messages.some((it) => it.type === "ended"));
    expect(second.messages.find((it) => it.type === "hello")).toMatchObject({
      via: "recording",
      accepts: [],
    });
    const live = new Set(viewer.records().map((it) => it[1]));
    const recorded = new Set(second.records().map((it) => it[1]));
    expect([...live].filter((seq) => !recorded.has(seq))).toEqual([]);
    again.child.kill("SIGINT");
    expect((await again.ended).code).toBe(0);
  });
});

describe("homeostat inspect", () => {
  it("shows a recording with its broken lines dropped and counted", async () => {
    const folder = folderWith({});
    const file = record(folder);
    appendFileSync(file, '{"type":"batch","sour');
    const shown = start(["inspect", file], folder);
    const viewer = await view(await addressOf(shown));
    await viewer.until(() => viewer.messages.some((it) => it.type === "status" && it.dropped === 1));
    const status = viewer.messages.findLast(
      (it): it is Extract<ToViewer, { type: "status" }> => it.type === "status",
    );
    expect(status?.lastProblem).toMatch(/rec\.jsonl:\d+ is no line of a recording: it is not JSON/);
    expect(missingNumbers(viewer.messages)).toEqual([]);
  });

  it.each([
    [["inspect", "none.jsonl"], "cannot read none.jsonl"],
    [["inspect", "stately.config.json"], "is no line of a recording"],
    [["inspect", "--to-test", "rec.jsonl"], "--to-test needs a recording and --actor"],
    [["inspect", "--to-test", "rec.jsonl", "--actor", "nobody"], 'no actor "nobody"; there are: budget'],
    [
      ["inspect", "--to-test", "rec.jsonl", "--actor", "budget", "--machine", "stately.config.json"],
      "cannot load stately.config.json: ",
    ],
    [["inspect", "--port", "99999"], "Expected a port"],
    [["inspect", "rec.jsonl", "--actor", "budget"], "--actor is for --to-test"],
    [["inspect", "--machine", "m.ts"], "--machine is for --to-test"],
    [["run", "--open"], "--open is for the page of --inspect"],
    [["run", "--allow-send", "--inspect", "stately"], "--allow-send is for the page of --inspect"],
    [["run", "--inspect", "other"], "Expected nothing, or stately"],
    [["run", "--record", "no/such/folder"], "cannot record to no/such/folder"],
  ])("%j is refused with the reason and exit code 2", async (args, reason) => {
    const folder = folderWith(config);
    record(folder);
    const { code, stderr } = await homeostat(args, folder);
    expect(stderr).toContain(reason);
    expect(code).toBe(2);
  });

  it("makes tests of a real run's supervisor and plugin, and both pass", async () => {
    const folder = folderWith(config);
    const run = start(["run", "--record", "run.jsonl", "--json"], folder);
    await run.record("the server serves", ({ type }) => type === "server.started");
    run.child.kill("SIGINT");
    expect((await run.ended).code).toBe(0);
    const tests = folderInRepository();
    const machine = join(root, "machines/index.ts");
    for (const [index, actor] of ["supervisor", "supervisor/plugin:everything"].entries()) {
      const args = ["inspect", "--to-test", "run.jsonl", "--actor", actor, "--machine", machine];
      const { stdout } = await homeostat(args, folder);
      writeFileSync(join(tests, `${index}.test.ts`), stdout);
    }
    const { status, output } = vitest(tests);
    expect(output).toMatch(/2 passed/);
    expect(status).toBe(0);
  });

  it("makes a test of a recording that passes, and fails when the chart does something else", async () => {
    const folder = folderInRepository();
    const file = record(folder);
    const machine = join(root, "machines/crash-budget.ts");
    const { code, stdout, stderr } = await homeostat(
      ["inspect", "--to-test", file, "--actor", "budget", "--machine", machine],
      folder,
    );
    expect([code, stderr]).toEqual([0, ""]);
    writeFileSync(join(folder, "recorded.test.ts"), stdout);
    expect(vitest(folder)).toMatchObject({ status: 0 });
    expect(stdout).toContain('"steady"');
    writeFileSync(join(folder, "recorded.test.ts"), stdout.replace('"backingOff"', '"steady"'));
    expect(vitest(folder).status).toBe(1);
    expect(readFileSync(file, "utf8")).toContain("backingOff");
  });
});

/** Where a test file finds the packages that it imports. */
function folderInRepository(): string {
  mkdirSync(join(root, "coverage"), { recursive: true });
  const folder = mkdtempSync(join(root, "coverage", "to-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function vitest(folder: string): { status: number | null; output: string } {
  const script = join(root, "node_modules/vitest/vitest.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, "run", "--root", folder], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], NO_COLOR: "1" },
  });
  return { status, output: stdout + stderr };
}
