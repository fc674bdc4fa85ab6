import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ServerSpec } from "../../../src/core/server.ts";
import { open } from "../../support/faulty.ts";

const script = fileURLToPath(new URL("../../fixtures/modern-server.mjs", import.meta.url));
const spec = ServerSpec.parse({ command: process.execPath, args: [script], start: { handshakeMs: 30_000 } });
const never = new AbortController().signal;

describe("a server that speaks only 2026-07-28", () => {
  it("is opened without initialize, in the same process", async () => {
    const { session, phases } = await open(spec);
    expect(phases).toEqual(["spawn_connect", "initialize_handshake", "tool_discovery", "ready"]);
    expect(session.info).toEqual({ name: "modern", version: "2.0.0" });
    expect(session.tools.map(({ name, readOnly }) => [name, readOnly])).toEqual([
      ["pid", true],
      ["hang", false],
      ["grow", false],
    ]);
    expect(await session.callTool({ name: "pid", args: {}, timeoutMs: 10_000 }, never)).toMatchObject({
      outcome: "completed",
      result: { content: [{ type: "text", text: String(session.pid) }] },
    });
  });

  it("is probed without ping", async () => {
    const { session } = await open(spec);
    await session.probe(never);
    process.kill(session.pid ?? 0, "SIGSTOP");
    await expect(session.probe(AbortSignal.timeout(100))).rejects.toThrow(/./);
  });

  it("announces a change of its tools", async () => {
    const { session } = await open(spec);
    const told = new Promise<readonly { name: string }[]>((resolve) => session.onToolsChanged(resolve));
    await session.callTool({ name: "grow", args: {}, timeoutMs: 10_000 }, never);
    expect((await told).map(({ name }) => name)).toContain("grown");
  });

  it("loses its calls when it is killed", async () => {
    const { session } = await open(spec);
    const calling = session.callTool({ name: "hang", args: {}, timeoutMs: 10_000 }, never);
    process.kill(session.pid ?? 0, "SIGKILL");
    expect(await calling).toMatchObject({ outcome: "lost", exit: { signal: "SIGKILL" } });
  });
});
