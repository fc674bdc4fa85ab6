import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { findByEnvironment, isAlive, readStat } from "../../src/node/process/proc.ts";
import {
  folderWith,
  homeostat,
  type Line,
  parseLines,
  referenceServer,
  type RunningCommand,
  start,
} from "../support/command.ts";
import { faultySpec } from "../support/faulty.ts";
import { environmentOf } from "../support/processes.ts";
import { until } from "../support/until.ts";

const memory = {
  ...referenceServer("memory"),
  env: { MEMORY_FILE_PATH: "${HOMEOSTAT_SCRATCH}/memory.jsonl" },
};
const twoServers = { mcpServers: { memory, everything: referenceServer("everything", "stdio") } };
const faulty = (fault: string) => {
  const { command, args, env } = faultySpec(fault);
  return { command, args, env };
};

describe("homeostat run", () => {
  it("kills a server, sees it serve again and says how long it was down", async () => {
    const { code, stdout } = await homeostat(
      ["run", "--for", "6s", "--chaos", "1", "--seed", "5", "--json"],
      folderWith(twoServers),
    );
    const lines = parseLines(stdout);
    const summary = lines.at(-1);
    expect(summary).toMatchObject({
      type: "summary",
      exitCode: 0,
      kills: 1,
      recovered: 1,
      orphans: 0,
      seed: 5,
      endedBy: "time",
      perKill: [{ by: "restart" }],
      plugins: [
        { name: "memory", state: "healthy" },
        { name: "everything", state: "healthy" },
      ],
    });
    expect(code).toBe(0);
    const [kill] = (summary?.["perKill"] ?? []) as Record<string, number>[];
    const after = lines
      .filter((it) => it.type === "server.started" && it["plugin"] === kill?.["plugin"])
      .at(-1);
    expect(after).toMatchObject({ pid: kill?.["newPid"], incarnation: 2 });
    // The policy waits 250 ms before the restart.
    expect(kill?.["downMs"]).toBeGreaterThan(250);
    expect(lines.slice(0, -1).map((it) => it["seq"])).toEqual(
      lines.slice(0, -1).map((_, index) => index + 1),
    );
    expect(lines.slice(0, -1).at(-1)?.type).toBe("supervisor.stopped");
  });

  it("tells the same in plain lines without a terminal", async () => {
    const command = start(["run", "--chaos", "1", "--seed", "7"], folderWith({ mcpServers: { memory } }));
    await until("it serves again", () => command.stdout.includes("serves again"), 20_000);
    command.child.kill("SIGINT");
    const { code, stdout } = await command.ended;
    expect(code).toBe(0);
    const lines = stdout.split("\n").map((it) => it.replace(/^\d\d:\d\d:\d\d /, ""));
    expect(lines).toEqual([
      "homeostat: 1 kill to come, chosen with --seed 7",
      "homeostat: starts 1 plugin",
      expect.stringMatching(/^memory: serves: 9 tools, pid \d+, started in /),
      expect.stringMatching(/^homeostat: killed memory, pid \d+ \(kill 1 of 1\)$/),
      expect.stringMatching(/^memory: killed by SIGKILL after /),
      "memory: starts again in 250 ms",
      expect.stringMatching(/^memory: serves again: 9 tools, pid \d+, was down for /),
      "homeostat: stopping… press Ctrl-C again to kill",
      "homeostat: stops all plugins, the last one first",
      "homeostat: has stopped all plugins",
      "",
      expect.stringMatching(/^ran for .*, then was asked to stop$/),
      "killed 1 server, 1 recovered",
      expect.stringMatching(/^ {2}memory \(pid \d+\) was down for .* brought back by a restart$/),
      "no process of this run is left",
      "",
    ]);
  });

  it("says that a kill cannot be made when no budget has a retry, and fails", async () => {
    const folder = folderWith({ mcpServers: { memory }, crashBudget: { retries: 0 } });
    const { code, stdout } = await homeostat(["run", "--for", "1s", "--chaos", "1"], folder);
    expect(code).toBe(1);
    expect(stdout).toContain("1 kill could not be made in time: no healthy server had a retry left");
  });

  it("says which command is missing, does not try it again and leaves the others unharmed", async () => {
    const folder = folderWith({ mcpServers: { absent: { command: "no-such-command" }, memory } });
    const command = start(["run", "--json"], folder);
    await command.record("the other one serves", serves("memory"));
    await command.record("it has failed", (it) => it.type === "server.startFailed");
    command.child.kill("SIGINT");
    const { code, stdout } = await command.ended;
    const lines = parseLines(stdout);
    expect(lines.filter((it) => it.type === "server.startFailed")).toMatchObject([
      {
        plugin: "absent",
        failure: {
          code: "command_missing",
          message: expect.stringContaining("no-such-command"),
          permanent: true,
        },
      },
    ]);
    expect(lines.at(-1)).toMatchObject({
      notServing: ["absent"],
      plugins: [{ state: "failed" }, { name: "memory", state: "healthy", servers: [{ restarts: 0 }] }],
    });
    expect(code).toBe(1);
  });

  it("shows exit code and stderr of a server that ends in its handshake", async () => {
    const command = start(["run"], folderWith({ mcpServers: { bad: faulty("exit-boot") } }));
    await until("it says so", () => /bad: did not start: .*code 3/.test(command.stdout), 20_000);
    command.child.kill("SIGINT");
    expect(await command.ended).toMatchObject({ code: 1 });
  });

  it("refuses a run directory that another run owns, names that one's pid and leaves it alone", async () => {
    const folder = folderWith({ mcpServers: { memory } });
    const first = start(["run", "--json"], folder);
    await first.record("the first run serves", serves("memory"));
    const second = await homeostat(["run", "--json"], folder);
    expect(second.code).toBe(3);
    expect(second.stderr).toContain(String(first.child.pid));
    expect(parseLines(second.stdout)).toMatchObject([{ type: "error", code: "run_directory_locked" }]);
    first.child.kill("SIGINT");
    const { code, stdout } = await first.ended;
    expect(code).toBe(0);
    expect(parseLines(stdout).filter((it) => it.type === "server.exited")).toMatchObject([
      { unexpected: false },
    ]);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "stops in order on %s and leaves nothing",
    async (signal) => {
      const folder = folderWith(twoServers);
      const command = start(["run", "--json"], folder);
      const pids = await Promise.all(["memory", "everything"].map((it) => pidOf(command, it)));
      const scratch = dirname(environmentOf(pids[0] ?? 0, "MEMORY_FILE_PATH"));
      expect(existsSync(scratch)).toBe(true);
      command.child.kill(signal);
      const { code, stdout, stderr } = await command.ended;
      const lines = parseLines(stdout);
      expect(code).toBe(0);
      expect(stderr).toContain("stopping… press Ctrl-C again to kill");
      expect(lines.at(-1)).toMatchObject({ type: "summary", endedBy: "request", orphans: 0 });
      const stopped = lines.filter((it) => it.type === "server.exited").map((it) => it["plugin"]);
      expect(stopped).toEqual(["everything", "memory"]);
      expect(pids.filter((pid) => isAlive(pid))).toEqual([]);
      expect(existsSync(scratch)).toBe(false);
    },
  );

  it("kills what is left at a second SIGINT", async () => {
    const folder = folderWith({ mcpServers: { stubborn: faulty("keepalive,ignore-term") } });
    const command = start(["run", "--json"], folder);
    const pid = await pidOf(command, "stubborn");
    command.child.kill("SIGINT");
    await command.record("it stops", (it) => it.type === "supervisor.stopping");
    // Again and again, as an impatient person: what comes too soon after the first one is taken for the same.
    await until("it has ended", () => {
      command.child.kill("SIGINT");
      return command.child.exitCode !== null;
    });
    expect(await command.ended).toMatchObject({ code: 130 });
    await until("the server is gone", () => !isAlive(pid));
  });

  it("ends what a killed host left behind, at the next start at the latest", async () => {
    const { env, ...spec } = faulty("keepalive");
    const stubborn = { ...spec, env: { ...env, SCRATCH: "${HOMEOSTAT_SCRATCH}" } };
    const folder = folderWith({ mcpServers: { stubborn } });
    const first = start(["run", "--json"], folder);
    const pid = await pidOf(first, "stubborn");
    const { startTime } = readStat(pid) ?? {};
    const scratch = environmentOf(pid, "SCRATCH");
    expect(existsSync(scratch)).toBe(true);
    first.child.kill("SIGKILL");
    await first.ended;
    const second = start(["run", "--json"], folder);
    await second.record("the next run serves", serves("stubborn"));
    expect(isAlive(pid) && readStat(pid)?.startTime === startTime).toBe(false);
    expect(existsSync(scratch)).toBe(false);
    second.child.kill("SIGINT");
    const { code, stdout } = await second.ended;
    expect(parseLines(stdout).at(-1)).toMatchObject({ reaped: 1, orphans: 0 });
    expect(code).toBe(0);
  });

  it("stops in order when nobody reads its output any more", async () => {
    const folder = folderWith({ mcpServers: { memory } });
    const command = start(["run", "--json"], folder);
    const pid = await pidOf(command, "memory");
    const runId = environmentOf(pid, "HOMEOSTAT_OWNER");
    command.child.stdout?.destroy();
    // Its next line is what meets the closed pipe.
    process.kill(pid, "SIGKILL");
    const { code, stderr } = await command.ended;
    // The restart was under way, or done.
    expect([0, 1]).toContain(code);
    expect(stderr).toBe("");
    expect(findByEnvironment("HOMEOSTAT_OWNER", runId)).toEqual([]);
  });
});

const serves =
  (plugin: string) =>
  (line: Line): boolean =>
    line.type === "server.started" && line["plugin"] === plugin;

async function pidOf(command: RunningCommand, plugin: string): Promise<number> {
  const { pid } = await command.record(`${plugin} serves`, serves(plugin));
  return Number(pid);
}

/** What a process was given as the variable `name`. */
