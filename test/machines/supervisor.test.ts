import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createActor, fromCallback, setup } from "xstate";
import { crashBudgetMachine } from "../../machines/crash-budget.ts";
import type { PluginLifecycleEvent } from "../../machines/plugin-lifecycle.ts";
import { pluginLifecycleMachine } from "../../machines/plugin-lifecycle.ts";
import { type SupervisorReport, supervisorMachine } from "../../machines/supervisor.ts";
import { flush } from "../fakes/fake-servers.ts";
import { startSupervisor } from "../fakes/supervised.ts";
import { MigrationPolicy } from "../../src/core/migration.ts";
import { VirtualClock } from "../../src/runtime/virtual-clock.ts";

/** A supervisor chart over plugins that only listen: what it orders, what it reports. */
function create(names: readonly string[], crashBudget = {}) {
  const clock = new VirtualClock();
  const orders: string[] = [];
  const reports: SupervisorReport[] = [];
  const listener = (name: string, event: PluginLifecycleEvent): void => {
    const server = "server" in event ? `/${event.server}` : "";
    orders.push(`${name}${server} ${event.type}`);
  };
  const pluginLifecycle = fromCallback<PluginLifecycleEvent, { name: string }>(({ input, receive }) => {
    receive((event) => listener(input.name, event));
  });
  const machine = supervisorMachine.provide({ actors: { pluginLifecycle: pluginLifecycle as never } });
  const input = { plugins: names.map((name) => ({ name, spec: {} })), crashBudget, stopDeadlineMs: 1_000 };
  const actor = createActor(machine, { clock, input });
  actor.on("*", (report) => void reports.push(report));
  actor.start();
  actor.send({ type: "supervisor.start", at: 0 });
  orders.length = 0;
  const process = (plugin: string) => ({ plugin, server: "s", incarnation: 1, role: "active" as const });
  const at = () => ({ monotonicMs: clock.now() });
  const exit = { cause: "exited", code: 1, signal: null, stderrTail: "", garbageLines: 0 } as const;
  return {
    actor,
    clock,
    orders,
    reports,
    types: () => reports.map(({ type }) => type),
    crash: (plugin: string, unexpected = true) =>
      actor.send({ type: "server.exited", ...process(plugin), exit, uptimeMs: 1, unexpected, ...at() }),
    fail: (plugin: string, code: "spawn_failed" | "command_missing" | "aborted") => {
      const failure = { code, message: "no", permanent: code === "command_missing", exit: null };
      actor.send({ type: "server.startFailed", ...process(plugin), failure, ...at() });
    },
    serve: (plugin: string) =>
      actor.send({ type: "server.started", ...process(plugin), pid: 1, tools: 1, startMs: 1, ...at() }),
    change: (plugin: string, to: string) =>
      actor.send({ type: "plugin.changed", plugin, from: "", to, reason: null, ...at() }),
    escalations: () =>
      actor.getSnapshot().context.escalations.map(({ subject, cause }) => `${subject} ${cause}`),
  };
}

/** Crashes through as many windows as quarantine takes. */
function crashOut({ crash, clock }: Pick<ReturnType<typeof create>, "crash" | "clock">): void {
  for (let window = 0; window < 3; window++) {
    crash("a");
    clock.advance(250);
    crash("a");
    clock.advance(30_000);
  }
}

describe("a crash", () => {
  it("S2, S3: is answered by its own plugin's start, once its budget grants it", () => {
    const { crash, clock, orders } = create(["a", "b"]);
    crash("a");
    clock.advance(249);
    expect(orders).toEqual([]);
    clock.advance(1);
    expect(orders).toEqual(["a/s server.start"]);
  });

  it("S2: that was asked for, or a start that was given up, reaches no budget", () => {
    const { crash, fail, clock, orders, actor } = create(["a"]);
    crash("a", false);
    fail("a", "aborted");
    clock.advance(60_000);
    expect([orders, actor.getSnapshot().context.budgets]).toEqual([[], []]);
  });

  it("S2: that was asked for ends what its budget was waiting for", () => {
    const { crash, clock, orders } = create(["a"]);
    crash("a");
    crash("a", false);
    clock.advance(60_000);
    expect(orders).toEqual([]);
  });

  it("tells its budget of a good start, and gets its spare back when it is steady", () => {
    const { crash, serve, clock, orders, types } = create(["a"]);
    crash("a");
    clock.advance(250);
    serve("a");
    clock.advance(60_000);
    expect(orders).toEqual(["a/s server.start", "a/s server.start"]);
    expect(types().at(-1)).toBe("backend.steadied");
  });
});

describe("what a plugin reports", () => {
  it("S7: is told on as it was, whatever the supervisor does", () => {
    const { actor, reports } = create(["a"]);
    const monotonicMs = 5;
    const phase = { plugin: "a", server: "s", incarnation: 1, role: "active", phase: "ready" } as const;
    const told = [
      { type: "plugin.rejected", plugin: "a", problem: "no servers", monotonicMs },
      { type: "server.phaseEntered", ...phase, monotonicMs },
    ] as const;
    for (const report of told) actor.send(report);
    actor.send({ type: "supervisor.stop", at: 6 });
    for (const report of told) actor.send(report);
    expect(reports.filter(({ type }) => told.some((it) => it.type === type))).toEqual([...told, ...told]);
  });

  it("S2: as a failed start, counts as a crash", () => {
    const { fail, clock, orders } = create(["a"]);
    fail("a", "spawn_failed");
    clock.advance(249);
    expect(orders).toEqual([]);
    clock.advance(1);
    expect(orders).toEqual(["a/s server.start"]);
  });
});

describe("escalations", () => {
  it("S4: of a quarantine is opened once and closed by proven uptime", () => {
    const { crash, serve, clock, escalations, types } = create(["a"]);
    crashOut({ crash, clock });
    expect(escalations()).toEqual(["a/s quarantined"]);
    clock.advance(300_000);
    crash("a");
    clock.advance(300_000);
    serve("a");
    clock.advance(60_000);
    expect(escalations()).toEqual([]);
    expect(types().filter((it) => it.startsWith("escalation."))).toEqual([
      "escalation.opened",
      "escalation.closed",
    ]);
  });

  it("S4: of a permanent failure is opened once and closed when the server serves", () => {
    const { fail, serve, escalations, clock, orders } = create(["a"]);
    fail("a", "command_missing");
    fail("a", "command_missing");
    clock.advance(600_000);
    expect([escalations(), orders]).toEqual([["a/s permanentFailure"], []]);
    serve("a");
    expect(escalations()).toEqual([]);
  });

  it("end with a reset of the budget, which starts the server at once", () => {
    const { crash, clock, actor, orders, escalations } = create(["a"]);
    crashOut({ crash, clock });
    orders.length = 0;
    actor.send({ type: "budget.reset", key: "a/s", at: clock.now() });
    expect([escalations(), orders]).toEqual([[], ["a/s server.start"]]);
    actor.send({ type: "budget.reset", key: "a/other", at: clock.now() });
    expect(actor.getSnapshot().status).toBe("active");
  });

  it("end with a new configuration, which also forgets the crashes", () => {
    const { crash, fail, actor, clock, escalations, orders } = create(["a"]);
    crash("a");
    fail("a", "command_missing");
    actor.send({ type: "plugin.configure", plugin: "a", spec: {}, at: 0 });
    clock.advance(60_000);
    expect([escalations(), orders]).toEqual([[], ["a plugin.configure"]]);
    actor.send({ type: "plugin.configure", plugin: "nobody", spec: {}, at: 0 });
    expect(actor.getSnapshot().status).toBe("active");
  });
});

describe("an operator", () => {
  it("starts one server, or restarts a plugin, and the record says who asked", () => {
    const { actor, orders, reports } = create(["a"]);
    actor.send({ type: "start.request", plugin: "a", server: "s", at: 0 });
    actor.send({ type: "start.request", plugin: "a", server: null, at: 0 });
    actor.send({ type: "start.request", plugin: "nobody", server: null, at: 0 });
    expect(orders).toEqual(["a/s server.start", "a plugin.restart"]);
    expect(reports.at(-1)).toMatchObject({ type: "start.requested", by: "operator", server: null });
  });
});

describe("the spawn budget", () => {
  it("S12: defers a granted start when it is spent, with one alarm, until its window ends", () => {
    const { actor, crash, serve, clock, orders, reports } = create(["a"], { retries: 100 });
    const starting = (): void =>
      actor.send({
        type: "server.starting",
        plugin: "a",
        server: "s",
        incarnation: 1,
        role: "active",
        monotonicMs: clock.now(),
      });
    for (let n = 0; n < 3; n++) {
      starting();
      serve("a");
      crash("a");
      clock.advance(250);
    }
    expect(orders).toHaveLength(2);
    const refused = () => reports.filter(({ type }) => type === "spawn.refused");
    expect(refused()).toMatchObject([{ retryAfterMs: 29_250, isStormTrip: true }]);
    clock.advance(29_249);
    expect(orders).toHaveLength(2);
    clock.advance(1);
    expect(orders).toHaveLength(3);
    expect(refused()).toHaveLength(1);
  });
});

describe("the relays", () => {
  it("hand a command to the migration of an agent, and refuse one for an agent that is not on the move", () => {
    const { actor, types, clock } = create(["a"]);
    const command = { agent: "ada", event: { type: "migration.cancel", at: 0 }, at: 0 } as const;
    actor.send({ type: "migration.command", ...command });
    expect(types().at(-1)).toBe("command.refused");
    const policy = MigrationPolicy.parse({});
    const moving = { migration: "m", agent: "ada", source: "here", target: null, policy, at: clock.now() };
    actor.send({ type: "migration.begin", ...moving });
    expect(actor.getSnapshot().context.migrations).toEqual(["ada"]);
    actor.send({ type: "migration.command", ...command });
    expect(types()).toContain("migration.reported");
  });

  it("act on an escalation that no chart asked for: acknowledged, retried, stopped, resolved", () => {
    const { actor, fail, orders, escalations, types } = create(["a"]);
    fail("a", "command_missing");
    const act = (verb: "acknowledge" | "resolve" | "retry" | "abort", id = "E1"): void =>
      actor.send({ type: "escalation.act", id, verb, by: null, at: 0 });
    act("acknowledge");
    expect(actor.getSnapshot().context.escalations).toMatchObject([{ acknowledged: true }]);
    act("retry");
    act("abort");
    expect(orders).toEqual(["a/s server.start", "a plugin.stop"]);
    act("resolve");
    expect(escalations()).toEqual([]);
    act("resolve");
    expect(types().at(-1)).toBe("command.refused");
  });
});

describe("stop", () => {
  it("S5: asks the plugins in reverse order, each after the one before it, and starts nothing any more", () => {
    const { actor, crash, change, clock, orders, types } = create(["a", "b"]);
    crash("a");
    actor.send({ type: "supervisor.stop", at: 0 });
    clock.advance(250);
    expect(orders).toEqual(["b plugin.stop"]);
    change("b", "stopped");
    expect(orders).toEqual(["b plugin.stop", "a plugin.stop"]);
    change("a", "stopped");
    expect([actor.getSnapshot().status, types().at(-1)]).toEqual(["done", "supervisor.stopped"]);
  });

  it("S5: kills what is left at its deadline, and waits for that no longer than as long again", () => {
    const { actor, change, clock, orders } = create(["a", "b"]);
    actor.send({ type: "supervisor.stop", at: 0 });
    clock.advance(1_000);
    expect(orders).toEqual(["b plugin.stop", "a plugin.kill", "b plugin.kill"]);
    change("a", "failed");
    clock.advance(1_000);
    expect(actor.getSnapshot().status).toBe("done");
  });

  it("S5: kills at once when it is told to, running or stopping", () => {
    const running = create(["a"]);
    running.actor.send({ type: "supervisor.kill", at: 0 });
    expect(running.orders.at(-1)).toBe("a plugin.kill");
    const stopping = create(["a"]);
    stopping.actor.send({ type: "supervisor.stop", at: 0 });
    stopping.actor.send({ type: "supervisor.kill", at: 0 });
    expect(stopping.orders.at(-1)).toBe("a plugin.kill");
  });

  it("goes on recording what ends meanwhile", () => {
    const { actor, crash, serve, fail, types } = create(["a"]);
    actor.send({ type: "supervisor.stop", at: 0 });
    serve("a");
    crash("a");
    fail("a", "spawn_failed");
    expect(types().slice(-3)).toEqual(["server.started", "server.exited", "server.startFailed"]);
    expect(actor.getSnapshot().context.budgets).toEqual([]);
  });
});

describe("a chart that throws", () => {
  it("S6: is buried and escalated, and its siblings never notice", () => {
    const boom = setup({
      actions: {
        boom: () => {
          throw new Error("a bug");
        },
      },
    }).createMachine({ on: { "plugin.start": { actions: "boom" } } });
    const calm = setup({}).createMachine({});
    let made = 0;
    const pluginLifecycle = Object.create(pluginLifecycleMachine) as typeof pluginLifecycleMachine;
    pluginLifecycle.getInitialSnapshot = ((scope: never) =>
      (made++ === 0 ? boom : calm).getInitialSnapshot(scope)) as never;
    pluginLifecycle.transition = ((snapshot: { machine: typeof calm }, event: never, scope: never) =>
      snapshot.machine.transition(snapshot as never, event, scope)) as never;
    const input = { plugins: ["a", "b"].map((name) => ({ name, spec: {} })) };
    const actor = createActor(supervisorMachine.provide({ actors: { pluginLifecycle } }), { input }).start();
    actor.send({ type: "supervisor.start", at: 0 });
    const { escalations, plugins, states } = actor.getSnapshot().context;
    expect(escalations).toMatchObject([{ subject: "a", cause: "internalError", message: "a bug" }]);
    expect([plugins.map(({ name }) => name), states["a"]?.state]).toEqual([["b"], "failed"]);
    expect(Object.keys(actor.getSnapshot().children)).toEqual(["plugin:b"]);
    actor.send({ type: "start.granted", key: "a/s", cause: "retry", at: 1 });
    expect(actor.getSnapshot().status).toBe("active");
  });

  it("S6: does not hold up a stop that it throws in", () => {
    const boom = setup({
      actions: {
        boom: () => {
          throw new Error("a bug");
        },
      },
    }).createMachine({ on: { "plugin.stop": { actions: "boom" } } });
    const pluginLifecycle = Object.create(pluginLifecycleMachine) as typeof pluginLifecycleMachine;
    pluginLifecycle.getInitialSnapshot = ((scope: never) => boom.getInitialSnapshot(scope)) as never;
    pluginLifecycle.transition = ((snapshot: never, event: never, scope: never) =>
      boom.transition(snapshot, event, scope)) as never;
    const input = { plugins: ["a", "b"].map((name) => ({ name, spec: {} })) };
    const machine = supervisorMachine.provide({ actors: { pluginLifecycle } });
    const actor = createActor(machine, { input, clock: new VirtualClock() }).start();
    actor.send({ type: "supervisor.start", at: 0 });
    actor.send({ type: "supervisor.stop", at: 1 });
    expect(actor.getSnapshot()).toMatchObject({ status: "done", context: { plugins: [] } });
  });

  it("S6: also when it is a budget's, which is made anew at the next crash", () => {
    const broken = Object.create(crashBudgetMachine) as typeof crashBudgetMachine;
    let crashes = 0;
    broken.transition = (snapshot, event, scope) => {
      if (crashes++ === 0) throw new Error("a bug");
      return crashBudgetMachine.transition(snapshot, event, scope);
    };
    const machine = supervisorMachine.provide({ actors: { crashBudget: broken } });
    const actor = createActor(machine, { clock: new VirtualClock(), input: {} }).start();
    actor.send({ type: "supervisor.start", at: 0 });
    const exit = { cause: "exited", code: 1, signal: null, stderrTail: "", garbageLines: 0 } as const;
    const crash = {
      plugin: "a",
      server: "s",
      incarnation: 1,
      role: "active",
      exit,
      uptimeMs: 1,
      unexpected: true,
    } as const;
    actor.send({ type: "server.exited", ...crash, monotonicMs: 0 });
    expect(actor.getSnapshot().context.budgets).toEqual([]);
    actor.send({ type: "server.exited", ...crash, monotonicMs: 0 });
    expect(actor.getSnapshot().context.budgets).toEqual(["a/s"]);
  });
});

/** What may happen to three servers over time. */
const steps = fc.array(
  fc.record({
    what: fc.constantFrom("serve", "die", "hang", "refuse", "restart", "wait"),
    name: fc.constantFrom("a", "b", "c"),
    ms: fc.integer({ min: 1, max: 40_000 }),
  }),
  { maxLength: 40 },
);

describe("a whole supervisor", () => {
  it("S1, S3, S4, S7 hold whatever happens", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const { servers, supervisor, advance, records, clock } = await startSupervisor(["a", "b", "c"]);
        for (const { what, name, ms } of sequence) {
          const process = servers.last(name);
          if (what === "serve" && process.alive) await process.serve();
          else if (what === "die" && process.alive) await process.serve().then(() => process.die());
          else if (what === "refuse" && process.alive) await process.refuse("exited_in_handshake", false);
          else if (what === "hang") process.responsive = false;
          else if (what === "restart") supervisor.restart(name, name);
          else await advance(ms);
        }
        const starts = records.filter(({ type }) => type === "server.starting").length;
        const orders = records.filter(
          ({ type }) => type === "start.granted" || type === "start.requested",
        ).length;
        const open = supervisor.health().escalations.map(({ subject, cause }) => `${subject} ${cause}`);
        const alive = ["a", "b", "c"].map((name) =>
          servers.processes.filter((it) => it.alive && it.input.server === name),
        );
        expect(starts).toBeLessThanOrEqual(3 + orders);
        expect(new Set(open).size).toBe(open.length);
        expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1));
        expect(alive.every((it) => it.length <= 1)).toBe(true);
        void supervisor.stop();
        for (let turn = 0; turn < 10; turn++) await flush();
        expect([servers.alive, clock.pending]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });
});
