import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { HomeostatError } from "../../../src/core/errors.ts";
import { openLocalHost, readOwner } from "../../../src/node/index.ts";
import { claim, passOn } from "../../../src/node/migration/owner-file.ts";
import { isAlive } from "../../../src/node/process/proc.ts";
import { call, faultyServer, Hosts } from "../../support/migration.ts";
import { temporaryFolder } from "../../support/processes.ts";

const echoing = { server: () => faultyServer(""), readBack: null };

describe("L1: a host serves an agent", () => {
  it("that nobody owned, and owns it then", async () => {
    const hosts = new Hosts(["a", "b"], echoing);
    expect(readOwner(hosts.agent)).toBeNull();
    const session = await hosts.host("a").start(hosts.agent);
    expect(await call(session, "echo")).toMatchObject({ outcome: "completed" });
    expect(readOwner(hosts.agent)).toEqual({ agentId: "notes", owner: "a", epoch: 1 });
  });

  it("unless another one owns it", async () => {
    const hosts = new Hosts(["a", "b"], echoing);
    await hosts.host("a").start(hosts.agent);
    await expect(hosts.host("b").start(hosts.agent)).rejects.toMatchObject({
      code: "invalid_state",
      message: 'agent "notes" belongs to "a", not to host "b"; start it there, or migrate it',
    });
    await hosts.host("b").prepare(hosts.agent, new AbortController().signal);
    expect(() => hosts.host("b").serve(hosts.agent)).toThrow('belongs to "a"');
    expect(hosts.look()).toEqual(["a"]);
  });

  it("alone, when several start it at once", async () => {
    const hosts = new Hosts(["a", "b", "c"], echoing);
    const started = await Promise.allSettled(hosts.all.map((it) => it.start(hosts.agent)));
    expect(started.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(hosts.look()).toEqual([readOwner(hosts.agent)?.owner]);
    expect(hosts.running()).toEqual(hosts.look());
  });

  it("unless nobody can tell whose it is", async () => {
    const hosts = new Hosts(["a"], echoing);
    for (const text of ["{", '{"agentId":"other","owner":"a","epoch":1}']) {
      writeFileSync(hosts.agent.ownerFile, text);
      await expect(hosts.host("a").start(hosts.agent)).rejects.toMatchObject({ code: "state_corrupt" });
    }
    expect(hosts.running()).toEqual([]);
  });
});

it("an owner is followed only by whoever saw it last", () => {
  const { agent } = new Hosts(["a", "b"], echoing);
  const first = claim(agent, "a");
  expect(claim(agent, "b")).toEqual(first);
  const second = passOn(agent, first, "b");
  expect(second).toEqual({ agentId: "notes", owner: "b", epoch: 2 });
  expect(() => passOn(agent, first, "c")).toThrow('belongs to "b", expected "a" in epoch 1');
  passOn(agent, passOn(agent, second, "a"), "b");
  expect(() => passOn(agent, second, "c")).toThrow("in epoch 2");
  expect(readOwner(agent)).toEqual({ agentId: "notes", owner: "b", epoch: 4 });
});

it("L2: a host starts no agent that stands still", async () => {
  const hosts = new Hosts(["a"], echoing);
  const a = hosts.host("a");
  await a.start(hosts.agent);
  await a.stop(hosts.agent);
  mkdirSync(join(a.placeOf(hosts.agent).directory, "migration-m1"));
  await expect(a.start(hosts.agent)).rejects.toMatchObject({
    code: "invalid_state",
    message: expect.stringContaining("stands still"),
  });
  expect(hosts.running()).toEqual([]);
});

describe("L3: a host runs one process of an agent", () => {
  it("however often it is started", async () => {
    const hosts = new Hosts(["a"], echoing);
    const a = hosts.host("a");
    const [first, second] = await Promise.all([a.start(hosts.agent), a.start(hosts.agent)]);
    expect(second).toBe(first);
    expect(await a.start(hosts.agent)).toBe(first);
  });

  it("and replaces one that does not answer", async () => {
    const server = () => ({
      ...faultyServer(""),
      probe: { timeoutMs: 200 },
      stop: { eofMs: 50, termMs: 50 },
    });
    const hosts = new Hosts(["a"], { ...echoing, server });
    const first = await hosts.host("a").start(hosts.agent);
    process.kill(first.pid ?? 0, "SIGSTOP");
    const second = await hosts.host("a").start(hosts.agent);
    expect(isAlive(first.pid ?? 0)).toBe(false);
    expect(await call(second, "pid")).toMatchObject({
      result: { content: [{ text: String(second.pid) }] },
    });
  });
});

describe("a session", () => {
  it("takes no more calls once the agent was stopped, or its process has ended", async () => {
    const hosts = new Hosts(["a"], echoing);
    const a = hosts.host("a");
    const stopped = await a.start(hosts.agent);
    expect(await a.stop(hosts.agent)).toMatchObject({ cause: "requested" });
    expect(a.session(hosts.agent)).toBeNull();
    expect(await call(stopped, "echo")).toEqual({ outcome: "notSent" });
    const killed = await a.start(hosts.agent);
    process.kill(killed.pid ?? 0, "SIGKILL");
    await killed.exited;
    expect(a.session(hosts.agent)).toBeNull();
    expect(await call(killed, "echo")).toEqual({ outcome: "notSent" });
    expect(await a.stop(hosts.agent)).toBeNull();
  });

  it("finishes the call under way before its host is withdrawn", async () => {
    const hosts = new Hosts(["a"], { ...echoing, server: () => faultyServer("slow-call:200") });
    const a = hosts.host("a");
    const session = await a.start(hosts.agent);
    const order: string[] = [];
    const calling = call(session, "echo").then(({ outcome }) => order.push(outcome));
    const withdrawing = a
      .withdraw(hosts.agent, new AbortController().signal)
      .then(() => order.push("withdrawn"));
    expect(await call(session, "echo")).toEqual({ outcome: "notSent" });
    await Promise.all([calling, withdrawing]);
    expect(order).toEqual(["completed", "withdrawn"]);
    expect(a.serve(hosts.agent)).toBe(session);
    expect(await call(session, "echo")).toMatchObject({ outcome: "completed" });
  });

  it("is withdrawn when nobody waits any longer for its calls", async () => {
    const hosts = new Hosts(["a"], { ...echoing, server: () => faultyServer("hang-call") });
    const session = await hosts.host("a").start(hosts.agent);
    const calling = call(session, "echo");
    await hosts.host("a").withdraw(hosts.agent, AbortSignal.timeout(20));
    await hosts.host("a").stop(hosts.agent);
    expect(await calling).toMatchObject({ outcome: "lost" });
  });
});

describe("a host", () => {
  it("says why an agent does not start, and leaves nothing", async () => {
    const hosts = new Hosts(["a"], { ...echoing, server: () => faultyServer("init-error") });
    await expect(hosts.host("a").start(hosts.agent)).rejects.toMatchObject({ code: "handshake_rejected" });
    expect(hosts.running()).toEqual([]);
  });

  it.each([
    ["its server", { server: () => ({ command: "" }) }],
    ["its file", { stateFile: "../memory.jsonl" }],
    ["its file", { stateFile: "migration-m1" }],
    ["its file", { stateFile: ".." }],
  ])("refuses an agent where %s makes no sense (%j)", async (_, wrong) => {
    const hosts = new Hosts(["a"], { ...echoing, ...wrong });
    await expect(hosts.host("a").start(hosts.agent)).rejects.toMatchObject({ code: "config_invalid" });
  });

  it("without its directory says so, and does not make another", async () => {
    const hosts = new Hosts(["a"], echoing);
    const a = hosts.host("a");
    rmSync(a.directory, { recursive: true });
    await expect(a.start(hosts.agent)).rejects.toMatchObject({ code: "host_unreachable" });
    await expect(a.capabilities()).rejects.toMatchObject({ code: "host_unreachable" });
    expect(existsSync(a.directory)).toBe(false);
  });

  it("cannot be opened where there is a file", () => {
    const directory = join(temporaryFolder(), "file");
    writeFileSync(directory, "");
    expect(() => openLocalHost({ name: "a", directory })).toThrow(HomeostatError);
  });

  it("keeps agents apart, whatever they are called", async () => {
    const hosts = new Hosts(["a"], echoing);
    const places = ["..", ".", "", "a/b", "a%2Fb", "*"].map((id) =>
      hosts.host("a").placeOf({ ...hosts.agent, id }),
    );
    const folders = places.map(({ directory }) => directory);
    expect(new Set(folders).size).toBe(folders.length);
    expect(folders.every((it) => join(it, "..") === hosts.host("a").directory)).toBe(true);
  });

  it("ends all of its processes when it is closed", async () => {
    const hosts = new Hosts(["a"], echoing);
    const { pid } = await hosts.host("a").start(hosts.agent);
    await hosts.host("a").close();
    expect(isAlive(pid ?? 0)).toBe(false);
  });
});
