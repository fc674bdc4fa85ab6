import { existsSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import type { SupervisionRecord } from "../../../src/index.ts";
import { openMcpServer } from "../../../src/node/index.ts";
import { createSupervisor } from "../../../src/runtime/create-supervisor.ts";
import { faultySpec } from "../../support/faulty.ts";

/** Longer than any test: whoever notices the death, it is no probe and no restart. */
const longMs = 3_600_000;

it.each([
  ["alone", ""],
  ["with a process of its own that holds its stdout open", "grandchild"],
])(
  "I10: a server that dies idle, %s, leaves healthy within one turn of the event loop, without a call",
  async (_, fault) => {
    const records: SupervisionRecord[] = [];
    const spec = faultySpec(fault, { probe: { everyMs: longMs } });
    const supervisor = createSupervisor({
      plugins: { idle: { servers: { idle: spec } } },
      ports: { openServer: openMcpServer() },
      crashBudget: { retryBackoffMs: longMs, budgetWindowMs: 2 * longMs },
      observers: [(record) => void records.push(record)],
    });
    onTestFinished(() => supervisor.stop().then(() => {}));
    supervisor.start();
    await supervisor.settled();
    const server = () => supervisor.health().plugins[0]?.servers[0];
    const pid = server()?.pid ?? 0;
    expect(server()).toMatchObject({ status: "healthy", tools: expect.any(Number) });
    process.kill(pid, "SIGKILL");
    // Node.js has taken note of the end of its child when nothing is left of it, not even a zombie.
    while (existsSync(`/proc/${pid}`)) await turn();
    // One turn in which its last output may come in, to its end: that is where the next one begins.
    await turn();
    await turn();
    expect(server()).toMatchObject({ status: "failed", pid: null });
    expect(records.find(({ type }) => type === "server.exited")).toMatchObject({
      exit: { cause: "exited", signal: "SIGKILL" },
    });
    expect(records.filter(({ type }) => type.startsWith("call."))).toEqual([]);
  },
);
