import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { StopPolicy } from "../../../src/core/server.ts";
import { readCheckpoint } from "../../../src/node/index.ts";
import { actionOf } from "../../fixtures/counting.ts";
import { type CountingAttempt, patientWorker, startCounting } from "../../support/counting-attempt.ts";
import { until } from "../../support/until.ts";

/** How often each step had its effect. */
function countsOf(run: CountingAttempt): Record<string, number> {
  const steps = run.effects().map((line) => line.split(" ")[0] ?? "");
  return Object.fromEntries(steps.map((step) => [step, steps.filter((it) => it === step).length]));
}

const typesOf = (run: CountingAttempt): string[] =>
  run.reports.map(({ type }) => type).filter((type) => type !== "lease.renewed");

const killed = "worker-1 killed by SIGKILL";

it("completes an attempt that nothing happens to", async () => {
  const run = await startCounting({ steps: 3 });
  await run.report("attempt.ended");
  expect(run.effects()).toEqual(["1 1", "2 1", "3 1"]);
  expect(run.attempt.view().state).toBe("completed");
  await until("the worker has ended", () => run.exits.length === 1);
  expect(run.exits).toEqual(["worker-1 exited with code 0"]);
  expect(typesOf(run)).toEqual(["attempt.ended"]);
});

it("A1: takes over from a worker killed after an effect, at once, and reports what was in flight", async () => {
  const run = await startCounting({ holds: ["1:after:3"] });
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
  const run = await startCounting({ holds: ["1:before:3"] });
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

it.each([1, 4, 6])("loses and repeats no step when it kills workers at any moment (%i)", async (round) => {
  const steps = 40;
  const run = await startCounting({ steps, policy: { recoveries: 3 } });
  const isEnded = () => run.reports.some(({ type }) => type === "attempt.ended");
  const hasResumed = (workerId: string) =>
    run.messages.some((it) => it.workerId === workerId && it.type === "worker.resumed");
  for (const worker of [1, 2, 3]) {
    const name = `worker-${worker}`;
    const step = round + 12 * (worker - 1);
    await until(`${name} is at step ${step}`, () => run.effects().length >= step);
    await until(`${name} works`, () => hasResumed(name) || isEnded());
    if (isEnded()) break;
    run.kill(name, "SIGKILL");
    await until(`${name} has ended`, () => run.exits.length >= worker);
  }
  await run.report("attempt.ended");
  const inFlight = run.messages.flatMap((it) => (it.type === "worker.resumed" ? it.interrupted : []));
  const reported = new Set(inFlight.map(({ actionId }) => actionId));
  const counts = countsOf(run);
  const all = Array.from({ length: steps }, (_, index) => index + 1);
  expect(all.filter((step) => (counts[step] ?? 0) < 1)).toEqual([]);
  expect(all.filter((step) => counts[step] !== 1 && !reported.has(actionOf(step)))).toEqual([]);
});

it("replays from the beginning when there is no snapshot", async () => {
  const run = await startCounting({ holds: ["1:before:1"] });
  await run.message("worker-1", "worker.progressed", { held: "before:1" });
  expect(readCheckpoint(run.directory)).toMatchObject({ snapshot: null, events: [{ seq: 1 }] });
  run.kill("worker-1", "SIGKILL");
  await run.report("recovery.succeeded");
  expect(run.attempt.view().context.checkpointSeq).toBe(null);
  await run.report("attempt.ended");
  expect(countsOf(run)).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 });
});

it("replays after the snapshot when there is one", async () => {
  const run = await startCounting({ holds: ["1:before:3"] });
  await run.message("worker-1", "worker.progressed", { held: "before:3" });
  run.kill("worker-1", "SIGKILL");
  await run.report("attempt.ended");
  // Two steps are four events; the fifth requests the third step.
  expect(run.attempt.view().context.checkpointSeq).toBe(4);
});

const patient = { ttlMs: 1_500, graceMs: 100 };

it("M04: takes the lease of a worker that is stopped, and refuses what it writes when it wakes up (A3)", async () => {
  const stop = StopPolicy.parse({ eofMs: 30_000 });
  const run = await startCounting({ holds: ["1:after:3", "2:after:4"], policy: patient, stop });
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
  const run = await startCounting({ holds: ["1:before:3", "2:before:3"], policy: patient, stop });
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

it.each([
  { fate: "never wakes up", wakes: false },
  { fate: "does not stop when it wakes up", wakes: true },
])("A3: kills a worker that lost its lease and $fate", async ({ wakes }) => {
  const stop = { eofMs: 200, termMs: 200 };
  const run = await startCounting({ holds: ["1:after:3", "stubborn"], policy: patient, stop });
  await run.message("worker-1", "worker.progressed", { held: "after:3" });
  run.kill("worker-1", "SIGSTOP");
  await run.report("recovery.started");
  if (wakes) run.kill("worker-1", "SIGCONT");
  await until("it is killed", () => run.exits.length === 1);
  expect(run.exits).toEqual([killed]);
});

it("M24: gives up after its bound when the checkpoint is damaged, says why, and goes on when it is redriven", async () => {
  const run = await startCounting({ holds: ["1:before:3"], policy: { recoveries: 2 } });
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
    "recovery.started",
    "recovery.failed",
    "recovery.started",
    "recovery.failed",
    "attempt.deadLettered",
  ]);
  expect(run.attempt.view().state).toBe("deadLettered");

  writeFileSync(file, sound);
  run.attempt.redrive();
  await run.report("attempt.ended");
  expect(countsOf(run)).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 });
  expect(run.attempt.view().context).toMatchObject({ epoch: 4, recoveries: 1, cause: null });
});

it("makes an attempt whose work fails a dead letter, with the work's own words", async () => {
  const run = await startCounting({ holds: ["fail:3"] });
  const { cause } = await run.report("attempt.deadLettered");
  expect(cause).toEqual({ step: "execution", kind: "failed", code: null, message: "step 3 cannot be done" });
  await until("the worker has ended", () => run.exits.length === 1);
  expect(run.exits[0]).toContain("worker-1 exited with code 1");
  expect(run.effects()).toEqual(["1 1", "2 1"]);
});

it("counts a worker that does not become ready as a recovery, up to the dead letter", async () => {
  const run = await startCounting({
    holds: ["1:before:2", "unready:FOLDER/broken"],
    policy: { recoveries: 2 },
  });
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
  const run = await startCounting({ holds: ["1:before:2"] });
  await run.message("worker-1", "worker.progressed", { held: "before:2" });
  run.attempt.cancel();
  await until("the worker has ended", () => run.exits.length === 1);
  expect(run.attempt.view().state).toBe("cancelled");
  expect(readdirSync(run.directory)).toContain("events.1.jsonl");
});

it("M20: aborts the work of a real worker at the limit, though its heartbeats are accepted", async () => {
  const run = await startCounting({ worker: patientWorker, limitMs: 1_000, policy: { ttlMs: 600 } });
  const letter = await run.report("attempt.deadLettered");
  expect(letter.cause).toMatchObject({ step: "execution", message: "worker-1 took longer than 1000 ms" });
  expect(run.reports.filter(({ type }) => type === "lease.renewed").length).toBeGreaterThan(1);
  // Its own signal fired.
  expect(await run.message("worker-1", "worker.failed")).toMatchObject({
    code: "aborted",
    message: "the worker was stopped: the attempt is a dead letter",
  });
  await until("the worker has ended", () => run.exits.length === 1);
});
