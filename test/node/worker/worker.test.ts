import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import type { LeaseRecoveryReport } from "../../../machines/lease-recovery.ts";
import type { LeasePolicy } from "../../../src/core/lease.ts";
import { describeExit, StopPolicy } from "../../../src/core/server.ts";
import type { WorkerMessage } from "../../../src/core/worker.ts";
import {
  countOrphans,
  openRunDirectory,
  readCheckpoint,
  reloadCheckpoint,
  replayRun,
  startWorker,
} from "../../../src/node/index.ts";
import { isAlive } from "../../../src/node/process/proc.ts";
import { createAttempt, systemClock } from "../../../src/runtime/index.ts";
import { actionOf, counting } from "../../fixtures/counting.ts";
import { temporaryFolder } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

const script = fileURLToPath(new URL("../../fixtures/counting-worker.ts", import.meta.url));

interface Given {
  readonly steps?: number;
  readonly holds?: readonly string[];
  readonly policy?: Partial<LeasePolicy>;
  readonly stop?: StopPolicy;
}

type Told<M extends { type: string }, T extends M["type"]> = Extract<M, { type: T }>;

/** An attempt to count to `steps` with real workers; leases of 30 s unless the test says otherwise. */
async function start({ steps = 5, holds = [], policy = {}, stop }: Given) {
  const folder = temporaryFolder();
  const effects = join(folder, "effects");
  const directory = join(folder, "run");
  const runDirectory = openRunDirectory(join(folder, "host"));
  const reports: LeaseRecoveryReport[] = [];
  const messages: (WorkerMessage & { workerId: string })[] = [];
  const exits: string[] = [];
  const failures: string[] = [];
  const pids = new Map<string, number>();
  const directoryOf = () => directory;
  const attempt = createAttempt({
    attemptId: "a",
    runId: "r",
    policy: { retryBackoffMs: 1, ...policy },
    directoryOf,
    startWorker: (onMessage) =>
      startWorker({
        command: process.execPath,
        args: [script, effects, String(steps), ...holds.map((it) => it.replace("FOLDER", folder))],
        runDirectory,
        onMessage,
        ...(stop && { stop }),
      }),
    reloadCheckpoint: reloadCheckpoint({ directoryOf, clock: systemClock }),
    replay: replayRun({ directoryOf, definition: counting, clock: systemClock }),
    observer: {
      onReport: (report) => reports.push(report),
      onMessage: (message, { workerId }) => messages.push({ ...message, workerId }),
      onWorkerStarted: ({ workerId, pid }) => pids.set(workerId, pid),
      onWorkerEnded: ({ workerId }, exit) => exits.push(`${workerId} ${describeExit(exit)}`),
      onWorkerFailed: (workerId, { code, message }) => failures.push(`${workerId} ${code}: ${message}`),
    },
  });
  onTestFinished(async () => {
    await attempt.stop();
    expect(countOrphans(runDirectory.runId)).toBe(0);
    expect([...pids.values()].filter(isAlive)).toEqual([]);
    runDirectory.close();
  });
  await attempt.start();
  return {
    folder,
    directory,
    attempt,
    reports,
    messages,
    exits,
    failures,
    openGate: (epoch: number) => writeFileSync(`${effects}.${epoch}.go`, ""),
    effects: () => (existsSync(effects) ? readFileSync(effects, "utf8").trim().split("\n") : []),
    kill: (workerId: string, signal: NodeJS.Signals) => process.kill(pids.get(workerId) ?? NaN, signal),
    report: <T extends LeaseRecoveryReport["type"]>(type: T, nth = 1) =>
      until(`the chart tells ${type}`, () => {
        const found = reports.filter((it) => it.type === type)[nth - 1];
        return found as Told<LeaseRecoveryReport, T> | undefined;
      }),
    message: <T extends WorkerMessage["type"]>(workerId: string, type: T, data: unknown = undefined) =>
      until(`${workerId} says ${type} ${JSON.stringify(data)}`, () => {
        const found = messages.find(
          (it) =>
            it.workerId === workerId &&
            it.type === type &&
            (data === undefined || ("data" in it && JSON.stringify(it.data) === JSON.stringify(data))),
        );
        return found as Told<WorkerMessage, T> | undefined;
      }),
  };
}
type Run = Awaited<ReturnType<typeof start>>;

/** How often each step had its effect. */
function countsOf(run: Run): Record<string, number> {
  const steps = run.effects().map((line) => line.split(" ")[0] ?? "");
  return Object.fromEntries(steps.map((step) => [step, steps.filter((it) => it === step).length]));
}

const typesOf = (run: Run): string[] =>
  run.reports.map(({ type }) => type).filter((type) => type !== "lease.renewed");

const killed = "worker-1 killed by SIGKILL";

it("completes an attempt that nothing happens to", async () => {
  const run = await start({ steps: 3 });
  await run.report("attempt.ended");
  expect(run.effects()).toEqual(["1 1", "2 1", "3 1"]);
  expect(run.attempt.view().state).toBe("completed");
  await until("the worker has ended", () => run.exits.length === 1);
  expect(run.exits).toEqual(["worker-1 exited with code 0"]);
  expect(typesOf(run)).toEqual(["attempt.ended"]);
});

it("A1: takes over from a worker killed after an effect, at once, and reports what was in flight", async () => {
  const run = await start({ holds: ["1:after:3"] });
  await run.message("worker-1", "worker.progressed", { held: "after:3" });
  run.kill("worker-1", "SIGKILL");
  await run.report("attempt.ended");
  expect(run.exits[0]).toBe(killed);
  // Its lease was good for 30 s; it is lost when the process is.
  expect(typesOf(run)).toEqual(["recovery.started", "recovery.succeeded", "lease.issued", "attempt.ended"]);
  expect(await run.message("worker-2", "worker.resumed")).toMatchObject({
    epoch: 2,
    interrupted: [{ actionId: actionOf(3), epoch: 1 }],
  });
  // Only of the step in flight can nobody say whether it had its effect; it is the one reported.
  expect(run.effects()).toEqual(["1 1", "2 1", "3 1", "3 2", "4 2", "5 2"]);
});

it("takes over from a worker killed before an effect: then each step has it exactly once", async () => {
  const run = await start({ holds: ["1:before:3"] });
  await run.message("worker-1", "worker.progressed", { held: "before:3" });
  run.kill("worker-1", "SIGKILL");
  await run.report("attempt.ended");
  expect(run.effects()).toEqual(["1 1", "2 1", "3 2", "4 2", "5 2"]);
  const { events } = readCheckpoint(run.directory);
  const interrupted = events.flatMap(({ event, epoch }) =>
    event.kind === "interrupted" ? [{ event, epoch }] : [],
  );
  expect(interrupted).toEqual([{ event: { kind: "interrupted", actionId: actionOf(3) }, epoch: 2 }]);
});

it.each([1, 2, 3, 4, 5, 6])(
  "loses and repeats no step when it kills workers at any moment (%i)",
  async (round) => {
    const steps = 40;
    const run = await start({ steps, policy: { recoveries: 3 } });
    for (const worker of [1, 2, 3]) {
      const step = round + 12 * (worker - 1);
      const isEnded = () => run.reports.some(({ type }) => type === "attempt.ended");
      await until(`worker ${worker} is at step ${step}`, () => run.effects().length >= step || isEnded());
      await until(
        `worker ${worker} works`,
        () =>
          run.messages.some(
            ({ workerId, type }) => workerId === `worker-${worker}` && type === "worker.resumed",
          ) || isEnded(),
      );
      if (isEnded()) break;
      run.kill(`worker-${worker}`, "SIGKILL");
      await until(`worker ${worker} ended`, () => run.exits.length >= worker);
    }
    await run.report("attempt.ended");
    const inFlight = run.messages.flatMap((it) => (it.type === "worker.resumed" ? it.interrupted : []));
    const reported = new Set(inFlight.map(({ actionId }) => actionId));
    const counts = countsOf(run);
    for (let step = 1; step <= steps; step += 1) {
      const count = counts[step] ?? 0;
      if (reported.has(actionOf(step))) expect(count).toBeGreaterThanOrEqual(1);
      else expect({ step, count }).toEqual({ step, count: 1 });
    }
  },
);

it("replays from the beginning when there is no snapshot", async () => {
  const run = await start({ holds: ["1:before:1"] });
  await run.message("worker-1", "worker.progressed", { held: "before:1" });
  expect(readCheckpoint(run.directory)).toMatchObject({ snapshot: null, events: [{ seq: 1 }] });
  run.kill("worker-1", "SIGKILL");
  await run.report("recovery.succeeded");
  expect(run.attempt.view().context.checkpointSeq).toBe(null);
  await run.report("attempt.ended");
  expect(countsOf(run)).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 });
});

it("replays after the snapshot when there is one", async () => {
  const run = await start({ holds: ["1:before:3"] });
  await run.message("worker-1", "worker.progressed", { held: "before:3" });
  run.kill("worker-1", "SIGKILL");
  await run.report("attempt.ended");
  // Two steps are four events; the fifth requests the third step.
  expect(run.attempt.view().context.checkpointSeq).toBe(4);
});

const patient = { ttlMs: 1_500, graceMs: 100 };

it("A3: takes the lease of a worker that is stopped, and refuses what it writes when it wakes up", async () => {
  const stop = StopPolicy.parse({ eofMs: 30_000 });
  const run = await start({ holds: ["1:after:3", "2:after:4"], policy: patient, stop });
  await run.message("worker-1", "worker.progressed", { held: "after:3" });
  run.kill("worker-1", "SIGSTOP");
  // No exit tells of it: the lease runs out.
  await run.message("worker-2", "worker.progressed", { held: "after:4" });
  expect(run.exits).toEqual([]);
  run.openGate(1);
  run.kill("worker-1", "SIGCONT");
  const failed = await run.message("worker-1", "worker.failed");
  expect(failed.code).toBe("stale_epoch");
  expect(failed.message).toContain("is fenced to epoch 2: another worker took over from epoch 1");
  await until("the zombie has ended", () => run.exits.length === 1);
  expect(run.exits).toEqual(["worker-1 exited with code 2"]);
  run.openGate(2);
  await run.report("attempt.ended");
  expect(run.effects()).toEqual(["1 1", "2 1", "3 1", "3 2", "4 2", "5 2"]);
  expect(run.attempt.view().context).toMatchObject({ epoch: 2, recoveries: 1 });
});

it("A3: lets a worker that wakes up before its effect not have it", async () => {
  const stop = StopPolicy.parse({ eofMs: 30_000 });
  const run = await start({ holds: ["1:before:3", "2:before:3"], policy: patient, stop });
  await run.message("worker-1", "worker.progressed", { held: "before:3" });
  run.kill("worker-1", "SIGSTOP");
  await run.message("worker-2", "worker.progressed", { held: "before:3" });
  run.openGate(1);
  run.kill("worker-1", "SIGCONT");
  expect((await run.message("worker-1", "worker.failed")).code).toBe("lease_expired");
  run.openGate(2);
  await run.report("attempt.ended");
  expect(run.effects()).toEqual(["1 1", "2 1", "3 2", "4 2", "5 2"]);
});

it("A3: kills a worker that lost its lease and does not stop, even one that never wakes up", async () => {
  const stop = { eofMs: 50, termMs: 50 };
  const run = await start({ holds: ["1:after:3", "stubborn"], policy: patient, stop });
  await run.message("worker-1", "worker.progressed", { held: "after:3" });
  run.kill("worker-1", "SIGSTOP");
  await until("it is killed", () => run.exits.includes(killed));
  expect(countsOf(run)["3"]).toBeLessThanOrEqual(2);
});

it("gives up after its bound when the checkpoint is damaged, says why, and goes on when it is redriven", async () => {
  const run = await start({ holds: ["1:before:3"], policy: { recoveries: 2 } });
  await run.message("worker-1", "worker.progressed", { held: "before:3" });
  const file = join(run.directory, "events.1.jsonl");
  const sound = readFileSync(file, "utf8");
  writeFileSync(file, sound.replace(`"${actionOf(1)}"`, `"${actionOf(9)}"`));
  run.kill("worker-1", "SIGKILL");
  const letter = await run.report("attempt.deadLettered");
  expect(letter).toMatchObject({
    recoveries: 2,
    cause: { step: "checkpointReload", kind: "failed", code: "checkpoint_corrupt" },
  });
  expect(letter.cause.message).toContain("line 2 of events.1.jsonl is damaged");
  expect(typesOf(run)).toEqual([
    ...["recovery.started", "recovery.failed", "recovery.started", "recovery.failed", "attempt.deadLettered"],
  ]);
  expect(run.attempt.view().state).toBe("deadLettered");

  writeFileSync(file, sound);
  run.attempt.redrive();
  await run.report("attempt.ended");
  expect(countsOf(run)).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 });
  expect(run.attempt.view().context).toMatchObject({ epoch: 4, recoveries: 1, cause: null });
});

it("makes an attempt whose work fails a dead letter, with the work's own words", async () => {
  const run = await start({ holds: ["fail:3"] });
  const { cause } = await run.report("attempt.deadLettered");
  expect(cause).toEqual({ step: "execution", kind: "failed", code: null, message: "step 3 cannot be done" });
  await until("the worker has ended", () => run.exits.length === 1);
  expect(run.exits[0]).toContain("worker-1 exited with code 1");
  expect(run.effects()).toEqual(["1 1", "2 1"]);
});

it("counts a worker that does not become ready as a recovery, up to the dead letter", async () => {
  const run = await start({ holds: ["1:before:2", "unready:FOLDER/broken"], policy: { recoveries: 2 } });
  await run.message("worker-1", "worker.progressed", { held: "before:2" });
  writeFileSync(join(run.folder, "broken"), "");
  run.kill("worker-1", "SIGKILL");
  const { cause } = await run.report("attempt.deadLettered");
  expect(cause).toMatchObject({ kind: "exhausted", message: "lease lost after 2 recoveries" });
  expect(run.failures).toHaveLength(2);
  expect(run.failures[0]).toMatch(
    /^worker-2 exited_in_handshake: .* exited with code 7 before it was ready$/,
  );
});

it("ends its worker when it is cancelled, and leaves the checkpoint", async () => {
  const run = await start({ holds: ["1:before:2"] });
  await run.message("worker-1", "worker.progressed", { held: "before:2" });
  run.attempt.cancel();
  await until("the worker has ended", () => run.exits.length === 1);
  expect(run.attempt.view().state).toBe("cancelled");
  expect(readdirSync(run.directory)).toContain("events.1.jsonl");
});
