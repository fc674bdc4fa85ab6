import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  describeMcpError,
  enterMcpPhase,
  failMcpPhase,
  isMcpTransition,
  type McpError,
  McpPhase,
  type McpPhases,
  noMcpPhase,
  reportMcpDegraded,
  timeOutMcpPhase,
} from "../../src/core/mcp-phases.ts";

const error = (phase: McpPhase, recoverable: boolean): McpError => ({
  phase,
  serverName: "alpha",
  message: "boom",
  context: {},
  recoverable,
  at: 0,
});

/** The phases after `entered`, each of which has to be allowed. */
function enter(...entered: McpPhase[]): McpPhases {
  return entered.reduce((phases, to) => {
    const step = enterMcpPhase(phases, to, 0);
    expect(step.result).toEqual({ kind: "success", phase: to });
    return step.phases;
  }, noMcpPhase);
}

const up = [
  "config_load",
  "server_registration",
  "spawn_connect",
  "initialize_handshake",
  "tool_discovery",
  "ready",
] as const;

describe("isMcpTransition", () => {
  it("allows exactly these moves", () => {
    const moves = McpPhase.options.map((from) => [
      from,
      McpPhase.options.filter((to) => isMcpTransition(from, to)).join(" "),
    ]);
    expect(Object.fromEntries(moves)).toEqual({
      config_load: "server_registration error_surfacing shutdown",
      server_registration: "spawn_connect error_surfacing shutdown",
      spawn_connect: "initialize_handshake error_surfacing shutdown",
      initialize_handshake: "tool_discovery error_surfacing shutdown",
      tool_discovery: "resource_discovery ready error_surfacing shutdown",
      resource_discovery: "ready error_surfacing shutdown",
      ready: "invocation error_surfacing shutdown",
      invocation: "ready error_surfacing shutdown",
      error_surfacing: "ready error_surfacing shutdown",
      shutdown: "shutdown cleanup",
      cleanup: "",
    });
  });
});

describe("enterMcpPhase", () => {
  it("begins with config_load and nothing else", () => {
    expect(enterMcpPhase(noMcpPhase, "ready", 5)).toEqual({
      phases: noMcpPhase,
      result: {
        kind: "failure",
        phase: "ready",
        error: {
          phase: "ready",
          serverName: null,
          message: "invalid initial MCP lifecycle phase ready",
          context: { phase: "ready" },
          recoverable: false,
          at: 5,
        },
      },
    });
  });

  it("J08: goes up with or without resources, and down to cleanup", () => {
    expect(enter(...up, "invocation", "ready", "shutdown", "cleanup").current).toBe("cleanup");
    expect(enter(...up.slice(0, -1), "resource_discovery", "ready").current).toBe("ready");
  });

  it("J07: records a failure for a jump over a phase, and stays", () => {
    const phases = enter("config_load", "server_registration");
    const step = enterMcpPhase(phases, "initialize_handshake", 7);
    expect(step.phases).toEqual(phases);
    expect(step.result).toEqual({
      kind: "failure",
      phase: "initialize_handshake",
      error: {
        phase: "initialize_handshake",
        serverName: null,
        message: "invalid MCP lifecycle transition from server_registration to initialize_handshake",
        context: { from: "server_registration", to: "initialize_handshake" },
        recoverable: false,
        at: 7,
      },
    });
  });

  it("rejects a move that is not allowed, and stays", () => {
    const phases = enter(...up);
    const step = enterMcpPhase(phases, "cleanup", 0);
    expect(step.phases).toEqual(phases);
    expect(step.result).toMatchObject({
      kind: "failure",
      error: { message: "invalid MCP lifecycle transition from ready to cleanup", recoverable: false },
    });
  });

  it("surfaces it instead where that is asked for, even after the end", () => {
    const ended = enter(...up, "shutdown", "cleanup");
    expect(enterMcpPhase(ended, "ready", 0, "surface").phases.current).toBe("error_surfacing");
  });

  it("returns to ready after a recoverable failure only", () => {
    const ready = (recoverable: boolean) =>
      enterMcpPhase(failMcpPhase(error("invocation", recoverable)).phases, "ready", 0);
    expect(ready(true).phases.current).toBe("ready");
    expect(ready(false).result).toMatchObject({
      error: { message: "cannot return to ready after a non-recoverable MCP lifecycle failure" },
    });
  });

  it("returns to ready after a time-out", () => {
    const { phases } = timeOutMcpPhase({ phase: "invocation", waitedMs: 9, serverName: null, at: 0 });
    expect(enterMcpPhase(phases, "ready", 0).phases.current).toBe("ready");
  });

  it("J10: cleans up after a failure in the discovery of resources", () => {
    enter(...up.slice(0, -1), "resource_discovery");
    const failed = failMcpPhase(error("resource_discovery", false)).phases;
    expect(failed.current).toBe("error_surfacing");
    const down = enterMcpPhase(failed, "shutdown", 0);
    const end = enterMcpPhase(down.phases, "cleanup", 0);
    expect([down.result.kind, end.result]).toEqual(["success", { kind: "success", phase: "cleanup" }]);
  });

  it("never leaves cleanup, whatever is entered", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...McpPhase.options)), (entered) => {
        const ended = enter(...up, "shutdown", "cleanup");
        const { current } = entered.reduce((phases, to) => enterMcpPhase(phases, to, 0).phases, ended);
        expect(current).toBe("cleanup");
      }),
    );
  });
});

describe("describeMcpError", () => {
  it("names phase, message, server, facts in order, and whether it may be recovered", () => {
    const { result } = timeOutMcpPhase({ phase: "ready", waitedMs: 9, serverName: "alpha", at: 0 });
    expect(result.kind === "timeout" && describeMcpError(result.error)).toBe(
      'MCP lifecycle error during ready: MCP lifecycle phase ready timed out after 9 ms (server: alpha) with context {"waited_ms": "9"} [recoverable]',
    );
    expect(
      describeMcpError({ ...error("ready", false), serverName: null, context: { to: "b", from: "a" } }),
    ).toBe('MCP lifecycle error during ready: boom with context {"from": "a", "to": "b"}');
  });
});

describe("reportMcpDegraded", () => {
  it("sorts and merges names, and misses what is expected and not available", () => {
    const failed = { serverName: "b", phase: "spawn_connect", error: error("spawn_connect", true) } as const;
    expect(
      reportMcpDegraded({
        workingServers: ["c", "a", "c"],
        failedServers: [failed],
        availableTools: ["write", "read", "read"],
        expectedTools: ["search", "read", "delete", "search"],
      }),
    ).toEqual({
      workingServers: ["a", "c"],
      failedServers: [failed],
      availableTools: ["read", "write"],
      missingTools: ["delete", "search"],
    });
  });
});
