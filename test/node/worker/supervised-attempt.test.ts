import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { LeaseRecoveryReport } from "../../../machines/lease-recovery.ts";
import type { Assignment } from "../../../src/core/worker.ts";
import {
  openRunDirectory,
  countOrphans,
  reloadCheckpoint,
  replayRun,
  startWorker,
} from "../../../src/node/index.ts";
import { sendSignal } from "../../../src/node/process/proc.ts";
import { createSupervisor, Replays, superviseAttempt, systemClock } from "../../../src/runtime/index.ts";
import { FakeServers } from "../../fakes/fake-servers.ts";
import { counting } from "../../fixtures/counting.ts";
import { countingWorker } from "../../support/counting-attempt.ts";
import { temporaryFolder } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

/** A supervisor without servers, and what an attempt of it needs to count to 5 with real workers. */
function supervised(...holds: string[]) {
  const folder = temporaryFolder();
  const effects = join(folder, "effects");
  const runDirectory = openRunDirectory(join(folder, "host"));
  const directoryOf = () => join(folder, "run");
  const replays = new Replays({
    reloadCheckpoint: reloadCheckpoint({ directoryOf, clock: systemClock }),
    replay: replayRun({ directoryOf, definition: counting, clock: systemClock }),
  });
  const reports: LeaseRecoveryReport[] = [];
  const pids: number[] = [];
  const said: unknown[] = [];
  const assignments: Assignment[] = [];
  const supervisor = createSupervisor({
    plugins: {},
    ports: { openServer: new FakeServers().open, lease: replays.ports },
    observers: [
      (it) =>
        void (it.type === "lease.reported" && reports.push(it.report as unknown as LeaseRecoveryReport)),
    ],
  });
  const attempt = () =>
    superviseAttempt(supervisor, {
      attemptId: "a",
      runId: "r",
      directoryOf,
      replays,
      async startWorker(onMessage) {
        const args = [countingWorker, effects, "5", ...holds];
        const session = await startWorker({ command: process.execPath, args, runDirectory, onMessage });
        return {
          pid: session.pid,
          exited: session.exited,
          assign(assignment) {
            assignments.push(assignment);
            session.assign(assignment);
          },
          renew: (version) => session.renew(version),
          stop: (reason) => session.stop(reason),
        };
      },
      observer: {
        onWorkerStarted: ({ pid }) => pids.push(pid),
        onMessage: (message) => said.push(message),
      },
    });
  onTestFinished(() => {
    expect(countOrphans(runDirectory.runId)).toBe(0);
    runDirectory.close();
  });
  return {
    supervisor,
    attempt,
    reports,
    said,
    assignments,
    pids,
    orphans: () => countOrphans(runDirectory.runId),
    effects: () => (existsSync(effects) ? readFileSync(effects, "utf8").trim().split("\n") : []),
  };
}

it("A1: a worker that is killed loses the lease under the supervisor, and another one ends its work", async () => {
  const { supervisor, attempt, reports, said, assignments, pids, effects } = supervised("1:before:3");
  supervisor.start();
  const running = attempt();
  await running.start();
  await until("the first worker is in the middle", () =>
    said.find((it) => JSON.stringify(it).includes('"held":"before:3"')),
  );
  expect(supervisor.health().attempts).toEqual([{ attemptId: "a", state: "held", epoch: 1 }]);
  sendSignal(pids[0] ?? 0, "SIGKILL");
  await until("it is done", () => reports.find(({ type }) => type === "attempt.ended"));
  expect(reports.map(({ type }) => type).filter((it) => it !== "lease.renewed")).toEqual([
    "recovery.started",
    "recovery.succeeded",
    "lease.issued",
    "attempt.ended",
  ]);
  // From the checkpoint: what the first one had done was not done again.
  expect(effects()).toEqual(["1 1", "2 1", "3 2", "4 2", "5 2"]);
  expect(said).toContainEqual(expect.objectContaining({ type: "worker.resumed", epoch: 2, seq: 6 }));
  expect(assignments.map(({ resume }) => resume)).toEqual([
    null,
    {
      epoch: 2,
      seq: 5,
      state: { count: 2, resumptions: 0 },
      inFlight: [{ actionId: "step-3", data: null, epoch: 1 }],
    },
  ]);
  expect(running.view().state).toBe("completed");
  expect(supervisor.health().attempts).toEqual([]);
  await running.stop();
  await supervisor.stop();
});

it("A4: stop ends the worker and cancels the attempt at the supervisor", async () => {
  const { supervisor, attempt, reports, orphans } = supervised("1:before:1");
  supervisor.start();
  const running = attempt();
  await running.start();
  await running.stop();
  expect(orphans()).toBe(0);
  expect(reports.at(-1)).toMatchObject({ type: "attempt.ended", outcome: "cancelled" });
  expect(supervisor.health().attempts).toEqual([]);
  await supervisor.stop();
});

it("A2: an attempt that is supervised already gets no second first worker", async () => {
  const { supervisor, attempt, pids, orphans } = supervised("1:before:1");
  supervisor.start();
  const first = attempt();
  await first.start();
  await expect(attempt().start()).rejects.toMatchObject({ code: "invalid_state" });
  expect([pids.length, orphans()]).toEqual([1, 1]);
  await first.stop();
  await supervisor.stop();
});

it("A4: without a running supervisor no worker is left", async () => {
  const { supervisor, attempt, orphans } = supervised();
  await expect(attempt().start()).rejects.toMatchObject({ code: "invalid_state" });
  supervisor.start();
  await supervisor.stop();
  await expect(attempt().start()).rejects.toMatchObject({ code: "invalid_state" });
  expect(orphans()).toBe(0);
});
