import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import type { LeaseRecoveryReport } from "../../machines/lease-recovery.ts";
import type { LeasePolicy } from "../../src/core/lease.ts";
import { describeExit, type StopPolicy } from "../../src/core/server.ts";
import type { WorkerMessage } from "../../src/core/worker.ts";
import {
  countOrphans,
  openRunDirectory,
  reloadCheckpoint,
  replayRun,
  startWorker,
} from "../../src/node/index.ts";
import { isAlive, sendSignal } from "../../src/node/process/proc.ts";
import { createAttempt, systemClock } from "../../src/runtime/index.ts";
import { counting } from "../fixtures/counting.ts";
import { temporaryFolder } from "./processes.ts";
import { until } from "./until.ts";

export const countingWorker = fileURLToPath(new URL("../fixtures/counting-worker.ts", import.meta.url));
export const patientWorker = fileURLToPath(new URL("../fixtures/patient-worker.ts", import.meta.url));

interface Given {
  readonly steps?: number;
  readonly holds?: readonly string[];
  readonly policy?: Partial<LeasePolicy>;
  readonly stop?: StopPolicy;
  readonly limitMs?: number;
  /** Default: one that counts. */
  readonly worker?: string;
}

type Told<M extends { type: string }, T extends M["type"]> = Extract<M, { type: T }>;

/** An attempt to count to `steps` with real workers; leases of 30 s unless the test says otherwise. */
export async function startCounting({
  steps = 5,
  holds = [],
  policy = {},
  stop,
  limitMs,
  worker = countingWorker,
}: Given) {
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
    ...(limitMs !== undefined && { limitMs }),
    startWorker: (onMessage) =>
      startWorker({
        command: process.execPath,
        args: [worker, effects, String(steps), ...holds.map((it) => it.replace("FOLDER", folder))],
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
    kill: (workerId: string, signal: NodeJS.Signals) => sendSignal(pids.get(workerId) ?? 0, signal),
    report: <T extends LeaseRecoveryReport["type"]>(type: T, nth = 1) =>
      until(`the chart tells ${type}`, () => {
        const found = reports.filter((it) => it.type === type)[nth - 1];
        return found as Told<LeaseRecoveryReport, T> | undefined;
      }),
    message: <T extends WorkerMessage["type"]>(workerId: string, type: T, data?: unknown) =>
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
export type CountingAttempt = Awaited<ReturnType<typeof startCounting>>;
