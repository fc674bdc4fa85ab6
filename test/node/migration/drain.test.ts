import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createMigrationPorts, type LocalAgent, openLocalHost, readOwner } from "../../../src/node/index.ts";
import { createMover, createSupervisor, portsByAgent } from "../../../src/runtime/index.ts";
import { FakeServers } from "../../fakes/fake-servers.ts";
import { call, faultyServer } from "../../support/migration.ts";
import { temporaryFolder } from "../../support/processes.ts";

it("L02: drains a real host: each agent serves elsewhere afterwards, from its own state, and its process is gone", async () => {
  const folder = temporaryFolder();
  const [a, b] = ["a", "b"].map((name) => openLocalHost({ name, directory: join(folder, name) })) as [
    ReturnType<typeof openLocalHost>,
    ReturnType<typeof openLocalHost>,
  ];
  const agents = ["one", "two", "three"].map((id): LocalAgent => ({
    id,
    ownerFile: join(folder, `${id}.json`),
    stateFile: "state.txt",
    server: () => faultyServer(""),
    readBack: null,
  }));
  const ports = new Map(
    agents.map((agent) => [agent.id, createMigrationPorts({ hosts: [a, b], agent })] as const),
  );
  const supervisor = createSupervisor({
    plugins: {},
    ports: { openServer: new FakeServers().open, migration: portsByAgent((id) => ports.get(id)) },
  });
  onTestFinished(async () => {
    await supervisor.stop();
    await Promise.all([a.close(), b.close()]);
  });
  for (const agent of agents) {
    await a.start(agent);
    writeFileSync(a.placeOf(agent).stateFile, `the state of ${agent.id}\n`);
  }
  supervisor.start();
  const report = await createMover(supervisor).drain({
    node: "a",
    units: () => agents.map((it) => ({ id: it.id, node: readOwner(it)?.owner ?? "a", group: "agents" })),
    policy: { maxParallel: 2 },
  });
  expect(report).toMatchObject({ drained: true, failed: [], refused: [] });
  for (const agent of agents) {
    expect([a.running(agent), readOwner(agent)?.owner]).toEqual([null, "b"]);
    expect(readFileSync(b.placeOf(agent).stateFile, "utf8")).toBe(`the state of ${agent.id}\n`);
    const session = b.session(agent);
    if (session === null) throw new Error(`${agent.id} is not served`);
    expect(await call(session, "echo")).toMatchObject({ outcome: "completed" });
  }
});
