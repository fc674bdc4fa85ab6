import { describe, expect, it } from "vitest";
import { findByEnvironment } from "../../src/node/process/proc.ts";
import { folderWith, homeostat, type Line, parseLines, referenceServer, start } from "../support/command.ts";
import { environmentOf } from "../support/processes.ts";

const memory = {
  ...referenceServer("memory"),
  env: { MEMORY_FILE_PATH: "${HOMEOSTAT_SCRATCH}/memory.jsonl" },
};
const config = { mcpServers: { memory } };

/** The types of the reports that records of `type` carry. */
const reported = (lines: readonly Line[], type: string): unknown[] =>
  lines.filter((it) => it.type === type).map((it) => (it["report"] as Line).type);

describe("homeostat run --tour", () => {
  it("shows one of each, in records of its supervisor, and leaves nothing", async () => {
    const args = ["run", "--tour", "--for", "20s", "--json"];
    const { code, stdout, stderr } = await homeostat(args, folderWith(config));
    const lines = parseLines(stdout);
    const summary = lines.at(-1);
    expect(summary).toMatchObject({
      type: "summary",
      exitCode: 0,
      orphans: 0,
      notServing: [],
      tour: {
        handshakesRecovered: 1,
        crashesRecovered: 1,
        budgetRefusals: [{ server: "tour-crash" }],
        migrationsCommitted: 1,
        migrationsRolledBack: 1,
        leasesTakenOver: 1,
        escalationsOpen: 1,
        problems: [],
      },
    });
    expect([code, stderr]).toEqual([0, expect.stringContaining("tour 7 of 7")]);
    const refused = lines.filter((it) => it.type === "start.refused");
    expect(refused).toMatchObject([{ plugin: "tour-crash", reason: "backend_unavailable" }]);
    expect(summary).toMatchObject({
      tour: { budgetRefusals: [{ retryAfterMs: refused[0]?.["retryAfterMs"] }] },
    });
    expect(refused[0]?.["retryAfterMs"]).toBeGreaterThan(1_000);
    expect(reported(lines, "recovery.reported")).toContain("recovery.succeeded");
    expect(reported(lines, "migration.reported")).toEqual(
      expect.arrayContaining(["migration.committed", "rollback.completed"]),
    );
    expect(reported(lines, "lease.reported")).toEqual(
      expect.arrayContaining(["recovery.started", "recovery.succeeded", "lease.issued", "attempt.ended"]),
    );
    expect(lines.filter((it) => it.type === "escalation.opened")).toMatchObject([
      { subject: "feature-branch", message: expect.stringContaining("rebase_branch") },
    ]);
    const failed = lines.find((it) => it.type === "server.startFailed");
    expect(failed).toMatchObject({ plugin: "tour-handshake", failure: { code: "exited_in_handshake" } });
    expect(failed?.["failure"]).toMatchObject({ message: expect.stringContaining("code 7") });
  });

  it("goes beyond the end of the run, kills nothing of the tour by chaos, and tells it in words", async () => {
    const args = ["run", "--tour", "--for", "2s", "--chaos", "1", "--seed", "3"];
    const { code, stdout } = await homeostat(args, folderWith(config));
    expect(stdout).toContain("the tour takes about 15 s: the run ends when it is over");
    expect(stdout).toMatch(/homeostat: killed memory, pid \d+ \(kill 1 of 1\)/);
    expect(stdout).toMatch(/worker-2 goes on from the checkpoint/);
    expect(stdout).toMatch(/ {2}1 lease taken over\n {2}1 escalation open\n/);
    expect(stdout).toContain("killed 1 server, 1 recovered");
    expect(code).toBe(0);
  });

  it.each([
    ["its server is down", (it: Line) => it.type === "server.exited"],
    ["an agent is on the move", (it: Line) => it.type === "migration.reported"],
    ["an attempt has lost its worker", (it: Line) => it.type === "lease.reported"],
  ])("stops in order at a Ctrl-C while %s", async (what, matches) => {
    const command = start(["run", "--tour", "--json"], folderWith(config));
    const serves = await command.record("memory serves", (it) => {
      return it.type === "server.started" && it["plugin"] === "memory";
    });
    const runId = environmentOf(Number(serves["pid"]), "HOMEOSTAT_OWNER");
    await command.record(what, matches);
    expect(findByEnvironment("HOMEOSTAT_OWNER", runId)).not.toEqual([]);
    command.child.kill("SIGINT");
    const { code, stdout } = await command.ended;
    expect(parseLines(stdout).at(-1)).toMatchObject({
      type: "summary",
      endedBy: "request",
      orphans: 0,
      tour: { problems: [] },
    });
    expect(code).toBe(0);
    expect(findByEnvironment("HOMEOSTAT_OWNER", runId)).toEqual([]);
  });

  it("refuses a configuration with a plugin of one of its names, before anything is started", async () => {
    const folder = folderWith({ mcpServers: { "tour-crash": memory } });
    const { code, stdout, stderr } = await homeostat(["run", "--tour", "--json"], folder);
    expect(code).toBe(2);
    expect(parseLines(stdout)).toMatchObject([{ type: "error", code: "config_invalid" }]);
    expect(stderr).toContain("tour-crash");
  });
});
