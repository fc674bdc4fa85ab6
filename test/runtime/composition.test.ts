import { describe, expect, it } from "vitest";
import type { MigrationPorts } from "../../src/core/migration.ts";
import { createSupervisor } from "../../src/runtime/create-supervisor.ts";
import { FakeServers, flush } from "../fakes/fake-servers.ts";
import { spec, startSupervisor } from "../fakes/supervised.ts";

type Started = Awaited<ReturnType<typeof startSupervisor>>;

/** The types of the reports that recoveries, migrations or attempts told, in order. */
const told = ({ records }: Started, of: string): string[] =>
  records.flatMap((it) => (it.type === of && "report" in it ? [it.report.type] : []));

/** Two plugins: `one` of one server, `two` of two. */
const plugins = { one: { servers: { one: spec } }, two: { servers: { x: spec, y: spec } } };

describe("a failed start", () => {
  it("S8: of a plugin's only server is recovered by the handshake recipe, with the start that its budget grants", async () => {
    const started = await startSupervisor(["a"]);
    const { servers, advance, supervisor, server } = started;
    await servers.last("a").refuse("exited_in_handshake", false);
    expect(servers.starts("a")).toBe(1);
    expect(supervisor.health().recoveries).toMatchObject([
      { subject: "a/a", scenario: "mcp_handshake_failure", state: "running" },
    ]);
    await advance(250);
    expect(servers.last("a").input.spec.start.handshakeMs).toBe(5_000);
    await servers.last("a").serve();
    expect(told(started, "recovery.reported")).toContain("recovery.succeeded");
    expect([server("a")?.status, supervisor.health().escalations]).toEqual(["healthy", []]);
  });

  it("S8, S11: that fails again is given up and escalated; nothing starts it but a person", async () => {
    const started = await startSupervisor(["a"]);
    const { servers, advance, supervisor } = started;
    await servers.last("a").refuse("exited_in_handshake", false);
    await advance(250);
    await servers.last("a").refuse("exited_in_handshake", false);
    await flush();
    const [escalation] = supervisor.health().escalations;
    expect(escalation).toMatchObject({ subject: "a/a", cause: "recoveryExhausted" });
    await advance(3_600_000);
    expect(servers.starts("a")).toBe(2);
    supervisor.restart("a", "a");
    await flush();
    await servers.last("a").serve();
    expect([servers.starts("a"), supervisor.health().escalations]).toEqual([3, []]);
  });

  it("S8: of some servers of a plugin raises the plugin's recipe, for those servers alone", async () => {
    const started = await startSupervisor([], { plugins });
    const { servers, advance, supervisor } = started;
    await servers.last("one").serve();
    await servers.last("x").refuse("exited_in_handshake", false);
    await servers.last("y").serve();
    expect(supervisor.health().recoveries).toMatchObject([
      { subject: "two", scenario: "partial_plugin_startup" },
    ]);
    await advance(250);
    expect(servers.last("x").input.spec.start.handshakeMs).toBe(3_000);
    await servers.last("x").serve();
    expect(told(started, "recovery.reported")).toContain("recovery.succeeded");
    expect([servers.starts("y"), servers.starts("one")]).toEqual([1, 1]);
  });

  it("that nobody has a recipe for is left to its budget", async () => {
    const { servers, advance, supervisor } = await startSupervisor(["a"], { recipes: {} });
    await servers.last("a").refuse("exited_in_handshake", false);
    await advance(250);
    await servers.last("a").serve();
    expect([servers.starts("a"), supervisor.health().recoveries]).toEqual([2, []]);
  });
});

describe("a refused backend", () => {
  it("S9: holds the recoveries that need it until its budget grants a start", async () => {
    const started = await startSupervisor(["a"]);
    const { servers, advance, supervisor } = started;
    await servers.last("a").serve();
    await servers.last("a").die();
    await advance(250);
    await servers.last("a").refuse("exited_in_handshake", false);
    expect(supervisor.health().recoveries).toMatchObject([{ state: "queued" }]);
    expect(told(started, "recovery.reported")).toEqual(["recovery.queued"]);
    await advance(30_000);
    await servers.last("a").serve();
    expect(told(started, "recovery.reported")).toContain("recovery.succeeded");
  });
});

describe("a host's failure", () => {
  it("restarts a worker through its budget", async () => {
    const started = await startSupervisor(["a"]);
    const { servers, advance, supervisor } = started;
    await servers.last("a").serve();
    supervisor.reportFailure("a/a", "provider_failure");
    await flush();
    expect(servers.processes[0]?.alive).toBe(false);
    expect(servers.starts("a")).toBe(1);
    await advance(250);
    await servers.last("a").serve();
    expect(told(started, "recovery.reported")).toContain("recovery.succeeded");
  });

  it("without a port for its step is escalated, and says which; a person's word closes it", async () => {
    const { supervisor } = await startSupervisor(["a"]);
    supervisor.reportFailure("branch-7", "stale_branch");
    await flush();
    const [escalation] = supervisor.health().escalations;
    expect(escalation).toMatchObject({
      subject: "branch-7",
      cause: "recoveryExhausted",
      message: expect.stringContaining("rebase_branch"),
    });
    supervisor.act(escalation?.id ?? "", "acknowledge", "ada");
    expect(supervisor.health().escalations).toMatchObject([{ acknowledged: true }]);
    supervisor.act(escalation?.id ?? "", "resolve", "ada");
    await flush();
    expect(supervisor.health().escalations).toEqual([]);
  });

  it("runs the ports that the host provides, and confirms by the host's check", async () => {
    const done: string[] = [];
    const servers = new FakeServers();
    const step = (name: string) => () => Promise.resolve(done.push(name));
    const started = await startSupervisor(["a"], {
      ports: {
        openServer: servers.open,
        recovery: {
          steps: { rebase_branch: step("rebase"), clean_build: step("build") },
          confirm: () => Promise.resolve(true),
        },
      },
    });
    started.supervisor.reportFailure("branch-7", "stale_branch");
    await flush();
    await flush();
    expect(done).toEqual(["rebase", "build"]);
    expect(told(started, "recovery.reported")).toContain("recovery.succeeded");
  });

  it("of an unknown scenario is refused, and says so", async () => {
    const { supervisor, records } = await startSupervisor(["a"]);
    supervisor.reportFailure("a/a", "coffee_spilled");
    expect(records.at(-1)).toMatchObject({ type: "command.refused", command: "failure.report" });
  });
});

const attempt = { attemptId: "t1", runId: "r1", agent: "ada", leaseId: "l1", workerId: "w1", epoch: 1 };
const lease = {
  reloadCheckpoint: () => Promise.resolve({ seq: 3, at: 1 }),
  replay: () => Promise.resolve({ at: 1 }),
};

describe("an attempt", () => {
  const ports = (servers: FakeServers) => ({ openServer: servers.open, lease });

  it("whose lease expires is recovered, and another worker gets it under a new epoch", async () => {
    const started = await startSupervisor([], { ports: ports(new FakeServers()) });
    const { supervisor, advance } = started;
    supervisor.lease(attempt);
    await advance(35_001);
    await advance(0);
    expect(supervisor.health().attempts).toEqual([{ attemptId: "t1", state: "readyForDispatch", epoch: 2 }]);
    supervisor.attempt("t1", { type: "attempt.claimed", leaseId: "l2", workerId: "w2" });
    expect(supervisor.health().attempts).toMatchObject([{ state: "held" }]);
    supervisor.attempt("t1", {
      type: "attempt.acknowledged",
      workerId: "w2",
      epoch: 2,
      outcome: "completed",
      message: "",
    });
    expect(supervisor.health().attempts).toEqual([]);
    expect(told(started, "lease.reported")).toContain("attempt.ended");
  });

  it("S11: that becomes a dead letter is escalated, and goes on its way again on a person's word", async () => {
    const broken = { ...lease, replay: () => Promise.reject(new Error("diverged")) };
    const { supervisor, advance } = await startSupervisor([], {
      ports: { openServer: new FakeServers().open, lease: broken },
    });
    supervisor.lease(attempt);
    for (let n = 0; n < 10; n++) await advance(36_000);
    const [escalation] = supervisor.health().escalations;
    expect(escalation).toMatchObject({ subject: "t1", cause: "deadLetter" });
    supervisor.act(escalation?.id ?? "", "retry");
    await flush();
    expect(supervisor.health().escalations).toEqual([]);
  });

  it("that is supervised already, or is not, is refused by name", async () => {
    const { supervisor, records } = await startSupervisor([], { ports: ports(new FakeServers()) });
    supervisor.lease(attempt);
    supervisor.lease(attempt);
    supervisor.attempt("t9", { type: "attempt.cancelled" });
    const refused = records.filter(({ type }) => type === "command.refused");
    expect(refused).toMatchObject([{ command: "attempt.lease" }, { command: "attempt.command" }]);
  });
});

describe("an agent on the move", () => {
  /** Ports whose `commit` is in the test's hand. */
  function createPorts() {
    const committing = Promise.withResolvers<{ outcome: "done" }>();
    const digest = { size: 1, checksum: 1, sha256: "0".repeat(64) };
    const done = () => Promise.resolve({ outcome: "done" as const });
    const migration = {
      chooseTarget: () => Promise.resolve({ outcome: "done", candidates: ["b"] }),
      capture: () => Promise.resolve({ outcome: "failed", errorType: "Unknown", message: "no state" }),
      transfer: done,
      commit: () => committing.promise,
      discard: done,
      rollback: () => Promise.resolve({ outcome: "done", digest: null }),
      checkCompatibility: () => committing.promise,
      digest,
    };
    return { committing, migration: migration as unknown as MigrationPorts };
  }

  it("S10: is not dispatched, and one migration of it is under way at a time", async () => {
    const { migration } = createPorts();
    const started = await startSupervisor([], {
      ports: { openServer: new FakeServers().open, lease, migration },
    });
    const { supervisor, advance, records } = started;
    supervisor.lease(attempt);
    await advance(35_001);
    await advance(0);
    supervisor.migrate("ada", { source: "a" });
    supervisor.migrate("ada", { source: "a" });
    await flush();
    expect(records).toContainEqual(
      expect.objectContaining({ type: "command.refused", command: "migration.begin" }),
    );
    supervisor.attempt("t1", { type: "attempt.claimed", leaseId: "l2", workerId: "w2" });
    expect(records.at(-1)).toMatchObject({ type: "dispatch.refused", attemptId: "t1", agent: "ada" });
    expect(supervisor.health().attempts).toMatchObject([{ state: "readyForDispatch" }]);
    expect(supervisor.health().migrations).toMatchObject([{ agent: "ada", owner: "source" }]);
  });
});

describe("stop", () => {
  it("S5: ends every recovery, attempt and migration", async () => {
    const { supervisor, clock, servers } = await startSupervisor(["a"], {});
    await servers.last("a").refuse("exited_in_handshake", false);
    supervisor.lease(attempt);
    await supervisor.stop();
    expect(clock.pending).toBe(0);
  });
});

it("a supervisor without servers can be stopped at once", async () => {
  const supervisor = createSupervisor({ plugins: {}, ports: { openServer: new FakeServers().open } });
  supervisor.start();
  await supervisor.stop();
  expect(supervisor.health().status).toBe("stopped");
});
