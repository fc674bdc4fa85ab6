import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { HomeostatError } from "../../../src/core/errors.ts";
import { countOrphans, openRunDirectory, type RunDirectory } from "../../../src/node/index.ts";
import { identify, recognise } from "../../../src/node/process/identity.ts";
import { isAlive, sendSignal } from "../../../src/node/process/proc.ts";
import { killHard, startHost, startSleeper, temporaryFolder } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

describe("the lock of a run directory", () => {
  it("D1: refuses a second host and names the first one's pid", async () => {
    const path = temporaryFolder();
    const first = await startHost(path, "lock");
    const second = await startHost(path, "lock");
    expect(second).toMatchObject({
      locked: false,
      code: "run_directory_locked",
      details: { pid: first.host.pid },
    });
    expect(second.message).toContain(`pid ${first.host.pid}`);
  });

  it("D1: refuses a second owner within the same process", () => {
    const path = temporaryFolder();
    open(path);
    expect(() => open(path)).toThrow(HomeostatError);
  });

  it("D1: is not damaged by who was refused", async () => {
    const path = temporaryFolder();
    const first = await startHost(path, "lock");
    const before = contents(path);
    for (let tries = 0; tries < 3; tries += 1) expect(() => open(path)).toThrow(`pid ${first.host.pid}`);
    expect(contents(path)).toEqual(before);
  });

  it("D2: passes to the next host when its owner was killed", async () => {
    const path = temporaryFolder();
    const first = await startHost(path, "lock");
    await killHard(first.host);
    const second = await startHost(path, "lock");
    expect(second.locked).toBe(true);
    expect(() => open(path)).toThrow(`pid ${second.host.pid}`);
  });

  it("D2: passes to exactly one of several hosts", async () => {
    const path = temporaryFolder();
    await killHard((await startHost(path, "lock")).host);
    const hosts = await Promise.all(Array.from({ length: 5 }, () => startHost(path, "lock")));
    const [winner, ...others] = hosts.filter(({ locked }) => locked);
    expect(others).toEqual([]);
    const refused = hosts.filter(({ locked }) => !locked);
    expect(refused.map(({ details }) => details?.["pid"])).toEqual(refused.map(() => winner?.host.pid));
  });

  it.each(["startTime", "bootId"] as const)("D2: passes on although the pid is in use again: %s", (field) => {
    const path = temporaryFolder();
    const other = startSleeper();
    const owner = { ...identify(other), [field]: "12345", runId: "earlier", released: false };
    writeFileSync(join(path, "lock.7"), JSON.stringify(owner));
    expect(open(path).path).toBe(path);
    expect(isAlive(other)).toBe(true);
  });

  it("D2: passes on from a damaged file", () => {
    const path = temporaryFolder();
    writeFileSync(join(path, "lock.3"), '{"pid": 1');
    open(path);
    expect(() => open(path)).toThrow(`pid ${process.pid}`);
  });

  it("is free after its owner closed it, and the next one has another run id", () => {
    const path = temporaryFolder();
    const first = open(path);
    first.close();
    first.close();
    const second = open(path);
    expect(second.runId).not.toBe(first.runId);
    // It is no longer the first one's to give away.
    first.close();
    expect(() => open(path)).toThrow(`pid ${process.pid}`);
    expect(locks(path)).toEqual(["lock.2"]);
  });

  it("leaves one file, however many hosts there were", () => {
    const path = temporaryFolder();
    for (let hosts = 0; hosts < 4; hosts += 1) open(path).close();
    expect(locks(path)).toEqual(["lock.4"]);
  });
});

describe("reaping", () => {
  it("ends what a killed host left behind, and nothing else", async () => {
    const path = temporaryFolder();
    const { host, pid, runId } = await startHost(path, "serve", "keepalive,ignore-term,escaped-grandchild");
    const foreign = startSleeper();
    const reused = startSleeper();
    await killHard(host);
    await until("the host's pipes are closed", () => countOrphans(runId) === 2);
    // What a reused pid looks like: its number is in the register, with another time of birth.
    const stale = { kind: "process", ...identify(reused), startTime: "1", runId };
    appendFileSync(join(path, "processes.jsonl"), `${JSON.stringify(stale)}\n`);

    const { reaped, refused } = await open(path).reap();
    expect(reaped.map((it) => it.pid)).toContain(pid);
    expect(reaped).toHaveLength(2);
    expect(refused).toEqual([{ pid: reused, why: expect.stringContaining("did not start") }]);
    expect(countOrphans(runId)).toBe(0);
    expect([foreign, reused].map(isAlive)).toEqual([true, true]);
  });

  it("G17: finds a registered process no more whose pid belongs to another program, and does not signal that", async () => {
    const path = temporaryFolder();
    const other = startSleeper();
    const entry = { kind: "process", ...identify(other), startTime: "1", runId: "earlier" };
    writeFileSync(join(path, "processes.jsonl"), `${JSON.stringify(entry)}\n`);
    expect(recognise(entry)).toBe("other");
    expect(await open(path).reap()).toEqual({
      reaped: [],
      refused: [{ pid: other, why: expect.stringContaining("did not start") }],
    });
    expect(isAlive(other)).toBe(true);
    // The same entry with its own time of birth is ended: it is the identity that saves it.
    expect(recognise({ ...entry, ...identify(other) })).toBe("same");
  });

  it("G19: finds a registered process gone that has ended", async () => {
    const path = temporaryFolder();
    const { host, pid } = await startHost(path, "serve", "");
    const entry = identify(pid ?? 0);
    expect(recognise(entry)).toBe("same");
    await killHard(host);
    await until("the server has ended with its host", () => !isAlive(entry.pid));
    expect(recognise(entry)).toBe("gone");
    expect(await open(path).reap()).toEqual({ reaped: [], refused: [] });
  });

  it("D4: leaves a process of another boot alone", async () => {
    const path = temporaryFolder();
    const other = startSleeper();
    const entry = { kind: "process", ...identify(other), bootId: "another boot", runId: "earlier" };
    writeFileSync(join(path, "processes.jsonl"), `${JSON.stringify(entry)}\n`);
    const { reaped, refused } = await open(path).reap();
    expect(reaped).toEqual([]);
    expect(refused.map(({ pid }) => pid)).toEqual([other]);
    expect(isAlive(other)).toBe(true);
  });

  it("ends a registered process that lost its mark", async () => {
    const path = temporaryFolder();
    const left = startSleeper();
    writeFileSync(
      join(path, "processes.jsonl"),
      `${JSON.stringify({ kind: "process", ...identify(left), runId: "earlier" })}\n`,
    );
    expect((await open(path).reap()).reaped.map(({ pid }) => pid)).toEqual([left]);
    expect(isAlive(left)).toBe(false);
  });

  it("ends a marked process that is not in the register", async () => {
    const path = temporaryFolder();
    const first = open(path);
    const left = startSleeper({ HOMEOSTAT_OWNER: first.runId });
    const similar = startSleeper({ HOMEOSTAT_OWNER: `${first.runId}0` });
    await until("both are marked", () => countOrphans(first.runId) + countOrphans(`${first.runId}0`) === 2);
    first.close();
    expect((await open(path).reap()).reaped.map(({ pid }) => pid)).toEqual([left]);
    expect([left, similar].map(isAlive)).toEqual([false, true]);
  });

  it("ends a marked process of the host before although the register is lost", async () => {
    const path = temporaryFolder();
    const { host, pid, runId } = await startHost(path, "serve", "keepalive");
    await killHard(host);
    rmSync(join(path, "processes.jsonl"));
    expect((await open(path).reap()).reaped.map((it) => it.pid)).toEqual([pid]);
    expect(countOrphans(runId)).toBe(0);
  });

  it("spares the processes of its own run", async () => {
    const own = open(temporaryFolder());
    const pid = startSleeper({ HOMEOSTAT_OWNER: own.runId });
    own.recordProcess(pid);
    expect(await own.reap()).toEqual({ reaped: [], refused: [] });
    expect(isAlive(pid)).toBe(true);
  });

  it("goes on behind a torn last line", async () => {
    const path = temporaryFolder();
    const left = startSleeper();
    const entry = JSON.stringify({ kind: "process", ...identify(left), runId: "earlier" });
    writeFileSync(join(path, "processes.jsonl"), `${entry}\n${entry.slice(0, 20)}`);
    const own = open(path);
    const later = startSleeper();
    own.recordProcess(later);
    own.close();
    expect((await open(path).reap()).reaped.map(({ pid }) => pid)).toEqual([left, later]);
  });

  it("forgets what is gone", async () => {
    const path = temporaryFolder();
    const first = open(path);
    const pid = startSleeper();
    first.recordProcess(pid);
    first.forgetProcess(pid);
    first.close();
    expect(await open(path).reap()).toEqual({ reaped: [], refused: [] });
    expect(isAlive(pid)).toBe(true);
    expect(readFileSync(join(path, "processes.jsonl"), "utf8")).not.toContain(String(pid));
  });
});

it("a host that exits takes its stubborn servers along", async () => {
  const { host, pid, runId } = await startHost(temporaryFolder(), "exit", "keepalive,ignore-term");
  expect(pid).toBeGreaterThan(1);
  await until("the host has ended", () => host.exitCode === 0);
  await until("the server is gone", () => countOrphans(runId) === 0);
});

it.each([0, 1, -1, Number.NaN])("nothing is ever signalled as %d", (target) => {
  expect(sendSignal(target, "SIGCONT")).toBe(false);
});

function open(path: string): RunDirectory {
  const directory = openRunDirectory(path);
  onTestFinished(() => directory.close());
  return directory;
}

function locks(path: string): string[] {
  return readdirSync(path).filter((name) => name.includes("lock"));
}

function contents(path: string): Record<string, string> {
  return Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name), "utf8")]));
}
