import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkHealth,
  configurationFailure,
  degradedMode,
  displayState,
  fromServers,
  isStartupTerminal,
  type PluginState,
  referenceDegradedMode,
  ServerHealth,
  startupEvent,
} from "../../src/core/plugin-health.ts";

type Status = ServerHealth["status"];
const server = (serverName: string, status: Status, more: Partial<ServerHealth> = {}): ServerHealth =>
  ServerHealth.parse({ serverName, status, capabilities: [], lastError: null, ...more });
const states = [
  { state: "unconfigured" },
  { state: "validated" },
  { state: "starting" },
  { state: "healthy" },
  { state: "degraded", healthyServers: ["a"], degradedServers: [], failedServers: [] },
  { state: "failed", reason: "no servers available" },
  { state: "shuttingDown" },
  { state: "stopped" },
] as const satisfies PluginState[];

describe("fromServers", () => {
  it("J05: fails a plugin without servers", () => {
    expect(fromServers([])).toEqual({ state: "failed", reason: "no servers available" });
  });

  it("is healthy when every server is", () => {
    expect(fromServers([server("a", "healthy"), server("b", "healthy")])).toEqual({ state: "healthy" });
  });

  it.each([1, 3])("fails when all of %i servers failed", (count) => {
    const servers = Array.from({ length: count }, () => server("a", "failed"));
    expect(fromServers(servers)).toEqual({ state: "failed", reason: `all ${count} servers failed` });
  });

  it("J03: is degraded by a degraded server, which counts among the healthy ones", () => {
    expect(fromServers([server("a", "healthy"), server("b", "degraded")])).toEqual({
      state: "degraded",
      healthyServers: ["a", "b"],
      degradedServers: ["b"],
      failedServers: [],
    });
  });

  it("J04: of two servers that both failed makes no degraded mode", () => {
    const state = fromServers([server("a", "failed"), server("b", "failed")]);
    expect(state).toEqual({ state: "failed", reason: "all 2 servers failed" });
    expect(degradedMode(state, { expected: [], served: [] })).toBeNull();
  });

  it("is degraded by a failed server while another one works, with its full record", () => {
    const failed = server("b", "failed", { capabilities: ["write"], lastError: "connection refused" });
    expect(fromServers([server("a", "healthy"), failed, server("a", "degraded")])).toEqual({
      state: "degraded",
      healthyServers: ["a", "a"],
      degradedServers: ["a"],
      failedServers: [failed],
    });
  });

  it("is degraded, not failed, when all its optional servers failed", () => {
    expect(fromServers([server("a", "failed", { required: false })])).toMatchObject({ state: "degraded" });
    expect(fromServers([server("a", "failed", { required: false }), server("b", "failed")])).toEqual({
      state: "failed",
      reason: "all 2 servers failed",
    });
  });
});

describe("checkHealth", () => {
  it("records the servers and the time as given", () => {
    const servers = [server("a", "healthy")];
    expect(checkHealth("p", servers, 5_000)).toEqual({
      pluginName: "p",
      state: { state: "healthy" },
      servers,
      lastCheckAt: 5_000,
    });
  });

  it("takes a clock before the epoch for the epoch", () => {
    expect(checkHealth("p", [], -1).lastCheckAt).toBe(0);
  });
});

describe("referenceDegradedMode", () => {
  const discovery = { tools: [tool("search"), tool("search")], resources: [], partial: true };

  it("offers all that was discovered and withholds all that failed servers could do, twice if need be", () => {
    const state = fromServers([
      server("a", "healthy"),
      server("b", "failed", { capabilities: ["search", "write"] }),
      server("c", "failed", { capabilities: ["write"] }),
    ]);
    expect(referenceDegradedMode(state, discovery)).toEqual({
      availableTools: ["search", "search"],
      unavailableTools: ["search", "write", "write"],
      reason: "1 servers healthy, 2 servers failed",
    });
  });

  it.each(states.filter(({ state }) => state !== "degraded"))("is null in $state", (state) => {
    expect(referenceDegradedMode(state, discovery)).toBeNull();
    expect(degradedMode(state, { expected: [], served: [] })).toBeNull();
  });
});

describe("degradedMode", () => {
  it("J02: of three servers, one of them failed, withholds what that one could do and nothing else", () => {
    const b = server("b", "failed", { capabilities: ["write", "search"], lastError: "connection refused" });
    const state = fromServers([server("a", "healthy"), b, server("c", "healthy")]);
    expect(state).toMatchObject({ healthyServers: ["a", "c"], failedServers: [b] });
    const served = [
      { serverName: "a", tools: ["read"] },
      { serverName: "c", tools: ["list"] },
    ];
    const expected = [...served, { serverName: "b", tools: b.capabilities }];
    expect(degradedMode(state, { expected, served })).toMatchObject({
      availableTools: ["read", "list"],
      unavailableTools: ["write", "search"],
      toolServers: { write: ["b"], search: ["b"] },
    });
  });

  const state = fromServers([server("a", "degraded"), server("b", "failed")]);

  it("counts a tool that another server serves as available", () => {
    const expected = [
      { serverName: "a", tools: ["search"] },
      { serverName: "b", tools: ["search", "write"] },
    ];
    const served = [{ serverName: "a", tools: ["search"] }];
    expect(degradedMode(state, { expected, served })).toEqual({
      availableTools: ["search"],
      unavailableTools: ["write"],
      reason: "1 servers healthy, 1 servers failed",
      degradedServers: ["a"],
      toolServers: { search: ["a"], write: ["b"] },
    });
  });

  it("keeps a tool of any name", () => {
    const served = [{ serverName: "a", tools: ["__proto__"] }];
    const mode = degradedMode(state, { expected: [], served });
    expect(Object.entries(mode?.toolServers ?? {})).toEqual([["__proto__", ["a"]]]);
  });

  it("never lists a tool as both available and unavailable, nor loses an expected one", () => {
    const tools = fc.array(
      fc.record({ serverName: fc.string(), tools: fc.array(fc.constantFrom("x", "y", "z", "__proto__")) }),
    );
    fc.assert(
      fc.property(tools, tools, (expected, served) => {
        const mode = degradedMode(state, { expected, served });
        const available = new Set(mode?.availableTools);
        expect(available).toEqual(new Set(served.flatMap((it) => it.tools)));
        expect(mode?.unavailableTools.filter((it) => available.has(it))).toEqual([]);
        const wanted = new Set([...served, ...expected].flatMap((it) => it.tools));
        expect(new Set([...(mode?.availableTools ?? []), ...(mode?.unavailableTools ?? [])])).toEqual(wanted);
      }),
    );
  });
});

describe("startupEvent", () => {
  it("names the end of a start", () => {
    expect(states.map(startupEvent)).toEqual([
      null,
      null,
      null,
      "startup_healthy",
      "startup_degraded",
      "startup_failed",
      null,
      null,
    ]);
  });

  it("is there exactly in the states that end a start", () => {
    expect(states.filter(isStartupTerminal).map(({ state }) => state)).toEqual([
      "healthy",
      "degraded",
      "failed",
    ]);
  });
});

it("writes states as the reference does", () => {
  expect(states.map(displayState)).toEqual([
    "unconfigured",
    "validated",
    "starting",
    "healthy",
    "degraded",
    "failed",
    "shutting_down",
    "stopped",
  ]);
});

it("names the plugin whose configuration was rejected", () => {
  expect(configurationFailure("a`b")).toBe("plugin `a`b` failed configuration validation");
});

function tool(name: string) {
  return { name, description: null, inputSchema: null };
}
