import { expect, it } from "vitest";
import { createSupervisor, type SupervisionRecord } from "../../src/index.ts";
import { openMcpServer } from "../../src/node/index.ts";

const faulty = { command: process.execPath, args: ["test/fixtures/faulty-server.mjs"] };
const budgetWindowMs = 1_000;
const refusedWindows = 3;

it("a server that dies after each good handshake is started as often as its budget allows, then quarantined", async () => {
  const records: SupervisionRecord[] = [];
  const quarantined = Promise.withResolvers<void>();
  const supervisor = createSupervisor({
    plugins: {
      loop: { servers: { loop: { ...faulty, env: { FAULT: "exit-after-init" } } } },
      calm: { servers: { calm: faulty } },
    },
    ports: { openServer: openMcpServer() },
    crashBudget: { retryBackoffMs: 50, budgetWindowMs, outerLimit: { refusedWindows, periodMs: 60_000 } },
    // Its windows are those of real life, too long for a test.
    spawnBudget: null,
    observers: [
      (record) => {
        records.push(record);
        if (record.type === "backend.quarantined") quarantined.resolve();
      },
    ],
  });
  supervisor.start();
  await quarantined.promise;
  const calmPid = supervisor.health().plugins[1]?.servers[0]?.pid;
  expect(await supervisor.callTool("calm__echo", { message: "x" })).toMatchObject({ outcome: "completed" });
  expect(await supervisor.callTool("loop__echo")).toMatchObject({
    outcome: "unavailable",
    reason: "quarantined",
  });
  expect(supervisor.health().escalations).toMatchObject([{ subject: "loop/loop", cause: "quarantined" }]);
  await supervisor.stop();

  const of = (type: string, plugin: string) =>
    records.filter((it) => it.type === type && "plugin" in it && it.plugin === plugin);
  // The first start; then a retry in each window, and the start that opens the next one.
  expect(of("server.starting", "loop")).toHaveLength(2 * refusedWindows);
  expect(of("start.refused", "loop")).toHaveLength(refusedWindows - 1);
  expect(records.filter(({ type }) => type === "escalation.opened")).toHaveLength(1);
  expect(of("server.starting", "calm")).toHaveLength(1);
  expect(of("server.started", "calm")).toMatchObject([{ pid: calmPid }]);
});
