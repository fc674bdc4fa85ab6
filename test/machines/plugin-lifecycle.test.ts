import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import {
  discovery,
  parseServers,
  pluginLifecycleMachine,
  servedTools,
  serverPhase,
} from "../../machines/plugin-lifecycle.ts";
import { createPlugin } from "../fakes/plugin.ts";

const killing = { shuttingDown: "killing" };
const closing = { shuttingDown: "closing" };

describe("configuration", () => {
  it("that fits makes a plugin validated, and a later one replaces it", () => {
    const { send, spec, state, context } = createPlugin({ a: {} });
    expect(state()).toBe("unconfigured");
    send({ type: "plugin.configure", spec });
    expect(state()).toBe("validated");
    send({ type: "plugin.configure", spec: { servers: { b: { command: "b" } } } });
    expect([state(), context().servers.map(({ name }) => name)]).toEqual(["validated", ["b"]]);
  });

  it("L7: that does not fit is rejected with its problem and changes nothing", () => {
    const { send, up, ready, state, reports, context } = createPlugin({ a: {} });
    send({ type: "plugin.configure", spec: { servers: { a: { comand: "x" } } } });
    expect(state()).toBe("unconfigured");
    expect(reports.at(-1)).toMatchObject({
      type: "plugin.rejected",
      problem: expect.stringContaining("comand"),
    });
    up();
    ready("a", 1);
    const before = context().servers;
    send({ type: "plugin.configure", spec: 7 });
    expect([state(), context().servers]).toEqual(["healthy", before]);
  });

  it("given to a running plugin stops it and starts it with the new servers, numbers going on", () => {
    const { send, up, ready, exit, state, processes } = createPlugin({ a: {} });
    up();
    ready("a", 1);
    send({ type: "plugin.configure", spec: { servers: { a: { command: "new" } } } });
    expect(state()).toEqual(closing);
    exit("a", 1);
    expect(state()).toBe("starting");
    expect(processes.at(-1)).toMatchObject({ incarnation: 2, spec: { command: "new" } });
  });

  it("can change while a shutdown is under way, and counts from the next start", () => {
    const { send, up, ready, exit, state, processes } = createPlugin({ a: {} });
    up();
    ready("a", 1);
    send({ type: "plugin.stop" });
    send({ type: "plugin.configure", spec: { servers: { b: { command: "b" } } } });
    exit("a", 1);
    expect(state()).toBe("stopped");
    send({ type: "plugin.configure", spec: { servers: { c: { command: "c" } } } });
    send({ type: "plugin.start" });
    expect(processes.at(-1)).toMatchObject({ server: "c" });
  });
});

describe("start", () => {
  it("L1: is healthy only when every server has passed its round trip", () => {
    const { up, ready, state } = createPlugin({ a: {}, b: {} });
    up();
    ready("a", 1);
    expect(state()).toBe("starting");
    ready("b", 1);
    expect(state()).toBe("healthy");
  });

  it("is degraded when some servers fail, and failed when all do", () => {
    const some = createPlugin({ a: {}, b: {} });
    some.up();
    some.ready("a", 1);
    some.failStart("b", 1);
    expect(some.state()).toBe("degraded");
    const all = createPlugin({ a: {}, b: {} });
    all.up();
    all.failStart("a", 1);
    all.failStart("b", 1);
    expect(all.state()).toBe("failed");
    expect(all.reports.at(-1)).toMatchObject({ to: "failed", reason: "all 2 servers failed" });
  });

  it("L8: of a plugin without servers fails, and of one with optional servers only never does", () => {
    const none = createPlugin({});
    none.up();
    expect(none.state()).toBe("failed");
    expect(none.reports.at(-1)).toMatchObject({ reason: "no servers available" });
    const optional = createPlugin({ a: { required: false } });
    optional.up();
    optional.failStart("a", 1);
    expect(optional.state()).toBe("degraded");
  });
});

describe("at work", () => {
  it("goes from healthy to degraded to failed and back", () => {
    const { up, ready, exit, send, state } = createPlugin({ a: {}, b: {} });
    up();
    ready("a", 1);
    ready("b", 1);
    exit("a", 1);
    expect(state()).toBe("degraded");
    exit("b", 1);
    expect(state()).toBe("failed");
    send({ type: "server.start", server: "a" });
    ready("a", 2);
    expect(state()).toBe("degraded");
    send({ type: "server.start", server: "b" });
    ready("b", 2);
    expect(state()).toBe("healthy");
  });

  it("with one server goes from healthy to failed and back at once", () => {
    const { up, ready, exit, send, state } = createPlugin({ a: {} });
    up();
    ready("a", 1);
    exit("a", 1);
    expect(state()).toBe("failed");
    send({ type: "server.start", server: "a" });
    ready("a", 2);
    expect(state()).toBe("healthy");
  });

  it("is degraded while probes are missed, and tells how many", () => {
    const { up, ready, probe, state, reports } = createPlugin({ a: {} });
    up();
    ready("a", 1);
    probe("a", 1, 1);
    expect(state()).toBe("degraded");
    expect(reports).toContainEqual(
      expect.objectContaining({ type: "server.probeMissed", misses: 1, limit: 3 }),
    );
    probe("a", 1, 0);
    expect(state()).toBe("healthy");
  });

  it("keeps the list of tools and the phase of each process", () => {
    const { up, ready, send, context, reports } = createPlugin({ a: {} });
    up();
    send({ type: "process.phaseEntered", server: "a", incarnation: 1, phase: "initialize_handshake" });
    expect(context().servers[0]?.active?.phase).toBe("initialize_handshake");
    ready("a", 1);
    send({ type: "process.toolsListed", server: "a", incarnation: 1, tools: ["x", "y"] });
    expect(context().servers[0]?.active?.tools).toEqual(["x", "y"]);
    expect(reports.at(-1)).toMatchObject({ type: "tools.changed", tools: 2 });
  });

  it("kills the active process of a server in any running state, and nothing else", () => {
    const { up, ready, exit, send, state, processes } = createPlugin({ a: {}, b: {} });
    const kill = (): void => {
      send({ type: "server.kill", server: "a" });
      send({ type: "server.kill", server: "nobody" });
    };
    up();
    kill();
    ready("a", 1);
    ready("b", 1);
    kill();
    exit("b", 1);
    expect(state()).toBe("degraded");
    kill();
    exit("a", 1);
    expect(state()).toBe("failed");
    kill();
    expect(processes.map(({ commands }) => commands.length)).toEqual([3, 0]);
  });

  it("L9: names the tools that it misses while degraded, and serves the others", () => {
    const { up, ready, exit, send, context } = createPlugin({ a: {}, b: {} });
    up();
    ready("a", 1);
    ready("b", 1);
    expect([servedTools(context()), discovery(context())]).toEqual([
      null,
      { tools: 2, resources: 0, partial: false },
    ]);
    send({ type: "process.toolsListed", server: "b", incarnation: 1, tools: ["a-tool", "only-b"] });
    exit("b", 1);
    expect(servedTools(context())).toMatchObject({
      availableTools: ["a-tool"],
      unavailableTools: ["only-b"],
      reason: "1 servers healthy, 1 servers failed",
    });
    expect(discovery(context())).toEqual({ tools: 1, resources: 0, partial: true });
  });

  it("tells the MCP phase of each server from its registration to its clean-up", () => {
    const { up, send, ready, exit, failStart, spec, context } = createPlugin({ a: {} });
    const phases: string[] = [];
    const note = (): void => void phases.push(...context().servers.map(serverPhase));
    send({ type: "plugin.configure", spec });
    note();
    up();
    note();
    send({ type: "process.phaseEntered", server: "a", incarnation: 1, phase: "initialize_handshake" });
    note();
    failStart("a", 1);
    note();
    expect(context().servers[0]?.failedPhase).toBe("initialize_handshake");
    send({ type: "server.start", server: "a" });
    ready("a", 2);
    note();
    send({ type: "plugin.stop" });
    note();
    exit("a", 2);
    note();
    expect(phases).toEqual([
      "server_registration",
      "spawn_connect",
      "initialize_handshake",
      "error_surfacing",
      "ready",
      "shutdown",
      "error_surfacing",
    ]);
  });

  it("L2: ignores what a process that ended, or never was, has to say", () => {
    const { up, ready, exit, failStart, probe, send, context } = createPlugin({ a: {} });
    up();
    ready("a", 1);
    exit("a", 1);
    send({ type: "server.start", server: "a" });
    const before = context();
    exit("a", 1);
    failStart("a", 1);
    probe("a", 1, 2);
    ready("a", 1);
    exit("a", 7);
    exit("nobody", 1);
    expect(context()).toEqual(before);
  });

  it("L4: starts nothing after an exit until it is told to, and then only what is missing", () => {
    const { up, ready, exit, send, processes } = createPlugin({ a: {} });
    up();
    ready("a", 1);
    send({ type: "server.start", server: "a" });
    expect(processes).toHaveLength(1);
    exit("a", 1);
    expect(processes).toHaveLength(1);
    send({ type: "server.start", server: "a" });
    send({ type: "server.start", server: "a" });
    expect(processes).toHaveLength(2);
  });

  it("L4: puts a ready spare in the place of the active process at once", () => {
    const { up, ready, exit, state, reports, context } = createPlugin({ a: { standby: 1 } });
    up();
    ready("a", 1);
    ready("a", 2);
    expect(context().servers[0]).toMatchObject({ active: { incarnation: 1 }, standby: { incarnation: 2 } });
    exit("a", 1);
    expect(state()).toBe("healthy");
    expect(reports.at(-1)).toMatchObject({ type: "server.promoted", incarnation: 2 });
  });

  it("loses a spare without losing its health", () => {
    const { up, ready, exit, state, context } = createPlugin({ a: { standby: 1 } });
    up();
    ready("a", 1);
    exit("a", 2);
    expect([state(), context().servers[0]?.standby]).toEqual(["healthy", null]);
  });
});

/** A plugin in each of its running states, always with process 2 of "a" on its way up. */
const running = {
  starting: (plugin: Plugin) => {
    plugin.up();
    plugin.ready("a", 1);
  },
  healthy: (plugin: Plugin) => {
    running.starting(plugin);
    plugin.ready("b", 1);
  },
  degraded: (plugin: Plugin) => {
    running.starting(plugin);
    plugin.failStart("b", 1);
  },
  failed: (plugin: Plugin) => {
    running.degraded(plugin);
    plugin.exit("a", 1);
  },
};

describe.each(Object.entries(running))("a plugin that is %s", (state, bring) => {
  function create() {
    const plugin = createPlugin({ a: { standby: 1 }, b: {} });
    bring(plugin);
    expect(plugin.state()).toBe(state);
    const second = () => {
      const { active, standby } = plugin.context().servers[0] ?? {};
      return [active, standby].find((it) => it?.incarnation === 2) ?? null;
    };
    const about = { server: "a", incarnation: 2 };
    return { ...plugin, second, about };
  }

  it("notes the phase, the tools and the missed probes of a process", () => {
    const { send, second, about } = create();
    send({ type: "process.phaseEntered", ...about, phase: "initialize_handshake" });
    send({ type: "process.toolsListed", ...about, tools: ["x"] });
    send({ type: "process.probed", ...about, misses: 1 });
    expect(second()).toMatchObject({ phase: "initialize_handshake", tools: ["x"], misses: 1 });
  });

  it("loses a process that would not start, and starts another when it is told to", () => {
    const { send, failStart, second, processes } = create();
    failStart("a", 2);
    expect(second()).toBeNull();
    send({ type: "server.start", server: "a" });
    expect(processes.at(-1)).toMatchObject({ server: "a", incarnation: 3 });
  });

  it("loses a process that ended", () => {
    const { exit, second } = create();
    exit("a", 2);
    expect(second()).toBeNull();
  });

  it("kills the active process of a server when it is told to, and goes on", () => {
    const { send, context, processes, state: now } = create();
    send({ type: "server.kill", server: "a" });
    const active = context().servers[0]?.active?.incarnation;
    const killed = processes.filter(({ commands }) => commands.includes("process.kill"));
    expect([killed.map(({ incarnation }) => incarnation), now()]).toEqual([[active], state]);
  });

  it("can be stopped, killed, restarted and given another configuration", () => {
    const after = (event: Parameters<Plugin["send"]>[0]): unknown => {
      const { send, state: now, context } = create();
      send(event);
      return [now(), context().desired];
    };
    expect(after({ type: "plugin.stop" })).toEqual([closing, "stopped"]);
    expect(after({ type: "plugin.kill" })).toEqual([killing, "stopped"]);
    expect(after({ type: "plugin.restart" })).toEqual([closing, "running"]);
    expect(after({ type: "plugin.configure", spec: { servers: {} } })).toEqual([closing, "running"]);
  });
});

describe("stop", () => {
  it("L6: ends processes in reverse order, each after the one before it", () => {
    const { up, ready, exit, send, state, processes } = createPlugin({ a: {}, b: {} });
    up();
    ready("a", 1);
    ready("b", 1);
    send({ type: "plugin.stop" });
    const commands = (): string[][] => processes.map((it) => it.commands);
    expect([state(), commands()]).toEqual([closing, [[], ["process.close"]]]);
    exit("b", 1);
    expect(commands()).toEqual([["process.close"], ["process.close"]]);
    exit("a", 1);
    expect(state()).toBe("stopped");
    expect(processes.every(({ stopped }) => stopped)).toBe(true);
  });

  it("takes a start that was given up as its end", () => {
    const { up, failStart, send, state } = createPlugin({ a: {} });
    up();
    send({ type: "plugin.stop" });
    failStart("a", 1);
    expect(state()).toBe("stopped");
  });

  it("kills after its deadline, and says so when even that does not end them", () => {
    const { up, ready, send, state, clock, processes, context } = createPlugin({ a: {}, b: {} });
    up();
    ready("a", 1);
    ready("b", 1);
    send({ type: "plugin.stop" });
    clock.advance(999);
    expect(state()).toEqual(closing);
    clock.advance(1);
    expect(state()).toEqual(killing);
    expect(processes.map(({ commands }) => commands.at(-1))).toEqual(["process.kill", "process.kill"]);
    clock.advance(1_000);
    expect([state(), context().problem]).toEqual(["failed", "2 processes would not end"]);
    send({ type: "server.start", server: "a" });
    expect(processes).toHaveLength(2);
  });

  it("kills at once when it is told to, running or stopping", () => {
    const running = createPlugin({ a: {} });
    running.up();
    running.ready("a", 1);
    running.send({ type: "plugin.kill" });
    expect(running.state()).toEqual(killing);
    running.exit("a", 1);
    expect(running.state()).toBe("stopped");
    const stopping = createPlugin({ a: {} });
    stopping.up();
    stopping.send({ type: "plugin.stop" });
    stopping.send({ type: "plugin.kill" });
    expect(stopping.state()).toEqual(killing);
  });

  it("L5: starts no spare for a process that gets ready after it could not be ended", () => {
    const { up, send, clock, ready, state, processes } = createPlugin({ a: { standby: 1 } });
    up();
    send({ type: "plugin.stop" });
    clock.advance(1_000);
    clock.advance(1_000);
    expect(state()).toBe("failed");
    ready("a", 1);
    expect(processes).toHaveLength(1);
  });

  it("can be taken back, and a restart ends in a start", () => {
    const { up, ready, exit, send, state } = createPlugin({ a: {} });
    up();
    ready("a", 1);
    send({ type: "plugin.restart" });
    send({ type: "plugin.stop" });
    send({ type: "plugin.start" });
    exit("a", 1);
    expect(state()).toBe("starting");
    ready("a", 2);
    expect(state()).toBe("healthy");
  });

  it.each(["plugin.stop", "plugin.kill"] as const)("ends a plugin that never started (%s)", (type) => {
    const fresh = createPlugin({ a: {} });
    fresh.send({ type });
    expect(fresh.state()).toBe("stopped");
    const validated = createPlugin({ a: {} });
    validated.send({ type: "plugin.configure", spec: validated.spec });
    validated.send({ type });
    expect(validated.state()).toBe("stopped");
  });
});

it("names the actor that a host has to provide", () => {
  const actor = createActor(pluginLifecycleMachine, { input: { name: "p" } });
  const errors: unknown[] = [];
  actor.subscribe({ error: (error) => void errors.push(error) });
  actor.start();
  actor.send({ type: "plugin.configure", spec: { servers: { a: { command: "x" } } }, at: 0 });
  actor.send({ type: "plugin.start", at: 0 });
  expect(errors).toMatchObject([{ code: "not_provided", message: expect.stringContaining("serverProcess") }]);
});

/** Anything that can happen to a plugin of two servers, one of them with a spare. */
const steps = fc.array(
  fc.record({
    what: fc.constantFrom(
      "ready",
      "exit",
      "failStart",
      "miss",
      "answer",
      "start",
      "stop",
      "run",
      "restart",
      "wait",
    ),
    server: fc.constantFrom("a", "b"),
    incarnation: fc.integer({ min: 1, max: 6 }),
  }),
  { maxLength: 60 },
);

describe("invariants", () => {
  it("L1, L3, L4, L5, L6 hold whatever happens", () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const plugin = createPlugin({ a: { standby: 1 }, b: {} });
        plugin.up();
        for (const step of sequence) {
          const wasStopped = plugin.context().desired === "stopped";
          const before = plugin.processes.length;
          take(plugin, step);
          const started = plugin.processes.length - before;
          expect({ step, broken: broken(plugin, step.what, wasStopped, started) }).toEqual({
            step,
            broken: [],
          });
        }
      }),
    );
  });

  it("L2: whatever a process that is not ours says changes nothing", () => {
    const late = fc.record({
      server: fc.constantFrom("a", "nobody"),
      incarnation: fc.integer({ min: 3, max: 9 }),
    });
    const what = fc.constantFrom("ready", "exit", "failStart", "miss", "answer");
    fc.assert(
      fc.property(fc.array(fc.tuple(what, late)), (events) => {
        const plugin = createPlugin({ a: {} });
        plugin.up();
        plugin.ready("a", 1);
        const before = plugin.context();
        for (const [it, process] of events) take(plugin, { what: it, ...process } as Step);
        expect(plugin.context()).toEqual(before);
      }),
    );
  });

  it("L7: whatever does not fit is rejected and changes nothing", () => {
    const bad = fc.oneof(fc.jsonValue(), fc.record({ servers: fc.record({ a: fc.jsonValue() }) }));
    fc.assert(
      fc.property(bad, fc.boolean(), (spec, isUp) => {
        fc.pre(parseServers(spec).problem !== null);
        const plugin = createPlugin({ a: {} });
        if (isUp) plugin.up();
        const before = { state: plugin.state(), servers: plugin.context().servers };
        plugin.send({ type: "plugin.configure", spec });
        expect({ state: plugin.state(), servers: plugin.context().servers }).toEqual(before);
        expect(plugin.reports.at(-1)?.type).toBe("plugin.rejected");
      }),
    );
  });

  const fates = fc.array(
    fc.record({ required: fc.boolean(), serves: fc.boolean(), tools: fc.subarray(["x", "y", "z"]) }),
    {
      maxLength: 5,
    },
  );

  it("L8: fails if and only if it has no servers, or none serves and one of them was required", () => {
    fc.assert(
      fc.property(fates, (all) => {
        const plugin = createPlugin(
          Object.fromEntries(all.map(({ required }, n) => [`s${n}`, { required }])),
        );
        plugin.up();
        all.forEach(({ serves }, n) => (serves ? plugin.ready(`s${n}`, 1) : plugin.failStart(`s${n}`, 1)));
        const fails =
          all.length === 0 || (all.every(({ serves }) => !serves) && all.some(({ required }) => required));
        expect(plugin.state() === "failed").toBe(fails);
      }),
    );
  });

  it("L9: a tool is missed if and only if it was served, and no server serves it now", () => {
    fc.assert(
      fc.property(fates, (all) => {
        const plugin = createPlugin(Object.fromEntries(all.map((_, n) => [`s${n}`, {}])));
        plugin.up();
        all.forEach(({ tools }, n) => {
          plugin.ready(`s${n}`, 1);
          plugin.send({ type: "process.toolsListed", server: `s${n}`, incarnation: 1, tools });
        });
        all.forEach(({ serves }, n) => void (serves || plugin.exit(`s${n}`, 1)));
        const left = new Set(all.flatMap(({ serves, tools }) => (serves ? tools : [])));
        const missed = new Set(all.flatMap(({ tools }) => tools).filter((it) => !left.has(it)));
        const served = servedTools(plugin.context());
        const isDegraded = plugin.state() === "degraded";
        expect(served === null).toBe(!isDegraded);
        expect(new Set(served?.availableTools)).toEqual(isDegraded ? left : new Set());
        expect(new Set(served?.unavailableTools)).toEqual(isDegraded ? missed : new Set());
      }),
    );
  });
});

type Plugin = ReturnType<typeof createPlugin>;
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

function take(plugin: Plugin, { what, server, incarnation }: Step): void {
  if (what === "ready") plugin.ready(server, incarnation);
  else if (what === "exit") plugin.exit(server, incarnation);
  else if (what === "failStart") plugin.failStart(server, incarnation);
  else if (what === "miss") plugin.probe(server, incarnation, 1);
  else if (what === "answer") plugin.probe(server, incarnation, 0);
  else if (what === "start") plugin.send({ type: "server.start", server });
  else if (what === "stop") plugin.send({ type: "plugin.stop" });
  else if (what === "run") plugin.send({ type: "plugin.start" });
  else if (what === "restart") plugin.send({ type: "plugin.restart" });
  else plugin.clock.advance(400);
}

/** The invariants that do not hold now. */
function broken(plugin: Plugin, what: string, wasStopped: boolean, started: number): string[] {
  const { servers, desired } = plugin.context();
  const actives = servers.map(({ active }) => active);
  const held = servers.flatMap(({ active, standby }) => [active, standby]).filter((it) => it !== null);
  const alive = (name: string): number =>
    plugin.processes.filter((it) => it.server === name && !it.stopped).length;
  const ids = plugin.processes.map((it) => `${it.server}#${it.incarnation}`);
  const rules: Record<string, boolean> = {
    L1: plugin.state() !== "healthy" || actives.every((it) => it?.state === "ready" && it.misses === 0),
    "L3: numbers": new Set(ids).size === ids.length,
    "L3: processes": servers.every(({ name, spec }) => alive(name) <= 1 + spec.standby),
    "L3: spares": servers.every(({ standby, spec }) => spec.standby === 1 || standby === null),
    // An end in a shutdown may complete a restart; any other end starts nothing.
    L4: plugin.state() === "starting" || !["exit", "failStart"].includes(what) || started === 0,
    L5: !wasStopped || desired === "running" || started === 0,
    L6:
      JSON.stringify(plugin.state()) !== JSON.stringify(closing) ||
      held.filter((it) => it.state === "closing").length <= 1,
  };
  return Object.keys(rules).filter((rule) => rules[rule] === false);
}
