import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { MigrationPorts, PortInput } from "../../src/core/migration.ts";
import { callAgent } from "../../src/node/index.ts";
import { isAlive } from "../../src/node/process/proc.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { flipByte } from "../support/flip-byte.ts";
import {
  call,
  entities,
  faultyServer,
  Hosts,
  hostsWithFault,
  hostsWithMemory,
  memoryServer,
  migrate,
  type Migration,
} from "../support/migration.ts";
import { temporaryFolder } from "../support/processes.ts";
import { until } from "../support/until.ts";

const graph = { structuredContent: { entities, relations: [] } };

describe("a memory server that migrates", () => {
  it.each([
    ["the first that there is, when none is named", null, "b"],
    ["the one that is named", "c", "c"],
  ])("L01: has the same state at its target, %s", async (_, target, expected) => {
    const hosts = await hostsWithMemory(["a", "b", "c"]);
    const original = hosts.state("a");
    expect(await migrate(hosts, { target }).ended).toMatchObject({
      value: "committed",
      context: { owner: "target", target: expected },
    });
    expect(hosts.look()).toEqual([expected]);
    expect(hosts.state(expected)).toEqual(original);
    expect(await hosts.call(expected, "read_graph")).toMatchObject({ outcome: "completed", result: graph });
  });

  it("answers at the target what it answered at the source, which is gone", async () => {
    const hosts = await hostsWithMemory(["a", "b"]);
    const original = hosts.state("a");
    const { ended, called, reports } = migrate(hosts);
    expect(await ended).toMatchObject({ value: "committed", context: { owner: "target", target: "b" } });
    expect(called).toEqual([
      "chooseTarget",
      "checkCompatibility",
      "capture",
      "transfer",
      "validate",
      "restore",
      "commit",
    ]);
    expect(await hosts.call("b", "read_graph")).toMatchObject({ outcome: "completed", result: graph });
    expect(hosts.state("b")).toEqual(original);
    expect(hosts.owner()).toEqual({ agentId: "notes", owner: "b", epoch: 2 });
    expect(isAlive(hosts.session.pid ?? 0)).toBe(false);
    expect(hosts.files("a")).toEqual([]);
    expect(hosts.files("b")).toEqual(["agent-notes", "agent-notes/memory.jsonl"]);
    expect(reports.at(-1)).toMatchObject({ type: "migration.committed", details: "Migration committed" });
    expectOneAtMost(hosts);
  });

  it("is not to be called while it moves, and whoever called it before is told that nothing was sent", async () => {
    const hosts = await hostsWithMemory(["a", "b"]);
    const seen: unknown[] = [];
    const ports = hosts.ports((real) => ({
      ...observe(real, "transfer", observation),
      ...observe(real, "commit", observation),
    }));
    await migrate(hosts, { ports }).ended;
    const nobody = { serving: [], outcome: { outcome: "notSent" } };
    expect(seen).toEqual([
      { ...nobody, running: [] },
      { ...nobody, running: ["b"] },
    ]);

    async function observation(): Promise<void> {
      const outcome = await call(hosts.session, "read_graph");
      seen.push({ serving: hosts.look(), running: hosts.running(), outcome });
    }
  });

  it("keeps what was written by the calls under way when it began", async () => {
    const hosts = await hostsWithMemory(["a", "b"]);
    const late = { name: "late", entityType: "entity", observations: [] };
    const calling = hosts.call("a", "create_entities", { entities: [late] });
    await migrate(hosts).ended;
    expect(await calling).toMatchObject({ outcome: "completed" });
    expect(await hosts.call("b", "read_graph")).toMatchObject({
      result: { structuredContent: { entities: [...entities, late] } },
    });
  });

  it("can be moved back", async () => {
    const hosts = await hostsWithMemory(["a", "b"]);
    const original = hosts.state("a");
    await migrate(hosts).ended;
    const input = { migration: "m2", agent: "notes", source: "b", attempt: 0 };
    const ports = hosts.ports();
    const never = new AbortController().signal;
    const captured = await ports.capture(input, never);
    if (captured.outcome !== "done") throw new Error(JSON.stringify(captured));
    const snapshot = { agent: "notes", policyData: "", capturedAt: 0, ...captured, source: "b" };
    const moved = { ...input, target: "a", snapshot };
    for (const port of [ports.transfer, ports.validate, ports.restore, ports.commit]) {
      expect(await port(moved, never)).toMatchObject({ outcome: "done" });
    }
    expect(hosts.look()).toEqual(["a"]);
    expect(hosts.owner()).toMatchObject({ owner: "a", epoch: 3 });
    expect(hosts.state("a")).toEqual(original);
    expect(hosts.files("b")).toEqual([]);
  });
});

describe("requests that arrive while an agent moves", () => {
  it("L07: are each handled once, by its owner, or answered at once that nothing was sent", async () => {
    const calls = temporaryFolder();
    const callsAt = (name: string): string[] => {
      const file = join(calls, name);
      return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    };
    const hosts = new Hosts(["a", "b"], {
      server: ({ host }) => faultyServer("slow-call:20", { NTOOLS: "100", CALLS_FILE: join(calls, host) }),
      readBack: null,
    });
    const handle = await hosts.host("a").start(hosts.agent);
    writeFileSync(hosts.stateFile("a"), "the state\n");
    const never = new AbortController().signal;
    const sent: { readonly tool: string; readonly outcome: Promise<string> }[] = [];
    /** Wherever it is served, or by the session that was handed out before. */
    const send = async (isOld = false): Promise<string> => {
      const it = { name: `tool${sent.length + 1}`, args: {}, timeoutMs: 30_000 };
      const calling = isOld ? handle.callTool(it, never) : callAgent(hosts.all, hosts.agent, it, never);
      const outcome = calling.then(({ outcome: word }) => word);
      sent.push({ tool: it.name, outcome });
      return outcome;
    };
    const early = [send(), send(), send(true)];
    // Each phase goes on only when the call that came in it has its answer: one that waits for the move would hang here.
    const inPhases: string[] = [];
    const ports = hosts.ports((real) =>
      Object.assign(
        {},
        ...(["capture", "transfer", "validate", "restore", "commit"] as const).map((name) =>
          observe(real, name, async () => void inPhases.push(`${await send()} ${await send(true)}`)),
        ),
      ),
    );
    const migration = migrate(hosts, { ports });
    migration.actor.on("*", () => void send());
    expect(await migration.ended).toMatchObject({ value: "committed" });
    const late = await send();
    const outcomes = await Promise.all(
      sent.map(async ({ tool, outcome }) => ({ tool, outcome: await outcome })),
    );

    expect(await Promise.all(early)).toEqual(["completed", "completed", "completed"]);
    // Until the capture closes it, the source takes calls.
    expect(inPhases).toEqual(["completed completed", ...Array<string>(4).fill("notSent notSent")]);
    expect(late).toBe("completed");
    const completed = outcomes.filter(({ outcome }) => outcome === "completed").map(({ tool }) => tool);
    expect(outcomes.filter(({ outcome }) => !["completed", "notSent"].includes(outcome))).toEqual([]);
    expect([...callsAt("a"), ...callsAt("b")].toSorted()).toEqual(completed.toSorted());
    expect(callsAt("a")).toEqual(expect.arrayContaining(["tool1", "tool2", "tool3"]));
    expect(callsAt("b")).toContain(sent.at(-1)?.tool);
  });
});

describe("a migration whose target fails", () => {
  it.each([
    ["init-error", "IncompatibleTarget"],
    ["exit-init", "TargetUnreachable"],
    ["exit-call", "TargetUnreachable"],
    ["call-error", "TargetUnreachable"],
    ["list-error", "TargetUnreachable"],
  ])("in its handshake or first call (%s) is rolled back", async (fault, errorType) => {
    const hosts = await hostsWithFault(["a", "b"], fault);
    const original = hosts.state("a");
    const migration = migrate(hosts);
    await expectRolledBack(hosts, migration, original, errorType);
    expect(migration.called).toContain("restore");
  });

  it("by not answering in time is tried again, then rolled back", async () => {
    const hosts = await hostsWithFault(["a", "b"], "hang-init", { start: { handshakeMs: 300 } });
    const original = hosts.state("a");
    const migration = migrate(hosts);
    await expectRolledBack(hosts, migration, original, "Timeout");
    expect(migration.called.filter((it) => it === "restore")).toHaveLength(2);
  });

  it("with a real server at its source goes back to what the source knew", async () => {
    const server = (place: { host: string; stateFile: string }) =>
      place.host === "a" ? memoryServer(place) : faultyServer("init-error");
    const hosts = await hostsWithMemory(["a", "b"], { server });
    const original = hosts.state("a");
    await expectRolledBack(hosts, migrate(hosts), original, "IncompatibleTarget");
    expect(await hosts.call("a", "read_graph")).toMatchObject({ outcome: "completed", result: graph });
  });

  it("by answering something else from the same bytes is rolled back", async () => {
    const server = (place: { host: string; stateFile: string }) =>
      memoryServer(place.host === "a" ? place : { stateFile: `${place.stateFile}.other` });
    const hosts = await hostsWithMemory(["a", "b"], { server });
    const original = hosts.state("a");
    const migration = migrate(hosts);
    await expectRolledBack(hosts, migration, original, "StateCorruption");
    expect(failures(migration)[0]?.message).toContain('answers "read_graph" in another way');
  });

  it("by being killed after it was restored is rolled back", async () => {
    const hosts = await hostsWithMemory(["a", "b"]);
    const original = hosts.state("a");
    const ports = hosts.ports((real) => observe(real, "commit", () => killAt(hosts, "b")));
    await expectRolledBack(hosts, migrate(hosts, { ports }), original, "TargetUnreachable");
    expect(hosts.owner()).toEqual({ agentId: "notes", owner: "a", epoch: 1 });
  });

  it("by being killed after it was restored goes on to another target", async () => {
    const hosts = await hostsWithMemory(["a", "b", "c"]);
    const ports = hosts.ports((real) =>
      observe(real, "commit", async ({ target }) => {
        if (target === "b") await killAt(hosts, "b");
      }),
    );
    expect(await migrate(hosts, { ports }).ended).toMatchObject({
      value: "committed",
      context: { target: "c" },
    });
    expect(await hosts.call("c", "read_graph")).toMatchObject({ outcome: "completed", result: graph });
    expect(hosts.files("b")).toEqual([]);
    expectOneAtMost(hosts);
  });

  it("by having no directory goes on to another target", async () => {
    const hosts = await hostsWithMemory(["a", "b", "c"]);
    rmSync(hosts.host("b").directory, { recursive: true });
    const migration = migrate(hosts);
    expect(await migration.ended).toMatchObject({
      value: "committed",
      context: { target: "c", failedTargets: ["b"] },
    });
    expect(failures(migration)).toMatchObject([{ phase: "preparing", errorType: "TargetUnreachable" }]);
    expect(await hosts.call("c", "read_graph")).toMatchObject({ outcome: "completed", result: graph });
    expect(existsSync(hosts.host("b").directory)).toBe(false);
  });

  it("by losing its directory when the bytes arrive goes on to another target", async () => {
    const hosts = await hostsWithMemory(["a", "b", "c"]);
    const ports = hosts.ports((real) =>
      observe(real, "transfer", () => rmSync(hosts.host("b").directory, { recursive: true, force: true })),
    );
    const migration = migrate(hosts, { ports });
    expect(await migration.ended).toMatchObject({ value: "committed", context: { target: "c" } });
    expect(failures(migration)).toMatchObject([{ phase: "transferring", errorType: "TargetUnreachable" }]);
  });
});

describe("a migration whose target goes out of reach after the bytes arrived", () => {
  it("goes on to another target", async () => {
    const hosts = await hostsWithMemory(["a", "b", "c"]);
    const ports = hosts.ports((real) =>
      observe(real, "validate", ({ target }) => {
        if (target === "b") putOutOfReach(hosts, "b");
      }),
    );
    const migration = migrate(hosts, { ports });
    expect(await migration.ended).toMatchObject({ value: "committed", context: { target: "c" } });
    expect(failures(migration)).toMatchObject([{ phase: "validating", errorType: "TargetUnreachable" }]);
    expect(await hosts.call("c", "read_graph")).toMatchObject({ outcome: "completed", result: graph });
  });

  it("is rolled back when there is no other", async () => {
    const hosts = await hostsWithMemory(["a", "b"]);
    const original = hosts.state("a");
    const ports = hosts.ports((real) => observe(real, "validate", () => putOutOfReach(hosts, "b")));
    expect(await migrate(hosts, { ports }).ended).toMatchObject({ value: "rolledBack" });
    expect(hosts.look()).toEqual(["a"]);
    expect(hosts.state("a")).toEqual(original);
  });
});

describe("a migration whose bytes are damaged", () => {
  it("on their way is rolled back", async () => {
    const hosts = await hostsWithMemory(["a", "b"]);
    const original = hosts.state("a");
    const ports = hosts.ports((real) => ({
      transfer: async (input, signal) => {
        const answer = await real.transfer(input, signal);
        flipByte(join(hosts.stateFile("b"), "..", "arriving-m1"));
        return answer;
      },
    }));
    const migration = migrate(hosts, { ports });
    await expectRolledBack(hosts, migration, original, "StateCorruption");
    expect(migration.called).not.toContain("restore");
  });

  it("between their validation and their use is rolled back", async () => {
    const hosts = await hostsWithMemory(["a", "b"]);
    const original = hosts.state("a");
    const ports = hosts.ports((real) =>
      observe(real, "restore", () => flipByte(join(hosts.stateFile("b"), "..", "arriving-m1"))),
    );
    const migration = migrate(hosts, { ports });
    await expectRolledBack(hosts, migration, original, "StateCorruption");
    expect(failures(migration)).toMatchObject([{ phase: "restoring" }]);
  });

  it("in the snapshot waits for a person, and replaces nothing with them", async () => {
    const hosts = await hostsWithFault(["a", "b"], "init-error");
    const original = hosts.state("a");
    const ports = hosts.ports((real) =>
      observe(real, "inspectSnapshot", ({ snapshot: { state } }) => {
        if (state.kind === "path") flipByte(state.path);
      }),
    );
    expect(await migrate(hosts, { ports }).ended).toMatchObject({
      value: "rollbackFailed",
      context: { owner: "source", escalation: { cause: "snapshotCorrupt" } },
    });
    expect(hosts.state("a")).toEqual(original);
    expect(hosts.running()).toEqual([]);
  });

  it("at the source by its own server are put back", async () => {
    const hosts = await hostsWithFault(["a", "b"], "init-error");
    const original = hosts.state("a");
    const ports = hosts.ports((real) =>
      observe(real, "inspectSnapshot", () => flipByte(hosts.stateFile("a"))),
    );
    const migration = migrate(hosts, { ports });
    await expectRolledBack(hosts, migration, original, "IncompatibleTarget");
    expect(migration.called.at(-1)).toBe("rollback");
  });
});

describe("a migration that is cancelled", () => {
  it("while its target starts leaves no process there", async () => {
    const starts = join(temporaryFolder(), "starts");
    const env = { FAULT: "hang-init,keepalive,ignore-term", STARTS_FILE: starts };
    const hosts = await hostsWithFault(["a", "b"], "", { env });
    const original = hosts.state("a");
    const { actor, ended } = migrate(hosts);
    const pid = await until(
      "the target starts",
      () => existsSync(starts) && Number(readFileSync(starts, "utf8")),
    );
    actor.send({ type: "migration.cancel", at: systemClock.now() });
    expect(await ended).toMatchObject({ value: "rolledBack" });
    expect(isAlive(pid)).toBe(false);
    expect(hosts.look()).toEqual(["a"]);
    expect(hosts.state("a")).toEqual(original);
    expect(hosts.files("b")).toEqual([]);
  });

  it("before it began leaves the source as it is", async () => {
    const hosts = await hostsWithFault(["a", "b"], "");
    const { actor, ended, called } = migrate(hosts);
    actor.send({ type: "migration.cancel", at: systemClock.now() });
    expect(await ended).toMatchObject({ value: "cancelled" });
    expect(called).toEqual(["chooseTarget"]);
    expect(hosts.host("a").session(hosts.agent)).toBe(hosts.session);
  });
});

describe("a commit whose answer does not come", () => {
  it("but that took effect is confirmed", async () => {
    const hosts = await hostsWithMemory(["a", "b"]);
    const ports = hosts.ports((real) => ({
      commit: async (input, signal) => {
        await real.commit(input, signal);
        throw new Error("the connection was lost");
      },
    }));
    const migration = migrate(hosts, { ports });
    expect(await migration.ended).toMatchObject({ value: "committed", context: { owner: "target" } });
    expect(migration.called.at(-1)).toBe("settleCommit");
    expect(hosts.look()).toEqual(["b"]);
  });

  it("and that did not take effect is ruled out, and tried again as another attempt", async () => {
    const hosts = await hostsWithMemory(["a", "b"]);
    const late: unknown[] = [];
    const ports = hosts.ports((real) => ({
      commit: (input, signal) =>
        input.attempt === 0 ? new Promise<never>(() => {}) : real.commit(input, signal),
      settleCommit: async (input, signal) => {
        const answer = await real.settleCommit(input, signal);
        late.push(await real.commit(input, signal));
        return answer;
      },
    }));
    const migration = migrate(hosts, { ports, policy: { limits: { committing: 1_500 } } });
    expect(await migration.ended).toMatchObject({ value: "committed", context: { owner: "target" } });
    expect(late).toMatchObject([{ outcome: "failed", message: expect.stringContaining("ruled out") }]);
    expect(hosts.owner()).toMatchObject({ owner: "b", epoch: 2 });
  });

  it("and whose owner file cannot be written is settled by what that says", async () => {
    const hosts = await hostsWithFault(["a", "b"], "");
    const original = hosts.state("a");
    // What is to be renamed cannot be written: its name is a folder's.
    mkdirSync(`${hosts.agent.ownerFile}.draft`);
    const migration = migrate(hosts, { policy: { maxRetries: 0 } });
    await expectRolledBack(hosts, migration, original, "Timeout");
    expect(migration.called).toContain("settleCommit");
  });
});

/** The source serves as before, with its own bytes; nothing is left at the target. */
async function expectRolledBack(
  hosts: Hosts,
  migration: Migration,
  original: Buffer,
  errorType: string,
): Promise<void> {
  expect(await migration.ended).toMatchObject({ value: "rolledBack", context: { owner: "source" } });
  expect(failures(migration)[0]).toMatchObject({ errorType });
  expect(hosts.look()).toEqual(["a"]);
  expect(hosts.running()).toEqual(["a"]);
  expect(hosts.state("a")).toEqual(original);
  expect(hosts.files("a")).toEqual(["agent-notes", "agent-notes/memory.jsonl"]);
  expect(hosts.files("b")).toEqual([]);
  expect(hosts.owner()).toEqual({ agentId: "notes", owner: "a", epoch: 1 });
  expectOneAtMost(hosts);
}

function expectOneAtMost({ served }: Hosts): void {
  expect(served.length).toBeGreaterThan(10);
  expect(served.filter(({ length }) => length > 1)).toEqual([]);
}

function failures({ reports }: Migration) {
  return reports.filter((it) => it.type === "migration.failed");
}

async function killAt(hosts: Hosts, name: string): Promise<void> {
  const session = hosts.host(name).running(hosts.agent);
  process.kill(session?.pid ?? 0, "SIGKILL");
  await session?.exited;
}

/** What is on the host cannot be read or removed any more. */
function putOutOfReach(hosts: Hosts, name: string): void {
  const { directory } = hosts.host(name);
  rmSync(directory, { recursive: true });
  writeFileSync(directory, "");
}

/** The port `name`, with something that happens before it. */
function observe<P extends keyof MigrationPorts>(
  real: MigrationPorts,
  name: P,
  before: (input: PortInput<P>) => void | Promise<void>,
): Partial<MigrationPorts> {
  const port = real[name] as (input: PortInput<P>, signal: AbortSignal) => Promise<unknown>;
  return {
    [name]: async (input: PortInput<P>, signal: AbortSignal) => {
      await before(input);
      return port(input, signal);
    },
  };
}
