import { describe, expect, it } from "vitest";
import type { Kill } from "../../../src/cli/run/chaos.ts";
import { describeSummary, type Outcome, summarise } from "../../../src/cli/run/summary.ts";
import { PluginSpec } from "../../../src/core/config.ts";
import { healthOf, pluginStatus, serverStatus } from "../../fakes/fake-supervisor.ts";

const recovered: Kill = {
  plugin: "git",
  server: "git",
  pid: 100,
  afterMs: 1_000,
  downMs: 512,
  newPid: 200,
  by: "restart",
};
const lost: Kill = { ...recovered, downMs: null, newPid: null, by: null };

const outcome: Outcome = {
  endedBy: "time",
  ranMs: 20_000,
  seed: 7,
  requestedKills: 1,
  perKill: [recovered],
  tour: null,
  health: healthOf(pluginStatus("git")),
  specs: {
    git: PluginSpec.parse({ servers: { git: { command: "git" } } }),
    tools: PluginSpec.parse({ servers: { must: { command: "x" }, may: { command: "x", required: false } } }),
  },
  reaped: 0,
  orphans: 0,
};

const tour: Outcome["tour"] = {
  handshakesRecovered: 1,
  crashesRecovered: 1,
  budgetRefusals: [{ server: "git", retryAfterMs: 29_000 }],
  migrationsCommitted: 1,
  migrationsRolledBack: 1,
  leasesTakenOver: 1,
  escalationsOpen: 1,
  problems: [],
};

const down = (name: string, facts = {}) => serverStatus(name, { status: "failed", pid: null, ...facts });
const tools = (...servers: ReturnType<typeof serverStatus>[]) =>
  healthOf(pluginStatus("tools", { state: "degraded", servers }));

describe("the exit code", () => {
  it.each<[string, number, Partial<Outcome>]>([
    ["0 when all is well", 0, {}],
    ["1 when a kill was not recovered", 1, { perKill: [lost] }],
    ["1 when a kill was not made", 1, { perKill: [] }],
    ["0 when a kill was not made because somebody ended the run", 0, { perKill: [], endedBy: "request" }],
    [
      "1 when a kill was not recovered because somebody ended the run",
      1,
      { perKill: [lost], endedBy: "request" },
    ],
    ["1 when a process is left", 1, { orphans: 1 }],
    ["0 when the tour showed each thing", 0, { tour }],
    ["1 when the tour did not show something", 1, { tour: { ...tour, migrationsCommitted: 0 } }],
    [
      "0 when somebody ended the tour before it showed something",
      0,
      { tour: { ...tour, migrationsCommitted: 0 }, endedBy: "request" },
    ],
    ["1 when a stop of the tour failed", 1, { tour: { ...tour, problems: ["no"] }, endedBy: "request" }],
    ["1 when a required server is down", 1, { health: tools(down("must"), serverStatus("may")) }],
    ["0 when only an optional server is down", 0, { health: tools(serverStatus("must"), down("may")) }],
    ["0 when a server missed a probe", 0, { health: tools(serverStatus("must", { status: "degraded" })) }],
    [
      "1 when a plugin without servers failed",
      1,
      { health: healthOf(pluginStatus("none", { state: "failed", servers: [] })) },
    ],
    [
      "1 when a server is still on its way up at the end",
      1,
      { health: tools(down("must", { status: "starting" })) },
    ],
    [
      "0 when somebody ended the run before it was up",
      0,
      { health: tools(down("must", { status: "starting" })), endedBy: "request" },
    ],
    [
      "1 when somebody ended the run during a restart",
      1,
      { health: tools(down("must", { status: "starting", restarts: 1 })), endedBy: "request" },
    ],
  ])("is %s", (_, exitCode, changes) => {
    expect(summarise({ ...outcome, ...changes }).exitCode).toBe(exitCode);
  });
});

it("counts kills, recoveries and times", () => {
  expect(summarise({ ...outcome, requestedKills: 2, perKill: [recovered, lost] })).toMatchObject({
    type: "summary",
    kills: 2,
    recovered: 1,
    downMs: [512],
    perKill: [{ downMs: 512 }, { downMs: null }],
    orphans: 0,
  });
});

it("is told in sentences", () => {
  const health = tools(down("must", { lastError: "exited with code 1" }));
  const summary = summarise({
    ...outcome,
    health,
    requestedKills: 3,
    perKill: [recovered, lost],
    orphans: 2,
  });
  expect(describeSummary(summary)).toEqual([
    "ran for 20 s",
    "killed 2 servers, 1 recovered",
    "  git (pid 100) was down for 512 ms, brought back by a restart",
    "  git (pid 100) did not come back",
    "1 kill could not be made in time: no healthy server had a retry left in its budget",
    "not serving at the end: tools/must (exited with code 1)",
    "2 processes of this run left",
  ]);
});
