/**
 * How long a killed server is away, and how soon its death is noticed, beside what the same machine can do at best in
 * the same run.
 *
 * Usage: npm run -s bench:recovery [-- --json] [-- --rounds 15]
 */
import { channel } from "node:diagnostics_channel";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { createSupervisor, type Supervisor, type SupervisionRecord } from "../src/index.ts";
import { openMcpServer } from "../src/node/index.ts";
import { atMost, median, progress, quantile, report, rounded } from "./support/goals.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, json: { type: "boolean", default: false } },
});
const rounds = Number(values.rounds);
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const everything = {
  command: process.execPath,
  args: [path("../node_modules/@modelcontextprotocol/server-everything/dist/index.js"), "stdio"],
};
const raw = { command: process.execPath, args: [path("../test/fixtures/faulty-server.mjs")] };
const backoffMs = 250;
/** Every kill of a bench may be answered; what is measured is the way back, not the budget. */
const crashBudget = { retries: 1_000_000, retryBackoffMs: backoffMs, outerLimit: null };

/** The best that this machine can do: spawn, handshake and list of tools with the official client and transport. */
async function coldStartMs(): Promise<number> {
  const startedAt = performance.now();
  const transport = new StdioClientTransport({ ...everything, stderr: "ignore" });
  const client = new Client({ name: "bench", version: "1.0.0" });
  await client.connect(transport);
  await client.listTools();
  const ms = performance.now() - startedAt;
  await client.close();
  return ms;
}

async function supervise(server: object): Promise<Supervisor> {
  const supervisor = createSupervisor({
    plugins: { bench: { servers: { bench: { ...server } as typeof everything } } },
    ports: { openServer: openMcpServer() },
    crashBudget,
    spawnBudget: null,
  });
  supervisor.start();
  await supervisor.settled();
  return supervisor;
}

/** Resolves with the first record that `wanted` accepts. */
function nextRecord(supervisor: Supervisor, wanted: (record: SupervisionRecord) => boolean): Promise<number> {
  return new Promise((resolve) => {
    const end = supervisor.on((record) => {
      if (!wanted(record)) return;
      end();
      resolve(performance.now());
    });
  });
}

const serverOf = (supervisor: Supervisor) => supervisor.health().plugins[0]?.servers[0];
const pidOf = (supervisor: Supervisor): number => {
  const pid = serverOf(supervisor)?.pid;
  if (pid === null || pid === undefined) throw new Error("the server is not up");
  return pid;
};

/** From SIGKILL until the tool answers again through the same handle. */
async function recoveryMs(supervisor: Supervisor): Promise<number> {
  const killedAt = performance.now();
  process.kill(pidOf(supervisor), "SIGKILL");
  for (;;) {
    // A call that was lost with the process, or came too early, waits for the next one.
    const { outcome } = await supervisor.callTool("bench__echo", { message: "x" }, { whenDown: "wait" });
    if (outcome === "completed") return performance.now() - killedAt;
  }
}

/** The same kills, seen by the supervisor's record and by a bare `exit` listener on the same process. */
async function noticed(server: object): Promise<{ ours: number[]; bare: number[] }> {
  const ours: number[] = [];
  const bare: number[] = [];
  const children = new Map<number | undefined, ChildProcess>();
  const remember = (message: unknown): void => {
    const { process: child } = message as { process: ChildProcess };
    child.once("spawn", () => children.set(child.pid, child));
  };
  channel("child_process").subscribe(remember);
  const supervisor = await supervise(server);
  for (let round = 0; round < 3 * rounds; round++) {
    const pid = pidOf(supervisor);
    const child = children.get(pid);
    if (child === undefined) throw new Error("the process was not seen when it was started");
    const exited = nextRecord(supervisor, ({ type }) => type === "server.exited");
    const bareExit = once(child, "exit").then(() => performance.now());
    const served = nextRecord(supervisor, ({ type }) => type === "server.started");
    const killedAt = performance.now();
    process.kill(pid, "SIGKILL");
    bare.push((await bareExit) - killedAt);
    ours.push((await exited) - killedAt);
    await served;
  }
  channel("child_process").unsubscribe(remember);
  await supervisor.stop();
  return { ours, bare };
}

/** From SIGSTOP until the hang is noticed, in probe intervals. */
async function hangIntervals(): Promise<number[]> {
  const everyMs = 1_000;
  const supervisor = await supervise({ ...raw, probe: { everyMs, timeoutMs: 400, misses: 3 } });
  const intervals: number[] = [];
  for (let round = 0; round < 3; round++) {
    const exited = nextRecord(
      supervisor,
      (it) => it.type === "server.exited" && it.exit.cause === "unresponsive",
    );
    const replaced = nextRecord(supervisor, ({ type }) => type === "server.started");
    const stoppedAt = performance.now();
    process.kill(pidOf(supervisor), "SIGSTOP");
    intervals.push(((await exited) - stoppedAt) / everyMs);
    await replaced;
    progress(`hang ${round + 1} of 3`);
  }
  await supervisor.stop();
  return intervals;
}

const warmUp = spawn(process.execPath, ["-e", ""]);
await once(warmUp, "exit");
const cold: number[] = [];
const afterCold: number[] = [];
const afterWarm: number[] = [];
const single = await supervise(everything);
const spared = await supervise({ ...everything, standby: 1 });
for (let round = 0; round < rounds; round++) {
  cold.push(await coldStartMs());
  afterCold.push(await recoveryMs(single));
  while (serverOf(spared)?.standby !== "ready")
    await nextRecord(spared, ({ type }) => type === "server.started");
  afterWarm.push(await recoveryMs(spared));
  progress(`recovery ${round + 1} of ${rounds}`);
}
await single.stop();
await spared.stop();
const plain = await noticed(raw);
progress(`deaths noticed: ${plain.ours.length}`);
const held = await noticed({ ...raw, env: { FAULT: "grandchild" } });
progress(`deaths noticed, a grandchild holding stdout: ${held.ours.length}`);
const hangs = await hangIntervals();

const p95 = (it: readonly number[]): number => quantile(it, 0.95);
report(
  "recovery",
  {
    rounds,
    coldStartMs: rounded(median(cold)),
    recoveryMs: rounded(median(afterCold)),
    recoveryWithSpareMs: rounded(median(afterWarm)),
    deathNoticedP95Ms: { ours: rounded(p95(plain.ours)), bareExitListener: rounded(p95(plain.bare)) },
    deathNoticedP95MsGrandchild: { ours: rounded(p95(held.ours)), bareExitListener: rounded(p95(held.bare)) },
  },
  [
    atMost(
      "kill -9 to tool answers, less the back-off, over a cold start",
      1.4,
      (median(afterCold) - backoffMs) / median(cold),
    ),
    atMost("the same with a warm spare, over a cold start", 0.25, median(afterWarm) / median(cold)),
    atMost("death noticed, p95 over a bare exit listener", 3, p95(plain.ours) / p95(plain.bare)),
    atMost(
      "death noticed with a grandchild on stdout, p95 over a bare exit listener",
      3,
      p95(held.ours) / p95(held.bare),
    ),
    atMost("SIGSTOP noticed, in probe intervals (worst of 3)", 3, Math.max(...hangs)),
  ],
);
