import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CrashBudgetPolicy } from "../../src/core/crash-budget.ts";
import type { SupervisionRecord } from "../../src/core/records.ts";
import { isDecision } from "../../src/replay/facts.ts";
import { startSupervisor } from "../fakes/supervised.ts";
import { changed, crash, replayed, startThree, steps, take, toLog, without } from "./logs.ts";

const decisionsOf = (records: readonly SupervisionRecord[]) => records.filter((it) => isDecision(it));
const indexOf = (records: readonly SupervisionRecord[], type: string, nth = 0) => {
  const found = records.filter((it) => it.type === type)[nth];
  if (found === undefined) throw new Error(`no ${type} number ${nth}`);
  return records.indexOf(found);
};

/** One backend that was started again, refused, quarantined, probed, and proved itself. */
async function quarantined() {
  const started = await startSupervisor(["a"]);
  await crash(started, "a", 8);
  await started.advance(300_000);
  await started.servers.last("a").serve();
  await started.advance(60_000);
  await started.supervisor.stop();
  return started.records;
}

describe("a replay", () => {
  it("finds no difference in the log of any run", async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (sequence, stops) => {
        const started = await startThree();
        for (const step of sequence) await take(started, step);
        if (stops) await started.supervisor.stop();
        const counts = { runs: 1, records: started.records.length, pending: 0 };
        const decisions = decisionsOf(started.records).length;
        expect(await replayed(started.records)).toEqual([{ type: "counts", ...counts, decisions }]);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it("finds the one decision that was changed, in any run, and names it", async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (sequence, chosen) => {
        const started = await startThree();
        await crash(started, "a", 2);
        for (const step of sequence) await take(started, step);
        const decisions = decisionsOf(started.records);
        const target = decisions[chosen % decisions.length];
        if (target === undefined) return;
        const change = { monotonicMs: target.monotonicMs + 1 };
        const [found] = await replayed(changed(started.records, target.seq - 1, change));
        expect(found).toMatchObject({ type: "difference", seq: target.seq, line: target.seq });
        expect(found).toMatchObject({ differences: [{ path: "monotonicMs" }] });
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it("derives every kind of decision again: retry, refusal, quarantine, probe, proof", async () => {
    const records = await quarantined();
    const types = new Set(decisionsOf(records).map(({ type }) => type));
    expect([...types].toSorted()).toEqual([
      "backend.quarantined",
      "backend.steadied",
      "escalation.closed",
      "escalation.opened",
      "start.granted",
      "start.refused",
      "start.scheduled",
    ]);
    expect(await replayed(records)).toMatchObject([{ type: "counts", pending: 0 }]);
  });

  it.each([
    ["start.scheduled", { retryAfterMs: 251 }, "retryAfterMs", "250", "251"],
    ["start.granted", { cause: "probe" }, "cause", '"retry"', '"probe"'],
    ["start.refused", { retryAfterMs: 1 }, "retryAfterMs", expect.any(String), "1"],
    ["backend.quarantined", { crashes: 3 }, "crashes", expect.any(String), "3"],
    ["backend.steadied", { wasQuarantined: false }, "wasQuarantined", "true", "false"],
    ["escalation.opened", { id: "E7" }, "id", '"E1"', '"E7"'],
    ["escalation.closed", { because: "luck" }, "because", '"it proved its uptime"', '"luck"'],
    ["start.scheduled", { why: "?" }, "why", "nothing", '"?"'],
  ])("names a changed %s: %j", async (type, change, path, expected, actual) => {
    const records = await quarantined();
    const index = indexOf(records, type);
    const [found, counts] = await replayed(changed(records, index, change));
    expect(found).toMatchObject({ seq: index + 1, differences: [{ path, expected, actual }] });
    expect(counts).toMatchObject({ type: "counts", records: index + 1 });
  });

  it.each([
    "start.scheduled",
    "start.refused",
    "backend.quarantined",
    "escalation.opened",
    "backend.steadied",
  ])("names a %s that is missing", async (type) => {
    const records = await quarantined();
    const index = indexOf(records, type);
    const [found] = await replayed(without(records, index));
    expect(found).toMatchObject({ type: "difference", expected: { type } });
  });

  it("names an escalation that was never opened though the run went on", async () => {
    const started = await startSupervisor(["a", "b"]);
    await started.servers.last("a").refuse("command_missing", true);
    await started.advance(5_000);
    started.supervisor.restart("b", "b");
    const silent = without(started.records, indexOf(started.records, "escalation.opened"));
    const [found] = await replayed(silent);
    expect(found).toMatchObject({ actual: null, expected: { type: "escalation.opened", subject: "a/a" } });
  });

  it("names a grant that never came though the supervisor was awake", async () => {
    const started = await startSupervisor(["a", "b"]);
    await crash(started, "a", 1);
    const scheduled = started.records.length;
    await started.advance(250);
    for (let i = 0; i < 3; i++) {
      await started.advance(1_000);
      started.supervisor.restart("b", "b");
    }
    const asleep = started.records.filter(
      (it, index) => index < scheduled || (it.type === "start.requested" && it.plugin === "b"),
    );
    const [found] = await replayed(asleep.map((it, index) => ({ ...it, seq: index + 1 })));
    expect(found).toMatchObject({ actual: null, expected: { type: "start.granted", server: "a" } });
  });

  it("takes a timer that fired late, or never for what came first, as it was", async () => {
    const started = await startSupervisor(["a", "b"]);
    await crash(started, "a", 1);
    await started.advance(250);
    started.supervisor.restart("b", "b");
    const { records } = started;
    const [granted, requested] = [indexOf(records, "start.granted"), indexOf(records, "start.requested")];
    // The event loop was busy for 50 ms: what was asked of it in that time came first.
    const busy = { ...records[requested], monotonicMs: 1_300 };
    const late = [...records.slice(0, granted), busy, ...records.slice(granted, requested)];
    const log = late.map((it, index) => ({ ...it, seq: index + 1 }));
    expect(await replayed(log)).toMatchObject([{ type: "counts", decisions: 2 }]);
    const same = await replayed(log, { policy: (it) => ({ ...it }) });
    expect(same).toMatchObject([{ type: "counts", divergences: 0, compared: 2 }]);
    const reset = { ...busy, type: "budget.reset", plugin: "a", server: "a" };
    const never = [...records.slice(0, granted), reset].map((it, index) => ({ ...it, seq: index + 1 }));
    const found = await replayed(never, { policy: (it) => ({ ...it }) });
    expect(found).toMatchObject([{ type: "counts", divergences: 0, pending: 1 }]);
  });

  it("names a decision that nothing leads to", async () => {
    const records = await quarantined();
    const scheduled = records[indexOf(records, "start.scheduled")];
    const early = [...records.slice(0, 3), scheduled, ...records.slice(3)];
    const [found] = await replayed(early.map((it, index) => ({ ...it, seq: index + 1 })));
    expect(found).toMatchObject({ seq: 4, expected: null, actual: { type: "start.scheduled" } });
  });

  it("takes several runs in one log, and leaves out lines that are no records", async () => {
    const records = await quarantined();
    const run = `${toLog(records)}{"type":"summary"}\n\n`;
    const counts = { runs: 2, records: 2 * records.length };
    expect(await replayed(run + run)).toMatchObject([{ type: "counts", ...counts }]);
  });

  it("says how many decisions were due where a log was cut", async () => {
    const records = await quarantined();
    const cut = records.slice(0, indexOf(records, "start.scheduled"));
    expect(await replayed(cut)).toMatchObject([{ type: "counts", pending: 1 }]);
  });

  it.each([
    ["no JSON", "{", "log:2: no JSON"],
    ["no object", "7", "log:2: no JSON object"],
    ["a record that does not fit", '{"type":"start.granted","seq":2,"at":1,"monotonicMs":1}', "plugin: "],
    [
      "a record that is missing",
      '{"type":"supervisor.stopping","seq":4,"at":1,"monotonicMs":1}',
      "record 2 is missing before 4",
    ],
  ])("refuses %s, with its line", async (_, line, message) => {
    const { records } = await startSupervisor([]);
    const log = `${toLog(records.slice(0, 1))}${line}\n`;
    await expect(replayed(log)).rejects.toMatchObject({
      code: "invalid_event",
      message: expect.stringContaining(message),
      details: { source: "log", line: 2 },
    });
  });

  it("refuses a log that does not say the policy", async () => {
    const { records } = await startSupervisor(["a"]);
    const headless = without(records, 0);
    await expect(replayed(headless)).rejects.toThrow("plugin.changed comes before supervisor.started");
    const old = toLog([{ type: "supervisor.started", plugins: 1, monotonicMs: 0, seq: 1, at: 0 }]);
    await expect(replayed(old)).rejects.toThrow("log:1: no supervisor.started: names: ");
  });
});

describe("a replay under another policy", () => {
  it("finds nothing under the same policy, in any run", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const started = await startThree();
        for (const step of sequence) await take(started, step);
        const found = await replayed(started.records, { policy: (it) => ({ ...it }) });
        const compared = decisionsOf(started.records).length;
        expect(found).toMatchObject([{ type: "counts", divergences: 0, incomparable: 0, compared }]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it("names the first other decision of each backend, and compares it no further", async () => {
    const started = await startSupervisor(["a", "b"]);
    await crash(started, "a", 2);
    await crash(started, "b", 1);
    const retries = CrashBudgetPolicy.parse({ retries: 2 });
    const found = await replayed(started.records, { policy: (it) => ({ ...it, crashBudget: retries }) });
    const refused = indexOf(started.records, "start.refused");
    expect(found).toMatchObject([
      {
        type: "divergence",
        seq: refused + 1,
        subject: "a/a",
        recorded: { type: "start.refused" },
        would: { type: "start.scheduled", retryAfterMs: 250, attempt: 2 },
      },
      { type: "counts", divergences: 1 },
    ]);
  });

  it("names what would have been decided when nothing was", async () => {
    const started = await startSupervisor(["a", "b"]);
    await crash(started, "a", 1);
    await started.advance(250);
    await started.servers.last("a").serve();
    await started.advance(20_000);
    started.supervisor.restart("b");
    await started.advance(0);
    const policy = CrashBudgetPolicy.parse({ provenUptimeMs: 10_000 });
    const found = await replayed(started.records, { policy: (it) => ({ ...it, crashBudget: policy }) });
    expect(found).toMatchObject([
      { type: "divergence", subject: "a/a", recorded: null, would: { type: "backend.steadied" } },
      { type: "counts", divergences: 1 },
    ]);
  });

  it("names what was decided when nothing would have been", async () => {
    const started = await startSupervisor(["a"]);
    await crash(started, "a", 1);
    await started.advance(250);
    const policy = CrashBudgetPolicy.parse({ retryBackoffMs: 250, outerLimit: null, provenUptimeMs: 90_000 });
    await started.servers.last("a").serve();
    await started.advance(60_000);
    const found = await replayed(started.records, { policy: (it) => ({ ...it, crashBudget: policy }) });
    expect(found).toMatchObject([
      { type: "divergence", recorded: { type: "backend.steadied" }, would: null },
      { type: "counts", divergences: 1 },
    ]);
  });

  it("does not take the number of an escalation for a decision", async () => {
    const started = await startSupervisor(["a", "b"], { crashBudget: { outerLimit: { crashes: 1 } } });
    await crash(started, "a", 1);
    await started.servers.last("b").refuse("command_missing", true);
    const opened = started.records.filter(({ type }) => type === "escalation.opened");
    expect(opened).toMatchObject([{ id: "E1" }, { id: "E2", cause: "permanentFailure" }]);
    const policy = CrashBudgetPolicy.parse({ outerLimit: null });
    const found = await replayed(started.records, { policy: (it) => ({ ...it, crashBudget: policy }) });
    expect(found).toMatchObject([
      { type: "divergence", subject: "a/a" },
      { type: "counts", divergences: 1 },
    ]);
  });

  it("counts what happened to a backend after its first other decision as incomparable", async () => {
    const records = await quarantined();
    const policy = CrashBudgetPolicy.parse({ retryBackoffMs: 100 });
    const found = await replayed(records, { policy: (it) => ({ ...it, crashBudget: policy }) });
    const first = indexOf(records, "start.scheduled");
    const later = records.slice(first + 1).filter((it) => "plugin" in it || "subject" in it);
    const ofServer = later.filter((it) => "server" in it || "subject" in it);
    expect(found).toMatchObject([
      { type: "divergence", seq: first + 1 },
      { type: "counts", compared: 1, divergences: 1, incomparable: ofServer.length },
    ]);
  });
});
