import { describe, expect, it } from "vitest";
import type { LeaseRecoveryReport } from "../../machines/lease-recovery.ts";
import type { ServerExit } from "../../src/core/server.ts";
import type { WorkerMessage } from "../../src/core/worker.ts";
import { createAttempt, VirtualClock } from "../../src/runtime/index.ts";
import { flush } from "../fakes/fake-servers.ts";

const exit: ServerExit = { code: 0, signal: null, cause: "requested", stderrTail: [] } as never;

/** An attempt whose worker takes `workMs`, and beats every 100 ms; its abort signal fires when it is told to stop. */
async function start({ workMs, limitMs }: { workMs: number; limitMs?: number }) {
  const clock = new VirtualClock();
  const reports: LeaseRecoveryReport[] = [];
  const aborts: string[] = [];
  const attempt = createAttempt({
    attemptId: "a",
    runId: "r",
    clock,
    policy: { ttlMs: 300, graceMs: 100 },
    ...(limitMs !== undefined && { limitMs }),
    directoryOf: () => "/nowhere",
    startWorker: (onMessage: (message: WorkerMessage) => void) => {
      const exited = Promise.withResolvers<ServerExit>();
      const abort = new AbortController();
      let version = 1;
      let beating: unknown;
      return Promise.resolve({
        pid: 1,
        exited: exited.promise,
        assign({ lease: { epoch } }) {
          const beat = (): void => {
            beating = clock.setTimeout(beat, 100);
            onMessage({ type: "worker.heartbeat", epoch, version });
          };
          beat();
          const work = clock.setTimeout(() => {
            if (!abort.signal.aborted) onMessage({ type: "worker.completed", epoch, result: null });
          }, workMs);
          abort.signal.addEventListener("abort", () => {
            aborts.push(`${clock.now()}`);
            clock.clearTimeout(work);
          });
        },
        renew: (next) => void (version = next),
        stop(reason) {
          abort.abort(new Error(reason));
          clock.clearTimeout(beating);
          exited.resolve(exit);
          return exited.promise;
        },
      });
    },
    reloadCheckpoint: () => Promise.resolve({ seq: null, at: clock.now() }),
    replay: ({ epoch }) =>
      Promise.resolve({ at: clock.now(), resume: { epoch, seq: 0, state: null, inFlight: [] } }),
    observer: { onReport: (report) => reports.push(report) },
  });
  await attempt.start();
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await flush();
  };
  return { attempt, clock, reports, aborts, advance };
}

describe("the limit of an attempt", () => {
  it("M20: fails work that takes longer, and aborts it, though its heartbeats go on", async () => {
    const { attempt, reports, aborts, advance, clock } = await start({ workMs: 2_000, limitMs: 1_000 });
    await advance(999);
    expect(attempt.view().state).toBe("held");
    expect(reports.filter(({ type }) => type === "lease.renewed").length).toBeGreaterThanOrEqual(9);
    await advance(1);
    expect(reports.filter(({ type }) => type === "attempt.deadLettered")).toMatchObject([
      {
        at: 1_000,
        cause: { step: "execution", kind: "failed", message: "worker-1 took longer than 1000 ms" },
      },
    ]);
    expect(aborts).toEqual(["1000"]);
    await advance(5_000);
    expect(attempt.view().state).toBe("deadLettered");
    await attempt.stop();
    expect(clock.pending).toBe(0);
  });

  it("M20: lets work end that takes less, and leaves nothing armed", async () => {
    const { attempt, aborts, advance, clock } = await start({ workMs: 999, limitMs: 1_000 });
    await advance(999);
    expect(attempt.view().state).toBe("completed");
    await attempt.stop();
    expect(clock.pending).toBe(0);
    expect(aborts).toHaveLength(1);
  });

  it("M20: is none where none is given", async () => {
    const { attempt, advance } = await start({ workMs: 2_000 });
    await advance(1_999);
    expect(attempt.view().state).toBe("held");
    await advance(1);
    expect(attempt.view().state).toBe("completed");
    await attempt.stop();
  });

  it("M20: begins anew for each worker", async () => {
    const { attempt, advance, reports } = await start({ workMs: 9_000, limitMs: 1_000 });
    await advance(1_000);
    attempt.redrive();
    await advance(0);
    await advance(0);
    expect(attempt.view()).toMatchObject({ state: "held", context: { lease: { workerId: "worker-2" } } });
    await advance(999);
    expect(attempt.view().state).toBe("held");
    await advance(1);
    expect(reports.filter(({ type }) => type === "attempt.deadLettered")).toMatchObject([
      { at: 1_000 },
      { at: 2_000, cause: { message: "worker-2 took longer than 1000 ms" } },
    ]);
    await attempt.stop();
  });
});
