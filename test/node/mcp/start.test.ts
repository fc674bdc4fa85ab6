import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ServerSpec } from "../../../src/core/server.ts";
import { countOrphans } from "../../../src/node/index.ts";
import { failedStart, faultySpec, open } from "../../support/faulty.ts";

const fast = { start: { handshakeMs: 700 } };

describe("a start", () => {
  it("resolves after one round trip and reports its phases", async () => {
    const { session, phases } = await open(faultySpec("", { env: { NTOOLS: "2" } }));
    expect(phases).toEqual(["spawn_connect", "initialize_handshake", "tool_discovery", "ready"]);
    expect(session.tools.map(({ name }) => name)).toEqual(["echo", "pid", "tool1", "tool2"]);
    expect(session.info).toEqual({ name: "faulty", version: "1.0.0" });
    expect(session.partial).toBe(false);
  });

  it("waits for a slow server within its deadline", async () => {
    const { session } = await open(faultySpec("slow-init:300"));
    expect(session.tools).toHaveLength(2);
  });

  it("does not mind a banner, colours and half a message on stdout, and counts them", async () => {
    const { session } = await open(faultySpec("garbage-boot"));
    expect((await session.close()).garbageLines).toBe(3);
  });

  it("is not blocked by 2 MB on stderr", async () => {
    const { session } = await open(faultySpec("flood-stderr"));
    expect((await session.close()).stderrTail).toMatch(/^x{1,1023}\n(x{1023}\n)+$/);
  });

  it("says which tools are read-only and which idempotent", async () => {
    const { session } = await open(faultySpec("idempotent", { env: { NTOOLS: "1" } }));
    expect(session.tools.map(({ name, readOnly, idempotent }) => ({ name, readOnly, idempotent }))).toEqual([
      { name: "echo", readOnly: true, idempotent: false },
      { name: "pid", readOnly: true, idempotent: false },
      { name: "tool1", readOnly: false, idempotent: true },
    ]);
  });

  it("finds the tools of all pages", async () => {
    const { session } = await open(faultySpec("pages", { env: { NTOOLS: "3" } }));
    expect(session.tools).toHaveLength(5);
    expect(session.partial).toBe(false);
  });

  it("keeps the good tools of a server that has invalid ones", async () => {
    const { session } = await open(faultySpec("bad-schema"));
    expect(session.tools.map(({ name }) => name)).toEqual(["echo", "pid"]);
    expect(session.partial).toBe(true);
  });

  it("keeps the first of several tools of one name", async () => {
    const { session } = await open(faultySpec("dup-tools"));
    expect(session.tools.map(({ description }) => description)).toEqual(["The tool echo", "The tool pid"]);
    expect(session.partial).toBe(true);
  });

  it("cuts off a list of tools that never ends", async () => {
    const { session } = await open(faultySpec("loop-pages"));
    expect(session.tools.map(({ name }) => name)).toEqual(["echo"]);
    expect(session.partial).toBe(true);
  });

  it("lists resources and leaves out those that are none", async () => {
    const { session, phases } = await open(faultySpec("resources"));
    expect(phases).toContain("resource_discovery");
    expect(session.resources.map(({ uri }) => uri)).toEqual(["fault://one"]);
    expect(session.partial).toBe(true);
  });

  it("does without the resources of a server that does not list them in time", async () => {
    const { session } = await open(faultySpec("hang-resources", fast));
    expect(session.resources).toEqual([]);
    expect(session.partial).toBe(true);
  });

  it("takes a server without tools", async () => {
    const { session } = await open(faultySpec("no-tools"));
    expect(session.tools).toEqual([]);
    expect(session.partial).toBe(false);
  });
});

describe("a handshake that fails", () => {
  it("says how the process ended, with the end of its stderr", async () => {
    expect(await failedStart(faultySpec("exit-boot"))).toMatchObject({
      code: "exited_in_handshake",
      permanent: false,
      message: expect.stringContaining(
        'exited with code 3 (fatal: missing API_KEY) before it answered "initialize"',
      ),
      exit: { cause: "exited", code: 3, signal: null, stderrTail: "fatal: missing API_KEY\n" },
    });
  });

  it("says so for a process that ends during it", async () => {
    expect(await failedStart(faultySpec("exit-init"))).toMatchObject({
      code: "exited_in_handshake",
      exit: { code: 7, stderrTail: "boom during init\n" },
    });
  });

  it.each(["hang-init", "hang-init,keepalive,ignore-term", "hang-list"])(
    "is given up at its deadline: %s",
    async (fault) => {
      const failure = await failedStart(faultySpec(fault, fast));
      expect(failure).toMatchObject({ code: "handshake_timeout", permanent: false });
      expect(failure.message).toContain("within 700 ms");
    },
  );

  it("G19: that never comes is given up at its limit, and leaves no process behind, however stubborn", async () => {
    const runDirectory = { runId: `run-${process.pid}`, recordProcess: () => {}, forgetProcess: () => {} };
    const stubborn = faultySpec("hang-init,keepalive,ignore-term,grandchild", fast);
    expect(await failedStart(stubborn, { runDirectory })).toMatchObject({ code: "handshake_timeout" });
    expect(countOrphans(runDirectory.runId)).toBe(0);
  });

  it.each([
    { fault: "init-error", code: "handshake_rejected", says: "error -32603 (cannot init)" },
    { fault: "init-nonsense", code: "handshake_rejected", says: "no valid answer" },
    { fault: "bad-version", code: "protocol_version_unsupported", says: "1999-01-01" },
  ])("is permanent when the server refuses it: $fault", async ({ fault, code, says }) => {
    const failure = await failedStart(faultySpec(fault));
    expect(failure).toMatchObject({ code, permanent: true });
    expect(failure.message).toContain(says);
  });

  it("is a failed discovery when the list of tools is refused", async () => {
    expect(await failedStart(faultySpec("list-error"))).toMatchObject({
      code: "discovery_failed",
      permanent: false,
      message: expect.stringContaining("database down"),
    });
  });

  it("is noticed when the server closes its stdout instead of answering", async () => {
    expect(await failedStart(faultySpec("hang-list,keepalive,close-stdout"))).toMatchObject({
      code: "exited_in_handshake",
      exit: { cause: "stdoutClosed" },
    });
  });

  it("stops at once when its caller gives up", async () => {
    const controller = new AbortController();
    const spec = faultySpec("hang-init");
    const failing = failedStart(spec, { signal: controller.signal });
    setImmediate(() => controller.abort());
    expect(await failing).toMatchObject({ code: "aborted", permanent: false });
  });

  it("starts nothing when its caller has given up before", async () => {
    expect(await failedStart(faultySpec(""), { signal: AbortSignal.abort() })).toMatchObject({
      code: "aborted",
      exit: null,
    });
  });

  it("names the module that is missing, and is permanent", async () => {
    const failure = await failedStart(faultySpec("", { args: ["/no/such/server.js"] }));
    expect(failure).toMatchObject({ code: "exited_in_handshake", permanent: true });
    expect(failure.message).toContain("Cannot find module '/no/such/server.js'");
  });

  it("says that a shell did not find the program", async () => {
    expect(await failedStart(spec({ command: "sh", args: ["-c", "exec nosuchserver"] }))).toMatchObject({
      code: "command_missing",
      permanent: true,
      message: expect.stringContaining("nosuchserver"),
    });
  });

  it("says that a shell may not execute the program", async () => {
    const file = join(folder(), "server");
    writeFileSync(file, "#!/bin/sh\n", { mode: 0o644 });
    expect(await failedStart(spec({ command: "sh", args: ["-c", `exec ${file}`] }))).toMatchObject({
      code: "not_executable",
      permanent: true,
    });
  });
});

describe("a process that cannot be started", () => {
  it.each([
    {
      title: "a name that PATH does not lead to",
      command: "nosuchcommand",
      code: "command_missing",
      says: "in PATH;",
    },
    {
      title: "a path that is not there",
      command: "/no/such/program",
      code: "command_missing",
      says: "no such program",
    },
    { title: "a folder", command: tmpdir(), code: "not_executable", says: "is a directory" },
  ])("is explained for $title", async ({ command, code, says }) => {
    const failure = await failedStart(spec({ command }));
    expect(failure).toMatchObject({ code, permanent: true, exit: null });
    expect(failure.message).toContain(says);
    expect(failure.message).toContain(`cannot start "${command}"`);
  });

  it("does not blame the command for a missing working directory", async () => {
    const failure = await failedStart(spec({ command: process.execPath, cwd: "/no/such/folder" }));
    expect(failure).toMatchObject({ code: "cwd_missing", permanent: true });
    expect(failure.message).toContain("/no/such/folder does not exist");
  });

  it("says that the working directory is a file", async () => {
    const failure = await failedStart(spec({ command: process.execPath, cwd: process.execPath }));
    expect(failure).toMatchObject({ code: "cwd_missing", permanent: true });
    expect(failure.message).toContain("is not a directory");
  });

  it("names the interpreter that is missing", async () => {
    const command = join(folder(), "server");
    writeFileSync(command, "#!/no/such/interpreter -x\n", { mode: 0o755 });
    const failure = await failedStart(spec({ command }));
    expect(failure).toMatchObject({ code: "interpreter_missing", permanent: true });
    expect(failure.message).toContain("/no/such/interpreter");
  });

  it("looks a relative command up from the working directory", async () => {
    const cwd = folder();
    writeFileSync(join(cwd, "server"), "#!/bin/sh\n");
    chmodSync(join(cwd, "server"), 0o644);
    const failure = await failedStart(spec({ command: "./server", cwd }));
    expect(failure).toMatchObject({ code: "not_executable", permanent: true });
    expect(failure.message).toContain("chmod +x");
  });

  it("says that a file is no program", async () => {
    const command = join(folder(), "server");
    writeFileSync(command, "\u007FELFgarbage", { mode: 0o755 });
    expect(await failedStart(spec({ command }))).toMatchObject({ code: "not_executable", permanent: true });
  });

  it.each([
    { title: "are too long", args: ["x".repeat(3_000_000)] },
    { title: "hold a NUL character", args: ["a\0b"] },
  ])("says that its arguments $title", async ({ args }) => {
    expect(await failedStart(spec({ command: process.execPath, args }))).toMatchObject({
      code: "arguments_invalid",
      permanent: true,
    });
  });
});

describe("secrets", () => {
  it("are not in messages or in the tail of stderr", async () => {
    const env = { API_TOKEN: "hunter2-hunter2" };
    const failure = await failedStart(faultySpec("print-env:API_TOKEN,exit-init", { env }));
    expect(JSON.stringify(failure)).not.toContain("hunter2");
    expect(failure.exit?.stderrTail).toContain("starting with [redacted]");
  });

  it("are not in what the server says to the handshake", async () => {
    const env = { API_TOKEN: "hunter2-hunter2" };
    const failure = await failedStart(faultySpec("init-error:API_TOKEN", { env }));
    expect(failure.message).toContain("error -32603 (cannot init [redacted])");
  });

  it("of the host do not reach a server", async () => {
    const hostEnv = { PATH: process.env["PATH"], HOST_TOKEN: "hunter2-hunter2" };
    const failure = await failedStart(faultySpec("print-env:HOST_TOKEN,exit-init"), { env: hostEnv });
    expect(failure.exit?.stderrTail).toContain("starting with undefined");
  });
});

function spec(input: { command: string; args?: string[]; cwd?: string }): ServerSpec {
  return ServerSpec.parse({ ...input, start: { handshakeMs: 3_000 } });
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "homeostat-start-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}
