import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import * as z from "zod";
import { grantLease, LeasePolicy } from "../../../src/core/lease.ts";
import type { Assignment, WorkerMessage, WorkerSession } from "../../../src/core/worker.ts";
import {
  openRunDirectory,
  readCheckpoint,
  startWorker,
  type WorkerOptions,
} from "../../../src/node/index.ts";
import { isAlive } from "../../../src/node/process/proc.ts";
import { encodeMessage } from "../../../src/node/worker/protocol.ts";
import { countingWorker } from "../../support/counting-attempt.ts";
import { temporaryFolder } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

/** A worker whose host is the test: it has its attempt, and its heartbeats are not answered yet. */
async function assigned(ttlMs: number, ...holds: readonly string[]) {
  const folder = temporaryFolder();
  const effects = join(folder, "effects");
  const messages: WorkerMessage[] = [];
  const worker = await start({
    command: process.execPath,
    args: [countingWorker, effects, "2", ...holds],
    onMessage: (message) => messages.push(message),
  });
  worker.assign({ ...assignment(ttlMs), directory: join(folder, "run") });
  const said = (type: WorkerMessage["type"]): Promise<WorkerMessage> =>
    until(`it says ${type}`, () => messages.find((it) => it.type === type));
  await said("worker.heartbeat");
  return {
    worker,
    messages,
    said,
    directory: join(folder, "run"),
    openGate: () => writeFileSync(`${effects}.1.go`, ""),
    effects: () => (existsSync(effects) ? readFileSync(effects, "utf8") : ""),
  };
}

function assignment(ttlMs: number): Omit<Assignment, "directory"> {
  const names = { leaseId: "l", attemptId: "a", workerId: "w", epoch: 1 };
  return { runId: "r", lease: grantLease(names, 0, LeasePolicy.parse({ ttlMs })), ttlMs, resume: null };
}

async function start(options: WorkerOptions): Promise<WorkerSession> {
  const worker = await startWorker(options);
  onTestFinished(async () => {
    await worker.stop("the test is over");
    expect(isAlive(worker.pid)).toBe(false);
  });
  return worker;
}

/** A worker that is a shell script. */
const shell = (text: string): WorkerOptions => ({ command: "sh", args: ["-c", text] });
const sayReady = `echo '{"jsonrpc":"2.0","method":"worker.ready","params":{}}'`;

it("W1: begins nothing before its first heartbeat was accepted", async () => {
  const { worker, messages, directory, effects } = await assigned(60_000);
  const exit = await worker.stop("enough");
  expect(exit.code).toBe(2);
  expect(messages.map(({ type }) => type)).toEqual(["worker.ready", "worker.heartbeat", "worker.failed"]);
  expect(messages.at(-1)).toMatchObject({ code: "aborted", message: "the worker was stopped: enough" });
  expect(readCheckpoint(directory).epoch).toBe(0);
  expect(effects()).toBe("");
});

it("W1: has no effect when its heartbeats were not accepted for the time to live of its lease", async () => {
  const { worker, messages, said, openGate, effects } = await assigned(1_000, "1:before:1");
  const renewedAt = performance.now();
  worker.renew(2);
  await said("worker.progressed");
  await until("its lease is over", () => performance.now() > renewedAt + 1_000);
  openGate();
  expect(await said("worker.failed")).toMatchObject({ code: "lease_expired" });
  // It does not ask again before it has an answer, which would extend a lease from the wrong instant.
  expect(messages.filter(({ type }) => type === "worker.heartbeat")).toHaveLength(2);
  expect(effects()).toBe("");
});

it("W1: works on as long as each heartbeat is accepted, and names the version that it saw", async () => {
  const { worker, messages, said, openGate, effects } = await assigned(600, "1:before:1");
  const beats = () => messages.filter((it) => it.type === "worker.heartbeat");
  for (let count = 1; count <= 6; count += 1) {
    await until(`heartbeat ${count}`, () => beats().length === count);
    worker.renew(count + 1);
  }
  openGate();
  await said("worker.completed");
  expect(
    beats()
      .slice(0, 6)
      .map(({ version }) => version),
  ).toEqual([1, 2, 3, 4, 5, 6]);
  expect(effects()).toBe("1 1\n2 1\n");
});

it("W4: ends by itself when its host is gone, even in the middle of an action", async () => {
  const folder = temporaryFolder();
  const args = [countingWorker, join(folder, "effects"), "1", "1:before:1"];
  const orphan = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => orphan.once("exit", resolve));
  onTestFinished(() => void orphan.kill("SIGKILL"));
  const directory = join(folder, "run");
  orphan.stdin.write(encodeMessage({ type: "attempt.start", ...assignment(60_000), directory }));
  for await (const line of createInterface({ input: orphan.stdout })) {
    const { method } = z.object({ method: z.string() }).parse(JSON.parse(line));
    if (method === "worker.heartbeat")
      orphan.stdin.write(encodeMessage({ type: "lease.renewed", version: 2 }));
    if (method === "worker.progressed") break;
  }
  orphan.stdin.end();
  expect(await ended).toBe(1);
});

it("refuses a message that fits no schema, says why, and goes on", async () => {
  const refusals: string[] = [];
  const messages: WorkerMessage[] = [];
  const heartbeat = `{"jsonrpc":"2.0","method":"worker.heartbeat","params":{"epoch":0,"version":1}}`;
  await start({
    ...shell(`echo '${heartbeat}'; echo '{"jsonrpc":"2.0","method":"worker.sang"}'; ${sayReady}; read line`),
    onMessage: (message) => messages.push(message),
    onRefused: (reason) => refusals.push(reason),
  });
  expect(messages).toEqual([{ type: "worker.ready" }]);
  expect(refusals).toHaveLength(2);
  expect(refusals[0]).toContain("at epoch");
  expect(refusals[1]).toContain("at type");
});

it.each([
  ["command_missing", "is not there", { command: "/no/such/worker" }, "/no/such/worker"],
  [
    "exited_in_handshake",
    "ends before it is ready",
    shell("echo 'fatal: no licence' >&2; exit 3"),
    "no licence",
  ],
  [
    "handshake_timeout",
    "does not become ready",
    { ...shell("read line; sleep 600"), readyMs: 50 },
    "in 50 ms",
  ],
])("%s: fails for a worker that %s", async (code, _, options, message) => {
  const runDirectory = openRunDirectory(temporaryFolder());
  onTestFinished(() => runDirectory.close());
  const started = startWorker({ ...options, runDirectory });
  await expect(started).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});

it("is in the register of its host for as long as it lives", async () => {
  const folder = temporaryFolder();
  const runDirectory = openRunDirectory(folder);
  onTestFinished(() => runDirectory.close());
  const worker = await start({ ...shell(`${sayReady}; read line`), runDirectory });
  const register = () => readFileSync(join(folder, "processes.jsonl"), "utf8");
  expect(register()).toContain(`"pid":${worker.pid}`);
  expect(register()).not.toContain(`"kind":"gone"`);
  await worker.stop("enough");
  expect(register()).toContain(`{"kind":"gone","pid":${worker.pid},`);
});
