import { describe, expect, it } from "vitest";
import type { CallOutcome, ToolHandle } from "../../src/runtime/api.ts";
import { queueLimit } from "../../src/runtime/waiting.ts";
import { type FakeServers, flush, tool } from "../fakes/fake-servers.ts";
import { startSupervisor } from "../fakes/supervised.ts";

const handleOf = (tools: readonly ToolHandle[], name: string): ToolHandle => {
  const found = tools.find((it) => it.qualifiedName === name);
  if (found === undefined) throw new Error(`no handle of "${name}"`);
  return found;
};

/** A supervisor whose only server serves `tools`. */
async function serving(
  tools = [tool("echo"), tool("read", { readOnly: true }), tool("put", { idempotent: true })],
) {
  const started = await startSupervisor(["a"]);
  const { servers, supervisor } = started;
  servers.last("a").tools = tools;
  await servers.last("a").serve();
  const handle = (name: string): ToolHandle => handleOf(supervisor.tools(), `a__${name}`);
  return { ...started, handle };
}

async function restart(
  servers: FakeServers,
  advance: (ms: number) => Promise<void>,
  tools = servers.last("a").tools,
) {
  await advance(250);
  servers.last("a").tools = tools;
  await servers.last("a").serve();
}

describe("a tool handle", () => {
  it("got before a crash works after it", async () => {
    const { servers, advance, handle } = await serving();
    const echo = handle("echo");
    await servers.last("a").die();
    expect(echo.available).toBe(false);
    await restart(servers, advance);
    expect(echo.available).toBe(true);
    const call = echo.call();
    await servers.last("a").answer("again");
    expect(await call).toMatchObject({ outcome: "completed", replayed: false });
  });

  it("answers toolGone when its server came back without it", async () => {
    const { servers, advance, handle } = await serving();
    const echo = handle("echo");
    await servers.last("a").die();
    await restart(servers, advance, [tool("other")]);
    expect(await echo.call()).toMatchObject({ outcome: "unavailable", reason: "toolGone" });
  });
});

describe("a call while the server is down", () => {
  it("fails within one turn, with the reason and when to ask again", async () => {
    const { servers, handle } = await serving();
    await servers.last("a").die();
    let outcome: CallOutcome | undefined;
    void handle("echo")
      .call()
      .then((it) => (outcome = it));
    await Promise.resolve();
    await Promise.resolve();
    expect(outcome).toMatchObject({ outcome: "unavailable", reason: "backingOff", retryAfterMs: 250 });
  });

  it("waits for the server when asked to", async () => {
    const { servers, advance, handle } = await serving();
    await servers.last("a").die();
    const call = handle("echo").call({}, { whenDown: "wait" });
    await restart(servers, advance);
    await servers.last("a").answer();
    expect(await call).toMatchObject({ outcome: "completed" });
  });

  it("waits for the end of a server that takes no more calls", async () => {
    const { servers, advance, handle } = await serving();
    servers.last("a").deaf = true;
    const call = handle("echo").call({}, { whenDown: "wait" });
    await flush();
    await servers.last("a").die();
    await restart(servers, advance);
    await servers.last("a").answer();
    expect(await call).toMatchObject({ outcome: "completed" });
  });

  it("waits no longer than its time-out", async () => {
    const { servers, advance, handle } = await serving();
    await servers.last("a").die();
    const call = handle("echo").call({}, { whenDown: "wait", timeoutMs: 100 });
    await advance(100);
    expect(await call).toEqual({ outcome: "timedOut", timeoutMs: 100 });
  });

  it("is cancelled by its signal", async () => {
    const { servers, handle } = await serving();
    await servers.last("a").die();
    const abort = new AbortController();
    const call = handle("echo").call({}, { whenDown: "wait", signal: abort.signal });
    abort.abort();
    expect(await call).toEqual({ outcome: "cancelled" });
  });

  it("is turned away when as many as may wait are waiting", async () => {
    const { servers, handle } = await serving();
    await servers.last("a").die();
    const waiting = Array.from({ length: queueLimit }, () =>
      handle("echo").call({}, { whenDown: "wait", timeoutMs: 10 }),
    );
    await flush();
    expect(await handle("echo").call({}, { whenDown: "wait" })).toMatchObject({ reason: "queueFull" });
    expect(waiting).toHaveLength(queueLimit);
  });

  it("is answered when the supervisor stops", async () => {
    const { servers, handle, supervisor } = await serving();
    await servers.last("a").die();
    const call = handle("echo").call({}, { whenDown: "wait" });
    await supervisor.stop();
    expect(await call).toMatchObject({ outcome: "unavailable", reason: "stopped" });
  });
});

describe("a call under way when the server dies", () => {
  it("J13: settles as unknown, with the exit, and is not sent to the server that comes after", async () => {
    const { servers, advance, handle, types } = await serving();
    const call = handle("echo").call();
    await servers.last("a").die({ signal: "SIGKILL" });
    expect(await call).toMatchObject({ outcome: "unknown", exit: { signal: "SIGKILL" }, retryAfterMs: 250 });
    expect(types()).toContain("call.lost");
    await restart(servers, advance);
    expect(handle("echo").available).toBe(true);
    expect(servers.last("a").calls).toEqual([]);
  });

  it.each(["read", "put"])("is sent again when the tool declares that it may be (%s)", async (name) => {
    const { servers, advance, handle } = await serving();
    const call = handle(name).call({ key: 1 });
    await servers.last("a").die();
    await restart(servers, advance);
    expect(servers.last("a").calls).toMatchObject([{ call: { name, args: { key: 1 } } }]);
    await servers.last("a").answer();
    expect(await call).toMatchObject({ outcome: "completed", replayed: true });
  });

  it("is not sent again when the new server no longer declares it", async () => {
    const { servers, advance, handle } = await serving();
    const call = handle("read").call();
    await servers.last("a").die();
    await restart(servers, advance, [tool("read")]);
    expect(await call).toMatchObject({ outcome: "unknown" });
    expect(servers.last("a").calls).toEqual([]);
  });

  it("is sent again once only", async () => {
    const { servers, advance, handle } = await serving();
    const call = handle("read").call();
    await servers.last("a").die();
    await restart(servers, advance);
    await servers.last("a").die();
    expect(await call).toMatchObject({ outcome: "unknown" });
  });
});

describe("callTool", () => {
  it("answers unknownTool for a name that no server ever offered", async () => {
    const { supervisor } = await serving();
    expect(await supervisor.callTool("a__nothing")).toMatchObject({
      outcome: "unavailable",
      reason: "unknownTool",
    });
  });

  it("passes a refusal of the server on", async () => {
    const { servers, supervisor } = await serving();
    const call = supervisor.callTool("a__echo");
    await flush();
    servers.last("a").calls[0]?.settle({ outcome: "rejected", code: -32602, message: "bad arguments" });
    expect(await call).toEqual({ outcome: "rejected", code: -32602, message: "bad arguments" });
  });
});

describe("a busy server", () => {
  it("is not probed while its calls make progress", async () => {
    const { servers, advance, handle, server } = await serving();
    void handle("echo").call();
    servers.last("a").responsive = false;
    for (let second = 0; second < 60; second += 10) {
      servers.last("a").calls[0]?.call.onProgress?.();
      await advance(10_000);
    }
    expect(server("a")).toMatchObject({ status: "healthy", restarts: 0 });
  });
});
