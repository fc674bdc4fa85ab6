import { expect, it, onTestFinished } from "vitest";
import { createSupervisor, type SupervisionRecord } from "../../src/index.ts";
import { openMcpServer } from "../../src/node/index.ts";
import { until } from "../support/until.ts";

it("C20: a server that is killed for its memory, in a shell that reports exit code 0, has crashed and is restarted", async () => {
  // As in a container: the system's killer picks the program, and the shell around it ends as if nothing were wrong.
  const inShell = {
    command: "sh",
    args: ["-c", '"$0" "$1"; exit 0', process.execPath, "test/fixtures/faulty-server.mjs"],
  };
  const records: SupervisionRecord[] = [];
  const supervisor = createSupervisor({
    plugins: { a: { servers: { a: inShell } } },
    ports: { openServer: openMcpServer() },
    crashBudget: { retryBackoffMs: 50 },
    observers: [(record) => void records.push(record)],
  });
  onTestFinished(() => supervisor.kill());
  supervisor.start();
  await supervisor.settled();
  const victim = await pidOfServer();
  expect(victim).not.toBe(supervisor.health().plugins[0]?.servers[0]?.pid);
  process.kill(victim, "SIGKILL");
  await until("it serves again", () => records.filter(({ type }) => type === "server.started").length === 2);

  expect(records.filter(({ type }) => type === "server.exited")).toMatchObject([
    { exit: { cause: "exited", code: 0, signal: null }, unexpected: true },
  ]);
  expect(records.filter(({ type }) => type === "start.scheduled")).toMatchObject([
    { attempt: 1, retryAfterMs: 50 },
  ]);
  expect(await pidOfServer()).not.toBe(victim);
  await supervisor.stop();
  // The same code 0 of an end that was asked for is none.
  expect(records.filter(({ type }) => type === "server.exited").at(-1)).toMatchObject({ unexpected: false });
  expect(records.filter(({ type }) => type === "start.scheduled")).toHaveLength(1);

  async function pidOfServer(): Promise<number> {
    const outcome = await supervisor.callTool("a__pid");
    if (outcome.outcome !== "completed") throw new Error(`expected a pid, got ${JSON.stringify(outcome)}`);
    return Number((outcome.result.content as { text: string }[])[0]?.text);
  }
});
