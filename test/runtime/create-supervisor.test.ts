import { describe, expect, it } from "vitest";
import { createMachine, createActor } from "xstate";
import { LeasePolicy } from "../../src/core/lease.ts";
import { createSupervisor } from "../../src/runtime/create-supervisor.ts";
import { VirtualClock } from "../../src/runtime/virtual-clock.ts";
import { FakeServers, flush, tool } from "../fakes/fake-servers.ts";
import { spec, startSupervisor } from "../fakes/supervised.ts";

describe("start", () => {
  it("brings every plugin up and says so", async () => {
    const { servers, supervisor } = await startSupervisor(["a", "b"]);
    await servers.last("a").serve();
    await servers.last("b").serve();
    expect(supervisor.health().plugins.map(({ name, state }) => [name, state])).toEqual([
      ["a", "healthy"],
      ["b", "healthy"],
    ]);
  });

  it("opens no more servers at a time than there are start slots", async () => {
    const { servers } = await startSupervisor(["a", "b", "c"], { startSlots: 2 });
    expect(servers.processes.length).toBe(2);
    await servers.last("a").serve();
    expect(servers.processes.length).toBe(3);
  });
});

describe("a command that does not fit", () => {
  it("is refused and recorded with path and reason, and changes nothing", async () => {
    const { supervisor, servers, records, types } = await startSupervisor(["a"]);
    await servers.last("a").serve();
    const before = supervisor.actor.getSnapshot();
    supervisor.actor.send({ type: "start.request", plugin: 7, server: null, at: 1 });
    expect(records.at(-1)).toMatchObject({
      type: "event.refused",
      subject: "supervisor",
      event: "start.request",
      problems: [{ path: "plugin", reason: "Invalid input: expected string, received number" }],
      monotonicMs: 1_000,
    });
    supervisor.actor.send({ type: "supervisor.stop" });
    expect([types().filter((it) => it === "event.refused").length, supervisor.actor.getSnapshot()]).toEqual([
      2,
      before,
    ]);
    expect([supervisor.health().status, servers.starts("a")]).toEqual(["running", 1]);
  });
});

describe("a command for a chart below that does not fit", () => {
  it("is refused in that chart's name, and changes nothing", async () => {
    const { supervisor, records, types } = await startSupervisor(["a"]);
    const lease = { attemptId: "t1", runId: "r", agent: "ada", leaseId: "l", workerId: "w", epoch: 1 };
    supervisor.actor.send({ type: "attempt.lease", ...lease, policy: LeasePolicy.parse({}), at: 1_000 });
    const event = { type: "heartbeat.received", at: "now" };
    supervisor.actor.send({ type: "attempt.command", attemptId: "t1", event, at: 1_001 });
    const refused = { type: "event.refused", subject: "attempt:t1", event: "heartbeat.received" };
    expect(records.at(-1)).toMatchObject(refused);
    expect(types()).not.toContain("escalation.opened");
  });
});

describe("a crash", () => {
  it("is answered with one start after the back-off, not before", async () => {
    const { servers, advance, server } = await startSupervisor(["a"]);
    await servers.last("a").serve();
    await servers.last("a").die();
    expect(server("a")).toMatchObject({ status: "failed", budget: "backingOff", retryAfterMs: 250 });
    await advance(249);
    expect(servers.starts("a")).toBe(1);
    await advance(1);
    expect(servers.starts("a")).toBe(2);
    await servers.last("a").serve();
    expect(server("a")).toMatchObject({
      status: "healthy",
      incarnation: 2,
      restarts: 1,
      budget: "probation",
    });
  });

  it("S1: of one server leaves its siblings alone", async () => {
    const { servers, advance } = await startSupervisor(["a", "b"]);
    await servers.last("a").serve();
    await servers.last("b").serve();
    await servers.last("a").die();
    await advance(60_000);
    expect(servers.starts("b")).toBe(1);
  });

  it("loop is started no more often than the budget allows and ends in one escalation", async () => {
    const { servers, records, advance, supervisor } = await startSupervisor(["a"]);
    for (let second = 0; second < 300; second++) {
      const process = servers.last("a");
      if (process.alive) {
        await process.serve();
        await process.die();
      }
      await advance(1_000);
    }
    // One start, then per window of 30 s a retry and the start of the next window, three windows.
    expect(servers.starts("a")).toBe(6);
    expect(supervisor.health().escalations).toMatchObject([{ subject: "a/a", cause: "quarantined" }]);
    expect(records.filter(({ type }) => type === "escalation.opened")).toHaveLength(1);
  });
});

describe("a permanent start failure", () => {
  it("is not retried, is escalated once, and ends with a new configuration", async () => {
    const { servers, advance, supervisor, types } = await startSupervisor(["a", "b"]);
    await servers.last("b").serve();
    await servers.last("a").refuse("command_missing", true);
    await advance(3_600_000);
    expect(servers.starts("a")).toBe(1);
    expect(supervisor.health().escalations).toMatchObject([{ subject: "a/a", cause: "permanentFailure" }]);
    supervisor.configure("a", { servers: { a: { command: "better" } } });
    await flush();
    await servers.last("a").serve();
    expect(supervisor.health()).toMatchObject({
      plugins: [{ state: "healthy" }, { state: "healthy" }],
      escalations: [],
    });
    expect(types().filter((it) => it === "escalation.opened")).toHaveLength(1);
  });
});

describe("a warm spare", () => {
  const plugins = { a: { servers: { a: { ...spec, standby: 1 as const } } } };

  it("takes over at once, and its successor waits for the back-off", async () => {
    const { servers, advance, server } = await startSupervisor([], { plugins });
    await servers.last("a").serve();
    expect(servers.starts("a")).toBe(2);
    await servers.last("a").serve();
    expect(server("a")).toMatchObject({ standby: "ready" });
    await servers.processes[0]?.die();
    expect(server("a")).toMatchObject({ status: "healthy", incarnation: 2, standby: "none" });
    expect(servers.starts("a")).toBe(2);
    await advance(250);
    expect(servers.starts("a")).toBe(3);
  });

  it("does not let a crash loop around the budget", async () => {
    const { servers, advance } = await startSupervisor([], { plugins });
    for (let second = 0; second < 300; second++) {
      for (const process of servers.processes.filter(({ alive }) => alive)) {
        await process.serve();
        await process.die();
      }
      await advance(1_000);
    }
    expect(servers.starts("a")).toBeLessThanOrEqual(8);
  });
});

describe("a hang", () => {
  it("is noticed after three missed probes, and the process replaced", async () => {
    const { servers, advance, server, records } = await startSupervisor(["a"]);
    await servers.last("a").serve();
    await advance(15_000);
    expect(server("a")?.status).toBe("healthy");
    servers.last("a").responsive = false;
    await advance(17_000);
    expect(server("a")?.status).toBe("degraded");
    await advance(2_000);
    await advance(2_000);
    expect(records.find(({ type }) => type === "server.exited")).toMatchObject({
      exit: { cause: "unresponsive" },
    });
    await advance(250);
    expect(servers.starts("a")).toBe(2);
  });

  it("that ends in time is forgotten", async () => {
    const { servers, advance, server } = await startSupervisor(["a"]);
    await servers.last("a").serve();
    servers.last("a").responsive = false;
    await advance(17_000);
    servers.last("a").responsive = true;
    await advance(2_000);
    expect(server("a")).toMatchObject({ status: "healthy", restarts: 0 });
  });
});

describe("stop", () => {
  it("S5: ends the plugins in reverse order, each after the one before it", async () => {
    const { servers, supervisor, types } = await startSupervisor(["a", "b"]);
    await servers.last("a").serve();
    await servers.last("b").serve();
    servers.last("b").polite = false;
    const stopped = supervisor.stop();
    await flush();
    expect([servers.last("a").closing, servers.last("b").closing]).toEqual([false, true]);
    await servers.last("b").die();
    // What has ended on request did not fail; what has not ended yet closes.
    expect(supervisor.health().plugins.flatMap((it) => it.servers.map(({ status }) => status))).toEqual([
      "stopped",
      "stopped",
    ]);
    await stopped;
    expect(servers.alive).toBe(0);
    expect(types().at(-1)).toBe("supervisor.stopped");
    expect(supervisor.health().status).toBe("stopped");
  });

  it("starts nothing that was waiting for its back-off", async () => {
    const { servers, supervisor, advance, clock } = await startSupervisor(["a"]);
    await servers.last("a").serve();
    await servers.last("a").die();
    await supervisor.stop();
    await advance(60_000);
    expect(servers.starts("a")).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it("gives up a start that is under way", async () => {
    const { servers, supervisor } = await startSupervisor(["a"]);
    await supervisor.stop();
    expect(servers.alive).toBe(0);
  });

  it("kills what does not end before its deadline", async () => {
    const { servers, supervisor, advance } = await startSupervisor(["a"]);
    await servers.last("a").serve();
    servers.last("a").polite = false;
    const stopped = supervisor.stop();
    await advance(9_999);
    expect(servers.alive).toBe(1);
    await advance(1);
    await stopped;
    expect(servers.alive).toBe(0);
  });
});

describe("a host's machine", () => {
  it("runs a supervisor as its child, and stopping the machine leaves nothing", async () => {
    const clock = new VirtualClock();
    const servers = new FakeServers();
    const supervisor = createSupervisor({
      plugins: { a: { servers: { a: spec } } },
      ports: { openServer: servers.open },
      clock,
    });
    const host = createActor(createMachine({ invoke: { src: supervisor.logic, id: "supervisor" } }), {
      clock,
    });
    host.start();
    await flush();
    await servers.last("a").serve();
    expect(supervisor.health().plugins).toMatchObject([{ state: "healthy" }]);
    expect(supervisor.actor).toBe(host.getSnapshot().children["supervisor"]);
    host.stop();
    await flush();
    expect(servers.alive).toBe(0);
  });
});

describe("two supervisors in one process", () => {
  it("do not meet", async () => {
    const one = await startSupervisor(["a"]);
    const two = await startSupervisor(["a"]);
    await one.servers.last("a").serve();
    expect(one.supervisor.health().plugins[0]?.state).toBe("healthy");
    expect(two.supervisor.health().plugins[0]?.state).toBe("starting");
  });
});

describe("observers", () => {
  it("get every record once, numbered without gaps, also when another one throws", async () => {
    const seen: number[] = [];
    const { servers, records } = await startSupervisor(["a"], {
      observers: [
        () => {
          throw new Error("broken");
        },
        ({ seq }) => void seen.push(seq),
      ],
    });
    await servers.last("a").serve();
    expect(seen).toEqual(seen.map((_, index) => index + 1));
    expect(seen.length).toBeGreaterThan(4);
    expect(records).toEqual([]);
  });
});

describe("the tools of a server", () => {
  it("J11: are announced again by each process that takes its place, with the new list at hand", async () => {
    const { servers, supervisor, advance } = await startSupervisor(["a"]);
    const announced: [number, string[]][] = [];
    supervisor.on((record) => {
      if (record.type !== "tools.changed") return;
      const offered = supervisor.tools().filter(({ available }) => available);
      announced.push([record.tools, offered.map(({ name }) => name)]);
    });
    await servers.last("a").serve();
    expect(announced).toEqual([]);
    await servers.last("a").die();
    await advance(250);
    servers.last("a").tools = [tool("late"), tool("other")];
    await servers.last("a").serve();
    expect(announced).toEqual([[2, ["late", "other"]]]);
  });

  it("J11: are announced again by a warm spare that takes over", async () => {
    const plugins = { a: { servers: { a: { ...spec, standby: 1 as const } } } };
    const { servers, types } = await startSupervisor([], { plugins });
    await servers.last("a").serve();
    await servers.last("a").serve();
    expect(types()).not.toContain("tools.changed");
    await servers.processes[0]?.die();
    expect(types().slice(types().indexOf("server.promoted")).slice(0, 2)).toEqual([
      "server.promoted",
      "tools.changed",
    ]);
  });

  it("are replaced when it announces others", async () => {
    const { servers, supervisor } = await startSupervisor(["a"]);
    await servers.last("a").serve();
    await servers.last("a").changeTools([tool("late")]);
    expect(supervisor.tools().map(({ qualifiedName, available }) => [qualifiedName, available])).toEqual([
      ["a__echo", false],
      ["a__late", true],
    ]);
  });
});
