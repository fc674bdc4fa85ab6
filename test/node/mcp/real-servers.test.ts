import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ServerSession, SessionCallOutcome } from "../../../src/core/ports.ts";
import { ServerSpec } from "../../../src/core/server.ts";
import { failedStart, open } from "../../support/faulty.ts";
import { temporaryFolder } from "../../support/processes.ts";

const require = createRequire(import.meta.url);
const manifests = {
  everything: require.resolve("@modelcontextprotocol/server-everything/package.json"),
  filesystem: require.resolve("@modelcontextprotocol/server-filesystem/package.json"),
  memory: require.resolve("@modelcontextprotocol/server-memory/package.json"),
};

describe("server-everything", () => {
  it("serves its tools and resources, and ends on EOF", async () => {
    const { session, phases } = await open(real("everything", ["stdio"]));
    expect(phases.at(-1)).toBe("ready");
    expect(session.tools.map(({ name }) => name)).toContain("echo");
    expect(session.resources.length).toBeGreaterThan(0);
    expect(textOf(await call(session, "echo", { message: "hello" }))).toBe("Echo: hello");
    await session.probe(new AbortController().signal);
    expect(await session.close()).toMatchObject({ cause: "requested", signal: null });
  });

  it("reports the progress of a long call, which can be cancelled", async () => {
    const { session } = await open(real("everything", ["stdio"]));
    const controller = new AbortController();
    const outcome = await session.callTool(
      {
        name: "trigger-long-running-operation",
        args: { duration: 60, steps: 600 },
        timeoutMs: 50_000,
        onProgress: () => controller.abort(),
      },
      controller.signal,
    );
    expect(outcome).toEqual({ outcome: "cancelled" });
    expect(textOf(await call(session, "echo", { message: "still here" }))).toBe("Echo: still here");
  });

  it("loses a call when it is killed, and serves again in a new process", async () => {
    const first = await open(real("everything", ["stdio"]));
    const calling = call(first.session, "trigger-long-running-operation", { duration: 60, steps: 5 });
    process.kill(first.session.pid ?? 0, "SIGKILL");
    expect(await calling).toMatchObject({ outcome: "lost", exit: { signal: "SIGKILL" } });
    const second = await open(real("everything", ["stdio"]));
    expect(textOf(await call(second.session, "echo", { message: "again" }))).toBe("Echo: again");
  });
});

describe("server-filesystem", () => {
  it("writes and reads in the folder that it was given", async () => {
    const folder = temporaryFolder();
    const { session } = await open(real("filesystem", [folder]));
    const path = join(folder, "note.txt");
    expect(await call(session, "write_file", { path, content: "kept" })).toMatchObject({
      outcome: "completed",
      result: { isError: false },
    });
    expect(readFileSync(path, "utf8")).toBe("kept");
    const byName = new Map(session.tools.map((it) => [it.name, it]));
    expect(byName.get("read_text_file")?.readOnly).toBe(true);
    expect(byName.get("write_file")).toMatchObject({ readOnly: false, idempotent: true });
  });

  it("says why it does not start without a folder", async () => {
    expect(await failedStart(real("filesystem", ["/no/such/folder"]))).toMatchObject({
      code: "exited_in_handshake",
      permanent: false,
      message: expect.stringContaining("exited with code 1"),
      exit: { stderrTail: expect.stringContaining("/no/such/folder") },
    });
  });
});

describe("server-memory", () => {
  it("keeps what it was told across processes", async () => {
    const env = { MEMORY_FILE_PATH: join(temporaryFolder(), "memory.jsonl") };
    const first = await open(real("memory", [], env));
    const entities = [{ name: "homeostat", entityType: "machine", observations: ["stable"] }];
    expect(await call(first.session, "create_entities", { entities })).toMatchObject({
      outcome: "completed",
    });
    await first.session.close();
    const second = await open(real("memory", [], env));
    expect(textOf(await call(second.session, "read_graph", {}))).toContain("stable");
  });
});

function real(
  name: keyof typeof manifests,
  args: readonly string[],
  env: Record<string, string> = {},
): ServerSpec {
  const script = join(manifests[name], "..", "dist", "index.js");
  return ServerSpec.parse({
    command: process.execPath,
    args: [script, ...args],
    env,
    // The machine may be busy with other tests.
    start: { handshakeMs: 30_000 },
  });
}

function call(
  session: ServerSession,
  name: string,
  args: Record<string, unknown>,
): Promise<SessionCallOutcome> {
  return session.callTool({ name, args, timeoutMs: 30_000 }, new AbortController().signal);
}

function textOf(outcome: SessionCallOutcome): unknown {
  const [content] = outcome.outcome === "completed" ? outcome.result.content : [];
  return typeof content === "object" && content !== null && "text" in content ? content.text : outcome;
}
