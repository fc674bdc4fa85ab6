import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { SupervisionRecord } from "../../src/core/records.ts";
import { FakeServers, flush } from "../fakes/fake-servers.ts";
import { startSupervisor } from "../fakes/supervised.ts";

type Started = Awaited<ReturnType<typeof startSupervisor>>;

const steps = fc.array(
  fc.record({
    what: fc.constantFrom("serve", "die", "refuse", "refuseForGood", "restart", "report", "retry", "wait"),
    name: fc.constantFrom("a", "b"),
    ms: fc.integer({ min: 1, max: 40_000 }),
  }),
  { maxLength: 40 },
);
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

async function take({ servers, supervisor, advance }: Started, { what, name, ms }: Step): Promise<void> {
  const process = servers.last(name);
  if (what === "serve" && process.alive) await process.serve();
  else if (what === "die" && process.alive) await process.serve().then(() => process.die());
  else if (what === "refuse" && process.alive) await process.refuse("exited_in_handshake", false);
  else if (what === "refuseForGood" && process.alive) await process.refuse("command_missing", true);
  else if (what === "restart") supervisor.restart(name, name);
  else if (what === "report") supervisor.reportFailure(`${name}/${name}`, "provider_failure");
  else if (what === "retry") supervisor.act(supervisor.health().escalations[0]?.id ?? "none", "retry");
  else await advance(ms);
  await flush();
}

const isOf = (name: string) => (it: SupervisionRecord) => "server" in it && it.server === name;

/** Instants of the starts of `name`, those that a person asked for left out. */
function startsOf(records: readonly SupervisionRecord[], name: string): number[] {
  const own = records.filter(isOf(name));
  return own
    .filter((it, index) => it.type === "server.starting" && own[index - 1]?.type !== "start.requested")
    .map((it) => it.monotonicMs);
}

/** The rules that the records break. */
function broken({ records, supervisor }: Started, name: string): string[] {
  const found: string[] = [];
  let refused = false;
  for (const record of records) {
    if (isOf(name)(record) && (record.type === "start.refused" || record.type === "backend.quarantined"))
      refused = true;
    if (isOf(name)(record) && (record.type === "start.granted" || record.type === "server.started"))
      refused = false;
    if (isOf(name)(record) && (record.type === "start.scheduled" || record.type === "budget.reset"))
      refused = false;
    if (record.type !== "recovery.reported" || record.report["subject"] !== `${name}/${name}`) continue;
    if (record.report.type === "recovery.started" && refused)
      found.push("S9: began an attempt while refused");
  }
  const permanent = records.filter(
    (it) => it.type === "server.startFailed" && it.failure.permanent && it.server === name,
  );
  const counted = records.filter(
    (it) =>
      it.type === "start.scheduled" &&
      it.server === name &&
      permanent.some((p) => p.monotonicMs === it.monotonicMs && p.seq === it.seq - 1),
  );
  if (counted.length > 0) found.push("S2: a permanent failure reached a budget");
  const { recoveries, escalations } = supervisor.health();
  const asks = recoveries
    .filter(({ state }) => state === "alerting" || state === "aborted")
    .map(({ subject }) => subject);
  const open = escalations.filter(({ cause }) => cause === "recoveryExhausted").map(({ subject }) => subject);
  if ([...new Set(asks)].some((it) => !open.includes(it)))
    found.push("S11: a recovery asks a person, and nobody is told");
  // The message begins with the scenario: one chart each.
  const asked = escalations.map(
    ({ subject, cause, message }) => `${subject} ${cause} ${message.split(":")[0]}`,
  );
  const isOnce = asked.every((it) => asked.filter((other) => other === it).length === 1);
  if (!isOnce && escalations.every(({ cause }) => cause === "recoveryExhausted"))
    found.push("S4: one is escalated twice");
  return found;
}

it("S2, S4, S8, S9, S11, S12 hold whatever happens to two servers, their recipes and their operators", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const started = await startSupervisor(["a", "b"]);
      for (const step of sequence) await take(started, step);
      expect(["a", "b"].flatMap((name) => broken(started, name))).toEqual([]);
      for (const name of ["a", "b"]) {
        const starts = startsOf(started.records, name);
        // A window opens with a start; two that touch hold six.
        expect(starts.every((at) => starts.filter((it) => it >= at && it < at + 30_000).length <= 6)).toBe(
          true,
        );
      }
      await started.supervisor.stop();
    }),
    { numRuns: 60 },
  );
});

it("S5: nothing is started from the stop on, whatever was under way", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const started = await startSupervisor(["a", "b"]);
      for (const step of sequence) await take(started, step);
      const before = started.servers.processes.length;
      await started.supervisor.stop();
      await started.advance(3_600_000);
      expect([
        started.servers.processes.length - before,
        started.servers.alive,
        started.clock.pending,
      ]).toEqual([0, 0, 0]);
    }),
    { numRuns: 40 },
  );
});

it("S10: an attempt of an agent on the move is held by nobody who asked meanwhile", async () => {
  const done = () => Promise.resolve({ outcome: "failed", errorType: "Unknown", message: "no" });
  const never = () => new Promise(() => {});
  const moves = fc.array(fc.constantFrom("claim", "migrate", "cancel", "lose", "wait"), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(moves, async (sequence) => {
      const lease = {
        reloadCheckpoint: () => Promise.resolve({ seq: null, at: 0 }),
        replay: () => Promise.resolve({ at: 0 }),
      };
      const migration = new Proxy(
        {},
        { get: (_, port) => (port === "chooseTarget" ? never : done) },
      ) as never;
      const { supervisor, advance, records } = await startSupervisor([], {
        ports: { openServer: new FakeServers().open, lease, migration },
      });
      supervisor.lease({ attemptId: "t", runId: "r", agent: "ada", leaseId: "l", workerId: "w", epoch: 1 });
      for (const move of sequence) {
        const { attempts, migrations } = supervisor.health();
        const before = attempts[0];
        if (move === "claim")
          supervisor.attempt("t", { type: "attempt.claimed", leaseId: "l2", workerId: "w2" });
        else if (move === "migrate") supervisor.migrate("ada", { source: "here" });
        else if (move === "cancel")
          supervisor.actor.send({
            type: "migration.command",
            agent: "ada",
            event: { type: "migration.cancel", at: 0 },
            at: 0,
          });
        else if (move === "lose")
          supervisor.attempt("t", { type: "lease.expired", epoch: before?.epoch ?? 1 });
        else await advance(1_500);
        await flush();
        const after = supervisor.health().attempts[0];
        const gotIt = before?.state === "readyForDispatch" && after?.state === "held";
        expect(gotIt && migrations.length > 0).toBe(false);
        expect(
          move !== "claim" || migrations.length === 0 || records.at(-1)?.type === "dispatch.refused",
        ).toBe(true);
      }
      await supervisor.stop();
    }),
    { numRuns: 40 },
  );
});
