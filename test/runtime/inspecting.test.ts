import { describe, expect, it } from "vitest";
import { createActor, setup } from "xstate";
import { createInspector, type InspectionRecord } from "../../src/inspect/index.ts";
import { createSupervisor } from "../../src/runtime/create-supervisor.ts";
import { FakeServers, flush } from "../fakes/fake-servers.ts";
import { spec, startSupervisor } from "../fakes/supervised.ts";

function recording() {
  const records: InspectionRecord[] = [];
  const inspector = createInspector({ setTimeout: () => {} });
  inspector.connect((it) => void (it.type === "batch" && records.push(...it.records)));
  const paths = (): string[] => {
    inspector.flush();
    return records.flatMap((it) => (it[0] === "a" ? [it[4].path] : []));
  };
  return { records, inspector, paths };
}

describe("a supervisor with an inspector", () => {
  it("shows it every actor from the start, its records and its verbs", async () => {
    const { records, inspector, paths } = recording();
    const { servers } = await startSupervisor(["files"], { inspect: { inspector } });
    await servers.last("files").serve();
    expect(paths()).toEqual(["supervisor", "supervisor/plugin:files", expect.stringContaining("files")]);
    expect(
      records.flatMap((it) => (it[0] === "d" && it[4].kind === "record" ? [it[4].record.type] : [])),
    ).toEqual(expect.arrayContaining(["supervisor.started", "server.started"]));
    expect(inspector.failures).toBe(0);
  });

  it("shows it when it is the child of a host's machine as well", async () => {
    const { inspector, paths } = recording();
    const servers = new FakeServers();
    const supervisor = createSupervisor({
      plugins: { files: { servers: { files: spec } } },
      ports: { openServer: servers.open },
      inspect: { inspector },
    });
    const host = setup({ actors: { supervisor: supervisor.logic } }).createMachine({
      id: "host",
      invoke: { src: "supervisor", id: "mine" },
    });
    createActor(host).start();
    await flush();
    expect(paths()).toEqual(expect.arrayContaining(["host", "host/mine", "host/mine/plugin:files"]));
    await supervisor.kill();
  });

  it("goes on when the Stately Inspector cannot be attached, and says so", async () => {
    const broken = (): never => {
      throw new Error("no connection");
    };
    const module = { createWebSocketInspector: broken, createBrowserInspector: broken };
    const { records, servers, supervisor } = await startSupervisor(["files"], {
      inspect: { stately: { module } },
    });
    await servers.last("files").serve();
    expect(records.filter(({ type }) => type === "observer.failed")).toMatchObject([
      { message: "no connection" },
    ]);
    expect(supervisor.health().plugins[0]?.state).toBe("healthy");
  });
});
