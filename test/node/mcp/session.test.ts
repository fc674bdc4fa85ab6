import { readlinkSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ServerSession, ToolCall } from "../../../src/core/ports.ts";
import type { ServerSpec } from "../../../src/core/server.ts";
import { countOrphans } from "../../../src/node/index.ts";
import { isAlive } from "../../../src/node/process/proc.ts";
import { faultySpec, open } from "../../support/faulty.ts";
import { until } from "../../support/until.ts";

const never = new AbortController().signal;
const quickStop = { stop: { eofMs: 150, termMs: 150 } };
const call = (name: string, rest: Partial<ToolCall> = {}): ToolCall => ({
  name,
  args: {},
  timeoutMs: 20_000,
  ...rest,
});

describe("a call", () => {
  it("is answered by the process of the session", async () => {
    const { session } = await open(faultySpec(""));
    expect(await session.callTool(call("echo", { args: { a: 1 } }), never)).toEqual({
      outcome: "completed",
      result: { content: [{ type: "text", text: '{"a":1}' }], isError: false },
    });
    expect(await textOf(session, "pid")).toBe(String(session.pid));
  });

  it("tells what the tool itself calls an error from what the protocol does", async () => {
    const { session } = await open(faultySpec("call-error"));
    expect(await session.callTool(call("echo"), never)).toMatchObject({
      outcome: "completed",
      result: { isError: true },
    });
    expect(await session.callTool(call("nosuchtool"), never)).toMatchObject({
      outcome: "rejected",
      code: -32_602,
      message: expect.stringContaining("nosuchtool"),
    });
  });

  it("is rejected without showing a secret", async () => {
    const { session } = await open(faultySpec("", { env: { API_KEY: "hunter2-hunter2" } }));
    expect(await session.callTool(call("hunter2-hunter2"), never)).toMatchObject({
      outcome: "rejected",
      message: expect.stringContaining("Unknown tool: [redacted]"),
    });
  });

  it("is rejected when the answer is none", async () => {
    const { session } = await open(faultySpec("call-nonsense"));
    expect(await session.callTool(call("echo"), never)).toMatchObject({ outcome: "rejected", code: -32_603 });
    expect(await textOf(session, "pid")).toBe(String(session.pid));
  });

  it("survives debugging output on stdout", async () => {
    const { session } = await open(faultySpec("garbage-call"));
    expect(await session.callTool(call("echo"), never)).toMatchObject({ outcome: "completed" });
    expect((await session.close()).garbageLines).toBe(1);
  });

  it("is over at its time-out, however much progress is reported", async () => {
    const { session } = await open(faultySpec("progress-call"));
    let reports = 0;
    const outcome = await session.callTool(
      call("echo", { timeoutMs: 300, onProgress: () => (reports += 1) }),
      never,
    );
    expect(outcome).toEqual({ outcome: "timedOut" });
    expect(reports).toBeGreaterThan(1);
  });

  it("is not answered by an answer to something else", async () => {
    const { session } = await open(faultySpec("unknown-id"));
    expect(await session.callTool(call("echo", { timeoutMs: 100 }), never)).toEqual({ outcome: "timedOut" });
    expect(await textOf(session, "pid")).toBe(String(session.pid));
  });

  it("is cancelled by its caller", async () => {
    const { session } = await open(faultySpec("hang-call"));
    const controller = new AbortController();
    const calling = session.callTool(call("echo"), controller.signal);
    controller.abort();
    expect(await calling).toEqual({ outcome: "cancelled" });
    expect(await session.callTool(call("echo"), AbortSignal.abort())).toEqual({ outcome: "cancelled" });
    expect(await textOf(session, "pid")).toBe(String(session.pid));
  });

  it("that waits for a stopped process is over at its time-out, though it cannot be written", async () => {
    const { session } = await open(faultySpec(""));
    process.kill(session.pid ?? 0, "SIGSTOP");
    const big = call("echo", { args: { text: "x".repeat(5_000_000) }, timeoutMs: 200 });
    expect(await session.callTool(big, never)).toEqual({ outcome: "timedOut" });
  });

  it("takes as long as it takes when the server is busy, and the process is not harmed", async () => {
    const { session } = await open(faultySpec("busy-call:600"));
    const calling = session.callTool(call("echo"), never);
    await expect(session.probe(AbortSignal.timeout(100))).rejects.toThrow(/./);
    expect(await calling).toMatchObject({ outcome: "completed" });
    await session.probe(never);
  });
});

describe("the end of a process", () => {
  it("loses the call under way, with how the process ended", async () => {
    const { session } = await open(faultySpec("hang-call"));
    const calling = session.callTool(call("echo"), never);
    process.kill(session.pid ?? 0, "SIGKILL");
    const outcome = await calling;
    expect(outcome).toMatchObject({
      outcome: "lost",
      exit: { cause: "exited", code: null, signal: "SIGKILL" },
    });
    expect(await session.exited).toEqual(outcome.outcome === "lost" ? outcome.exit : null);
  });

  it("tells calls that cannot have arrived from those that may have", async () => {
    const { session } = await open(faultySpec(""));
    process.kill(session.pid ?? 0, "SIGSTOP");
    // The first one fills the pipe; the others wait for it, and would be written together.
    const big = call("echo", { args: { text: "x".repeat(5_000_000) } });
    const calling = [big, call("echo"), call("echo")].map((it) => session.callTool(it, never));
    process.kill(session.pid ?? 0, "SIGKILL");
    const outcomes = await Promise.all(calling);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["notSent", "lost", "lost"]);
  });

  it("is told with its exit code when a call makes it end", async () => {
    const { session } = await open(faultySpec("exit-call"));
    expect(await session.callTool(call("echo"), never)).toMatchObject({
      outcome: "lost",
      exit: { cause: "exited", code: 13, signal: null },
    });
  });

  it("G19: is seen when it is killed from outside, without a call or a probe", async () => {
    const { session } = await open(faultySpec("keepalive,ignore-term"));
    process.kill(session.pid ?? 0, "SIGKILL");
    expect(await session.exited).toMatchObject({ cause: "exited", code: null, signal: "SIGKILL" });
  });

  it("refuses the calls after it without a trace", async () => {
    const { session } = await open(faultySpec(""));
    process.kill(session.pid ?? 0, "SIGKILL");
    await session.exited;
    expect(await session.callTool(call("echo"), never)).toEqual({ outcome: "notSent" });
    await expect(session.probe(never)).rejects.toThrow(/./);
  });

  it("is told when it comes soon after a good handshake", async () => {
    const { session } = await open(faultySpec("exit-after-init:50"));
    expect(await session.exited).toMatchObject({ cause: "exited", code: 9 });
  });

  it("is seen, and completed, although a grandchild holds stdout", async () => {
    const runDirectory = marked();
    const { session } = await open(faultySpec("grandchild,hang-call"), { runDirectory });
    expect(countOrphans(runDirectory.runId)).toBe(2);
    const calling = session.callTool(call("echo"), never);
    process.kill(session.pid ?? 0, "SIGKILL");
    expect(await calling).toMatchObject({ outcome: "lost" });
    await until("the grandchild is gone", () => countOrphans(runDirectory.runId) === 0);
  });

  it("of a shell around the server takes the server along", async () => {
    const runDirectory = marked();
    const { session } = await open(inShell(faultySpec("keepalive,ignore-term")), { runDirectory });
    expect(await textOf(session, "pid")).not.toBe(String(session.pid));
    process.kill(session.pid ?? 0, "SIGKILL");
    expect(await session.exited).toMatchObject({ signal: "SIGKILL" });
    await until("the server is gone", () => countOrphans(runDirectory.runId) === 0);
  });

  it("follows when it closes its stdin", async () => {
    const { session } = await open(faultySpec("close-stdin"));
    await until("stdin is closed", () => !isOpenIn(session.pid, 0));
    expect(await session.callTool(call("echo"), never)).toEqual({ outcome: "notSent" });
    expect(await session.exited).toMatchObject({ cause: "stdinClosed" });
  });

  it("follows when it closes its stdout", async () => {
    const { session } = await open(faultySpec("close-stdout,hang-call"));
    const calling = session.callTool(call("echo"), never);
    expect(await calling).toMatchObject({ outcome: "lost", exit: { cause: "stdoutClosed" } });
    expect(isAlive(session.pid ?? 0)).toBe(false);
  });

  it("follows a message over the limit", async () => {
    const { session } = await open(faultySpec("huge"));
    expect(await session.callTool(call("echo"), never)).toMatchObject({
      outcome: "lost",
      exit: { cause: "oversize", signal: "SIGKILL" },
    });
  });

  it("does not follow a long message when the limit allows it", async () => {
    const { session } = await open(faultySpec("huge"), { maxMessageBytes: 12_000_000 });
    expect(await session.callTool(call("echo"), never)).toMatchObject({ outcome: "completed" });
  });
});

describe("a probe", () => {
  it("is a round trip", async () => {
    const { session } = await open(faultySpec(""));
    await expect(session.probe(never)).resolves.toBeUndefined();
  });

  it("fails when its time is up on a server that does not answer it", async () => {
    const { session } = await open(faultySpec("hang-ping"));
    await expect(session.probe(AbortSignal.timeout(100))).rejects.toThrow(/./);
    expect(await textOf(session, "pid")).toBe(String(session.pid));
  });

  it("fails on a stopped process, which then can be replaced", async () => {
    const { session } = await open(faultySpec(""));
    process.kill(session.pid ?? 0, "SIGSTOP");
    await expect(session.probe(AbortSignal.timeout(100))).rejects.toThrow(/./);
    const calling = session.callTool(call("echo"), never);
    session.kill("unresponsive");
    expect(await calling).toMatchObject({
      outcome: "lost",
      exit: { cause: "unresponsive", signal: "SIGKILL" },
    });
  });
});

describe("closing", () => {
  it("gives 1 s from EOF to TERM, and 2 s from there to KILL", () => {
    expect(faultySpec("").stop).toEqual({ eofMs: 1_000, termMs: 2_000 });
  });

  it.each([
    { rung: "EOF", fault: "", exit: { code: 0, signal: null } },
    { rung: "TERM", fault: "keepalive", exit: { code: null, signal: "SIGTERM" } },
    { rung: "KILL", fault: "keepalive,ignore-term", exit: { code: null, signal: "SIGKILL" } },
  ])("G13: ends a process at $rung, and releases every handle", async ({ fault, exit }) => {
    const before = handles();
    const { session } = await open(faultySpec(fault));
    expect(handles().length).toBeGreaterThan(before.length);
    expect(await session.close()).toMatchObject({ cause: "requested", ...exit });
    expect(await session.exited).toMatchObject({ cause: "requested", ...exit });
    expect(isAlive(session.pid ?? 0)).toBe(false);
    await until("its handles are closed", () => handles().length <= before.length);
    expect(handles()).toEqual(before);
  });

  it("G13: releases every handle although a process that left the group holds the pipes", async () => {
    const before = handles();
    const { session } = await open(faultySpec("escaped-grandchild"));
    const { stderrTail } = await session.close();
    const escaped = Number(/grandchild (\d+)/.exec(stderrTail)?.[1]);
    onTestFinished(() => void process.kill(escaped, "SIGKILL"));
    expect(isAlive(escaped)).toBe(true);
    await until("its handles are closed", () => handles().length <= before.length);
    expect(handles()).toEqual(before);
  });

  it.each(["keepalive,ignore-term", "grandchild", "keepalive,ignore-term,grandchild"])(
    "G14: leaves nothing of the group of a shell behind: %s",
    async (fault) => {
      const runDirectory = marked();
      const { session } = await open(inShell(faultySpec(fault, quickStop)), { runDirectory });
      expect(countOrphans(runDirectory.runId)).toBeGreaterThan(1);
      await session.close();
      expect(countOrphans(runDirectory.runId)).toBe(0);
    },
  );

  it("can be asked for twice, and cut short", async () => {
    const { session } = await open(faultySpec("keepalive,ignore-term"));
    const closing = [session.close(), session.close()];
    session.kill("requested");
    const [first, second] = await Promise.all(closing);
    expect(first).toMatchObject({ cause: "requested", signal: "SIGKILL" });
    expect(second).toBe(first);
  });

  it("takes no more calls", async () => {
    const { session } = await open(faultySpec("keepalive", quickStop));
    const closing = session.close();
    expect(await session.callTool(call("echo"), never)).toEqual({ outcome: "notSent" });
    await closing;
  });

  it("of a process that has ended tells how that was", async () => {
    const { session } = await open(faultySpec("exit-call"));
    await session.callTool(call("echo"), never);
    expect(await session.close()).toMatchObject({ cause: "exited", code: 13 });
  });
});

describe("a change of the tools", () => {
  it("is told with the new list", async () => {
    const { session } = await open(faultySpec("list-changed:1"));
    const tools = await new Promise<readonly { name: string }[]>((resolve) =>
      session.onToolsChanged(resolve),
    );
    expect(tools.map(({ name }) => name)).toEqual(["echo", "pid", "late"]);
  });

  it("is told to who asks after it happened", async () => {
    const { session } = await open(faultySpec("list-changed:1"));
    await new Promise<unknown>((resolve) => session.onToolsChanged(resolve));
    const told: number[] = [];
    session.onToolsChanged((tools) => told.push(tools.length));
    expect(told).toEqual([3]);
  });

  it("is told once per burst, and the last one is the latest", async () => {
    const { session } = await open(faultySpec("change-storm"));
    const told: string[] = [];
    session.onToolsChanged((tools) => told.push(tools.at(-1)?.name ?? ""));
    await until("the storm is over", () => told.at(-1) === "late60");
    expect(told.length).toBeLessThan(10);
  });
});

describe("the register of the host", () => {
  it("knows every process from its start until nothing of it is left", async () => {
    const events: string[] = [];
    const runDirectory = {
      ...marked(),
      recordProcess: (pid: number) => events.push(`started ${pid} ${isAlive(pid)}`),
      forgetProcess: (pid: number) => events.push(`gone ${pid} ${isAlive(pid)}`),
    };
    const { session } = await open(faultySpec(""), { runDirectory });
    expect(events).toEqual([`started ${session.pid} true`]);
    await session.close();
    await until("it is forgotten", () => events.length === 2);
    expect(events[1]).toBe(`gone ${session.pid} false`);
  });
});

async function textOf(session: ServerSession, tool: string): Promise<unknown> {
  const outcome = await session.callTool(call(tool), never);
  const [content] = outcome.outcome === "completed" ? outcome.result.content : [];
  return typeof content === "object" && content !== null && "text" in content ? content.text : outcome;
}

let runs = 0;
function marked(): {
  runId: string;
  recordProcess: (pid: number) => void;
  forgetProcess: (pid: number) => void;
} {
  runs += 1;
  return { runId: `session-${process.pid}-${runs}`, recordProcess: () => {}, forgetProcess: () => {} };
}

/** The same server below a shell, as package runners start theirs. */
function inShell(spec: ServerSpec): ServerSpec {
  return { ...spec, command: "sh", args: ["-c", `"${spec.command}" "${spec.args.join('" "')}"; exit $?`] };
}

/** The pipes and processes that this one holds. */
function handles(): string[] {
  const held = process.getActiveResourcesInfo();
  return held.filter((it) => it === "PipeWrap" || it === "ProcessWrap").toSorted();
}

function isOpenIn(pid: number | null, descriptor: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`) !== "";
  } catch {
    return false;
  }
}
