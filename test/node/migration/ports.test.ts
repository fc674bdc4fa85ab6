import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PortInput, Snapshot } from "../../../src/core/migration.ts";
import { createMigrationPorts, openLocalHost } from "../../../src/node/index.ts";
import { digestFile } from "../../../src/node/migration/files.ts";
import { isAlive } from "../../../src/node/process/proc.ts";
import { digestOf } from "../../fakes/migration-world.ts";
import { call, faultyServer, type Hosts, hostsWithFault } from "../../support/migration.ts";
import { temporaryFolder } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

const never = new AbortController().signal;
const subject = { migration: "m1", agent: "notes", source: "a", attempt: 0 };
const done = { outcome: "done" };

describe("capture", () => {
  it("describes the final state of a source that has ended, and names where its bytes are", async () => {
    const hosts = await hostsWithFault(["a", "b"], "");
    const captured = await hosts.ports().capture(subject, never);
    expect(captured).toMatchObject({ ...done, source: "a", digest: digestOf(hosts.state("a")) });
    expect(readFileSync(pathIn(captured))).toEqual(hosts.state("a"));
    expect(isAlive(hosts.session.pid ?? 0)).toBe(false);
  });

  it("can be repeated: it describes the same, and still knows what the source answered", async () => {
    const hosts = await hostsWithFault(["a", "b"], "");
    const ports = hosts.ports();
    const first = await ports.capture(subject, never);
    const facts = readFileSync(join(pathIn(first), "..", "facts.json"), "utf8");
    const second = await ports.capture({ ...subject, attempt: 1 }, never);
    expect(second).toMatchObject({ digest: "digest" in first ? first.digest : null });
    expect(readFileSync(join(pathIn(first), "..", "facts.json"), "utf8")).toBe(facts);
    expect(JSON.parse(facts)).toMatchObject({ readBack: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it("of a source that had crashed takes its state as it is", async () => {
    const hosts = await hostsWithFault(["a", "b"], "");
    process.kill(hosts.session.pid ?? 0, "SIGKILL");
    await hosts.session.exited;
    expect(await hosts.ports().capture(subject, never)).toMatchObject(done);
  });

  it("of a source that has to be killed is refused: its state may be cut off", async () => {
    const hosts = await hostsWithFault(["a", "b"], "");
    await hosts.host("a").stop(hosts.agent);
    const stubborn = { ...faultyServer("keepalive,ignore-term"), stop: { eofMs: 50, termMs: 50 } };
    const agent = { ...hosts.agent, server: () => stubborn };
    await hosts.host("a").start(agent);
    const ports = createMigrationPorts({ hosts: hosts.all, agent });
    expect(await ports.capture(subject, never)).toMatchObject({
      outcome: "failed",
      errorType: "StateCorruption",
      message: expect.stringContaining("stop.termMs"),
    });
    expect(await ports.rollback({ ...subject, target: null, snapshot: null }, never)).toMatchObject(done);
    expect(hosts.look()).toEqual(["a"]);
  });

  it("of an agent without state is refused before anything is stopped", async () => {
    const hosts = await hostsWithFault(["a", "b"], "");
    const agent = { ...hosts.agent, stateFile: "mistyped.jsonl" };
    const ports = createMigrationPorts({ hosts: hosts.all, agent });
    const refusal = { errorType: "Unknown", message: expect.stringContaining("mistyped.jsonl") };
    expect(await ports.checkCompatibility({ ...subject, target: "b" }, never)).toMatchObject(refusal);
    expect(await ports.capture(subject, never)).toMatchObject(refusal);
    expect(hosts.look()).toEqual(["a"]);
  });
});

describe("commit", () => {
  it("can be repeated", async () => {
    const { hosts, ports, moved } = await restored();
    expect(await ports.commit(moved, never)).toEqual({ ...done, details: "Migration committed" });
    expect(await ports.commit(moved, never)).toMatchObject(done);
    expect(hosts.owner()).toMatchObject({ owner: "b", epoch: 2 });
  });

  it("is refused while the source still runs", async () => {
    const { hosts, ports, moved } = await restored();
    await hosts.host("a").prepare(hosts.agent, never);
    expect(await ports.commit(moved, never)).toMatchObject({
      outcome: "failed",
      message: expect.stringContaining("still runs"),
    });
    expect(hosts.owner()).toMatchObject({ owner: "a", epoch: 1 });
  });

  it("says what it could not do after its point of no return", async () => {
    const { hosts, ports, moved } = await restored();
    // A folder where its state was: it cannot be removed as a file.
    const { directory, stateFile } = hosts.host("a").placeOf(hosts.agent);
    const agent = { ...hosts.agent, stateFile: "folder" };
    mkdirSync(join(directory, "folder"));
    const committed = await createMigrationPorts({ hosts: hosts.all, agent }).commit(moved, never);
    expect(committed).toMatchObject({
      ...done,
      details: expect.stringContaining("source's copy is still there"),
    });
    expect(hosts.look()).toEqual(["b"]);
    expect(existsSync(stateFile)).toBe(true);
    expect(await ports.settleCommit(moved, never)).toMatchObject({ committed: true });
    expect(existsSync(stateFile)).toBe(false);
  });

  it("cannot be taken back", async () => {
    const { hosts, ports, moved } = await restored();
    await ports.commit(moved, never);
    const state = hosts.state("b");
    const refusal = { outcome: "failed", message: expect.stringContaining('belongs to "b"') };
    expect(await ports.discard(moved, never)).toMatchObject(refusal);
    expect(await ports.rollback(moved, never)).toMatchObject(refusal);
    expect(await ports.transfer(moved, never)).toMatchObject(refusal);
    expect(hosts.look()).toEqual(["b"]);
    expect(hosts.state("b")).toEqual(state);
  });

  it("that is settled later starts the target, if its process has ended meanwhile", async () => {
    const { hosts, ports, moved } = await restored();
    await ports.commit(moved, never);
    await hosts.host("b").stop(hosts.agent);
    expect(await ports.settleCommit(moved, never)).toEqual({ ...done, committed: true });
    expect(hosts.look()).toEqual(["b"]);
  });

  it("lets the agent be started where it went, whatever an earlier migration left there", async () => {
    const hosts = await hostsWithFault(["a", "b"], "");
    mkdirSync(join(hosts.host("b").placeOf(hosts.agent).directory, "migration-m0"), { recursive: true });
    const { ports, moved } = await restored(hosts);
    await ports.commit(moved, never);
    await hosts.host("b").stop(hosts.agent);
    await hosts.host("b").start(hosts.agent);
    expect(hosts.look()).toEqual(["b"]);
  });
});

describe("what a killed host left half-way", () => {
  it("stands still until it is rolled back by the next one", async () => {
    const { hosts, moved } = await restored();
    await Promise.all(hosts.all.map((it) => it.close()));
    const [a, b] = hosts.all.map(({ name, directory }) => openLocalHost({ name, directory }));
    if (a === undefined || b === undefined) throw new Error("no hosts");
    await expect(a.start(hosts.agent)).rejects.toMatchObject({ code: "invalid_state" });
    const ports = createMigrationPorts({ hosts: [a, b], agent: hosts.agent });
    expect(await ports.rollback(moved, never)).toMatchObject({ ...done, digest: moved.snapshot.digest });
    expect(a.session(hosts.agent)).not.toBeNull();
    expect(hosts.files("b")).toEqual([]);
    await a.close();
  });
});

describe("a port", () => {
  it("M2: that is given up has ended before the next one begins", async () => {
    const starts = join(temporaryFolder(), "starts");
    const env = { FAULT: "hang-init,keepalive,ignore-term", STARTS_FILE: starts };
    const hosts = await hostsWithFault(["a", "b"], "", { env });
    const { ports, moved } = await transferred(hosts);
    const giving = new AbortController();
    const restoring = ports.restore(moved, giving.signal);
    const pid = await until("it starts", () => existsSync(starts) && Number(readFileSync(starts, "utf8")));
    giving.abort();
    const discarding = ports.discard(moved, never).then((answer) => ({ answer, alive: isAlive(pid) }));
    expect(await restoring).toMatchObject({ outcome: "failed", errorType: "Timeout" });
    expect(await discarding).toEqual({ answer: done, alive: false });
    expect(hosts.files("b")).toEqual([]);
  });

  it("M3: that fails leaves no process that it has started", async () => {
    const { hosts, ports, moved } = await transferred(await hostsWithFault(["a", "b"], "call-error"));
    expect(await ports.restore(moved, never)).toMatchObject({ errorType: "TargetUnreachable" });
    expect(hosts.running()).toEqual([]);
    const agent = { ...hosts.agent, server: () => faultyServer("call-error") };
    const unfit = createMigrationPorts({ hosts: hosts.all, agent });
    expect(await unfit.rollback(moved, never)).toMatchObject({ outcome: "failed" });
    expect(hosts.running()).toEqual([]);
  });

  it("that was given up before it began does nothing", async () => {
    const hosts = await hostsWithFault(["a", "b"], "");
    expect(await hosts.ports().capture(subject, AbortSignal.abort())).toMatchObject({ errorType: "Timeout" });
    expect(hosts.look()).toEqual(["a"]);
  });

  it("refuses what it was not made for", async () => {
    const hosts = await hostsWithFault(["a", "b"], "");
    const ports = hosts.ports();
    const failed = (message: string) => ({ outcome: "failed", message: expect.stringContaining(message) });
    expect(await ports.capture({ ...subject, agent: "other" }, never)).toMatchObject(failed('not "other"'));
    expect(await ports.checkCompatibility({ ...subject, target: "a" }, never)).toMatchObject(
      failed("both source and target"),
    );
    expect(await ports.checkCompatibility({ ...subject, target: "z" }, never)).toMatchObject({
      errorType: "NetworkPermanent",
      ...failed('no host "z"'),
    });
    expect(await ports.capture({ ...subject, source: "b" }, never)).toMatchObject(failed('belongs to "a"'));
    const inline = { kind: "inline", encoding: "hex", data: "" } as const;
    const { moved } = await transferred(hosts);
    const snapshot = { ...moved.snapshot, state: inline };
    expect(await ports.inspectSnapshot({ ...subject, snapshot }, never)).toMatchObject(
      failed("path of a file"),
    );
  });
});

it("hosts that share a directory or a name are refused", () => {
  const folder = temporaryFolder();
  const agent = {
    id: "notes",
    ownerFile: join(folder, "owner.json"),
    stateFile: "s",
    server: () => faultyServer(""),
    readBack: null,
  };
  const host = (name: string, directory: string) =>
    openLocalHost({ name, directory: join(folder, directory) });
  const make =
    (...hosts: ReturnType<typeof host>[]) =>
    () =>
      createMigrationPorts({ hosts, agent });
  expect(make(host("a", "1"), host("b", "1"))).toThrow("two hosts have the directory");
  expect(make(host("a", "1"), host("a", "2"))).toThrow('two hosts have the name "a"');
});

it("the digest of a file of many pieces is that of all its bytes", async () => {
  const path = join(temporaryFolder(), "big");
  const bytes = Uint8Array.from({ length: 300_001 }, (_, index) => (index * 7) % 251);
  writeFileSync(path, bytes);
  expect(await digestFile(path, never)).toEqual(digestOf(bytes));
});

/** The chart's snapshot of what was captured, and the input of the ports after it. */
async function transferred(hosts: Hosts) {
  const ports = hosts.ports();
  const captured = await ports.capture(subject, never);
  if (captured.outcome !== "done") throw new Error(JSON.stringify(captured));
  const { state, digest, takenAt } = captured;
  const snapshot: Snapshot = {
    agent: "notes",
    source: "a",
    policyData: "",
    capturedAt: 0,
    state,
    digest,
    takenAt,
  };
  const moved: PortInput<"commit"> = { ...subject, target: "b", snapshot };
  expect(await ports.transfer(moved, never)).toMatchObject(done);
  return { hosts, ports, moved };
}

async function restored(given?: Hosts) {
  const world = await transferred(given ?? (await hostsWithFault(["a", "b"], "")));
  expect(await world.ports.restore(world.moved, never)).toMatchObject(done);
  expect(await call(await world.hosts.host("b").prepare(world.hosts.agent, never), "echo")).toMatchObject({
    outcome: "completed",
  });
  return world;
}

function pathIn(captured: object): string {
  const { state } = captured as { state: { path: string } };
  return state.path;
}
