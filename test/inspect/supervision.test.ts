import { describe, expect, it } from "vitest";
import { createInspector, type DomainRecord, type SourceMessage } from "../../src/inspect/index.ts";
import { EscalationCause } from "../../src/core/records.ts";
import { verbsOf } from "../../src/inspect/supervision.ts";
import { flush } from "../fakes/fake-servers.ts";
import { startSupervisor } from "../fakes/supervised.ts";

async function inspected() {
  const supervised = await startSupervisor(["files"], { crashBudget: { retries: 0 }, recipes: {} });
  const inspector = createInspector({ setTimeout: () => {}, now: () => supervised.clock.now() });
  const messages: SourceMessage[] = [];
  inspector.connect((message) => void messages.push(message));
  inspector.attach(supervised.supervisor.actor);
  inspector.supervise(supervised.supervisor);
  const told = async (): Promise<DomainRecord[]> => {
    await flush();
    inspector.flush();
    return messages.flatMap((it) =>
      it.type === "batch" ? it.records.flatMap((record) => (record[0] === "d" ? [record[4]] : [])) : [],
    );
  };
  return { ...supervised, inspector, messages, told };
}

const latest = <K extends DomainRecord["kind"]>(records: readonly DomainRecord[], kind: K) =>
  records.findLast((it): it is Extract<DomainRecord, { kind: K }> => it.kind === kind);

describe("a supervisor under inspection", () => {
  it("tells how its plugins and budgets stand, at once and whenever that changes, and its records", async () => {
    const { servers, told } = await inspected();
    expect(latest(await told(), "plugin")).toMatchObject({ plugin: "files", state: "starting" });
    await servers.last("files").serve();
    expect(latest(await told(), "plugin")).toMatchObject({
      plugin: "files",
      state: "healthy",
      degraded: null,
    });
    expect(latest(await told(), "budget")).toMatchObject({
      server: "files",
      status: "healthy",
      state: "steady",
      retryAt: null,
    });
    await servers.last("files").die();
    const records = await told();
    expect(latest(records, "budget")).toMatchObject({ state: "refused", retryAt: expect.any(Number) });
    expect(records.flatMap((it) => (it.kind === "record" ? [it.record.type] : []))).toContain(
      "server.exited",
    );
  });

  it("offers its verbs, answers why, and takes a person's word", async () => {
    const { inspector, messages, servers } = await inspected();
    await servers.last("files").serve();
    const hello = messages.findLast((it) => it.type === "hello");
    expect(hello?.accepts).toEqual(expect.arrayContaining(["act", "restart", "resetBudget", "explain"]));
    expect(inspector.ask({ name: "explain", subject: "files" })).toMatchObject({
      result: { kind: "explained", explanations: [{ subject: "files/files", status: "serving" }] },
    });
    expect(inspector.ask({ name: "restart", plugin: "files", server: null })).toMatchObject({ ok: true });
    expect(inspector.ask({ name: "restart", plugin: "none", server: null })).toMatchObject({
      ok: false,
      code: "failed",
    });
    expect(inspector.ask({ name: "act", escalation: "E9", verb: "resolve", by: "me" })).toMatchObject({
      code: "notFound",
    });
  });

  it("tells an escalation with verbs, and that it is closed", async () => {
    const { inspector, servers, told } = await inspected();
    await servers.last("files").refuse("command_missing", true);
    const opened = latest(await told(), "escalation");
    expect(opened).toMatchObject({ open: true, acknowledged: false, subject: "files/files" });
    const id = opened?.id ?? "";
    inspector.ask({ name: "act", escalation: id, verb: "acknowledge", by: "me" });
    expect(latest(await told(), "escalation")).toMatchObject({ open: true, acknowledged: true });
    inspector.ask({ name: "act", escalation: id, verb: "resolve", by: "me" });
    expect(latest(await told(), "escalation")).toMatchObject({ id, open: false });
  });
});

describe("verbs", () => {
  it.each(EscalationCause.options)("of %s each say what they lead to", (cause) => {
    const verbs = verbsOf(cause, "files/files");
    expect(verbs.length).toBeGreaterThan(0);
    expect(new Set(verbs.map(({ verb }) => verb)).size).toBe(verbs.length);
    for (const { consequence } of verbs) expect(consequence).toMatch(/^[A-Z].*\.$/);
  });
});
