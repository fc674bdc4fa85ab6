import * as fc from "fast-check";
import { expect, it } from "vitest";
import { explainLog } from "../../src/replay/index.ts";
import { startSupervisor } from "../fakes/supervised.ts";
import { crash, type Started, startThree, steps, take, toLog } from "./logs.ts";

const wallOffsetMs = 1_700_000_000_000 - 1_000;
const epoch = (monotonicMs: number) => monotonicMs + wallOffsetMs;

/** What the log of `started` says about `subject`, and that the live charts say the same. */
async function explained({ records, supervisor, clock }: Started, subject: string) {
  // A log ends with its last record; the charts are asked now.
  expect(records.at(-1)?.at).toBe(clock.wallNow());
  const { explanations } = await explainLog([{ name: "log", chunks: [toLog(records)] }], subject);
  const facts = explanations.map(({ decidedBy: _decidedBy, ...facts }) => facts);
  expect(facts).toEqual(supervisor.explain(subject));
  const [first] = explanations;
  if (first === undefined) throw new Error("nothing is explained");
  return first;
}

it("explains a back-off", async () => {
  const started = await startSupervisor(["a"]);
  await crash(started, "a", 1);
  expect(await explained(started, "a")).toMatchObject({
    subject: "a/a",
    status: "waiting",
    waitsFor: "backOff",
    budget: "backingOff",
    rule: "B2",
    guard: { name: "withinBudget", passed: true },
    inputs: { crashesInWindow: 1, retries: 1, windowMs: 30_000, windowStartedAt: epoch(1_000) },
    lastError: "killed by SIGKILL",
    earliestStartAt: epoch(1_250),
    retryAfterMs: 250,
    escalation: null,
    decidedBy: { decision: { type: "start.scheduled" } },
  });
});

it("explains a refusal by the guard that failed", async () => {
  const started = await startSupervisor(["a"]);
  await crash(started, "a", 2, 1_000);
  expect(await explained(started, "a/a")).toMatchObject({
    waitsFor: "budgetWindow",
    rule: "B1",
    guard: { name: "withinBudget", passed: false },
    inputs: { crashesInWindow: 2, retries: 1, windowStartedAt: epoch(2_000), refusedWindows: 1, crashes: 2 },
    earliestStartAt: epoch(32_000),
    retryAfterMs: 28_750,
    decidedBy: { decision: { type: "start.refused" } },
  });
});

it("explains a start that the spawn budget deferred", async () => {
  const started = await startSupervisor(["a"], {
    crashBudget: { retries: 9 },
    spawnBudget: { attempts: 2, windowMs: 45_000 },
  });
  await crash(started, "a", 2);
  await started.advance(250);
  expect(await explained(started, "a")).toMatchObject({
    waitsFor: "spawnWindow",
    rule: "S12",
    guard: { name: "isSpawnBudgetSpent", passed: true },
    inputs: { starts: { attempts: 2, limit: 2, windowMs: 45_000 } },
    earliestStartAt: epoch(46_000),
    decidedBy: { decision: { type: "start.refused" } },
  });
});

it("explains a quarantine, and a probe that failed in it", async () => {
  const started = await startSupervisor(["a"], { crashBudget: { outerLimit: { crashes: 2 } } });
  await crash(started, "a", 2);
  const quarantine = {
    waitsFor: "probeInterval",
    budget: "quarantined",
    rule: "B4",
    guard: { name: "overOuterLimit", passed: true },
    inputs: { quarantined: true, crashes: 2, outerLimit: { crashes: 2, refusedWindows: 3 } },
    retryAfterMs: 300_000,
    earliestStartAt: epoch(301_250),
    escalation: { id: "E1", cause: "quarantined" },
  };
  expect(await explained(started, "a")).toMatchObject(quarantine);
  await crash(started, "a", 1);
  expect(await explained(started, "a")).toMatchObject({
    ...quarantine,
    guard: { name: "inQuarantineEpisode", passed: true },
    inputs: { crashes: 3 },
    earliestStartAt: expect.any(Number),
  });
});

it("explains a permanent failure: nothing but a change helps", async () => {
  const started = await startSupervisor(["a"]);
  await started.servers.last("a").refuse("command_missing", true);
  expect(await explained(started, "a")).toMatchObject({
    status: "down",
    waitsFor: "change",
    budget: "steady",
    rule: "S2",
    guard: { name: "isPermanent", passed: true },
    lastError: "fake: command_missing",
    earliestStartAt: null,
    escalation: { cause: "permanentFailure" },
    decidedBy: { decision: { type: "escalation.opened" } },
  });
});

it("explains a server that is on its way up, one that serves, and what a stop left", async () => {
  const started = await startSupervisor(["a"]);
  expect(await explained(started, "a")).toMatchObject({
    status: "starting",
    waitsFor: "handshake",
    decidedBy: null,
  });
  await started.servers.last("a").serve();
  expect(await explained(started, "a")).toMatchObject({ status: "serving", waitsFor: null, rule: null });
  await crash(started, "a", 1);
  await started.advance(250);
  await started.servers.last("a").serve();
  expect(await explained(started, "a")).toMatchObject({ status: "serving", lastError: null });
  await started.advance(60_000);
  await started.servers.last("a").die();
  await started.supervisor.stop();
  const log = [{ name: "log", chunks: [toLog(started.records)] }];
  expect(await explainLog(log, "a")).toMatchObject({
    stopped: true,
    explanations: [{ status: "waiting", waitsFor: "backOff" }],
  });
});

it("explains the instant of a stop, not what the stop did", async () => {
  const started = await startSupervisor(["a"]);
  const process = started.servers.last("a");
  await process.serve();
  process.polite = false;
  const stopped = started.supervisor.stop();
  const asOf = started.clock.wallNow();
  await started.advance(3_000);
  await process.die();
  await stopped;
  const found = await explainLog([{ name: "log", chunks: [toLog(started.records)] }], "a");
  expect(found).toMatchObject({
    asOf,
    stopped: true,
    explanations: [{ status: "serving", lastError: null }],
  });
});

it("explains every server of a plugin", async () => {
  const { supervisor } = await startThree();
  expect(supervisor.explain("c").map(({ subject }) => subject)).toEqual(["c/x", "c/y"]);
});

it("says the same from a log as from the live charts, after any run", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const started = await startThree();
      for (const step of sequence) {
        if (step.what === "configure") continue;
        await take(started, step);
        const { records, supervisor, clock } = started;
        if (records.at(-1)?.at !== clock.wallNow()) continue;
        const { explanations } = await explainLog([{ name: "log", chunks: [toLog(records)] }], "a");
        expect(explanations.map(({ decidedBy: _decidedBy, ...facts }) => facts)).toEqual(
          supervisor.explain("a"),
        );
      }
    }),
    { numRuns: 20 },
  );
}, 60_000);

it("says which record a log went wrong at", async () => {
  const started = await startSupervisor(["a"]);
  await crash(started, "a", 1);
  const log = toLog(started.records).replace('"retryAfterMs":250', '"retryAfterMs":2');
  const { differsAt } = await explainLog([{ name: "log", chunks: [log] }], "a");
  expect(differsAt).toBe(started.records.find(({ type }) => type === "start.scheduled")?.seq);
});

it("refuses a subject that it does not know, with those that it does", async () => {
  const { records, supervisor } = await startSupervisor(["a"]);
  const log = [{ name: "log", chunks: [toLog(records)] }];
  await expect(explainLog(log, "b")).rejects.toMatchObject({
    code: "not_found",
    details: { known: ["a", "a/a"] },
  });
  expect(() => supervisor.explain("b")).toThrow('no plugin or server is called "b"; there are a/a');
  await expect(explainLog([{ name: "log", chunks: [] }], "a")).rejects.toThrow("the input holds no run");
});
