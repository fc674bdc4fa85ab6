/** Group A: specifications and start. */
import { fromPromise } from "xstate";
import { describe, expect, it } from "vitest";
import { ChildSpec, checkTree, createTree, supervise, type TreeOptions } from "../../../src/index.ts";
import { childExit } from "../../../src/runtime/tree.ts";
import { child, counts, crash, ref, states, World } from "./support/world.ts";

const logic = fromPromise(() => new Promise(() => {}));

it("A01: an empty supervisor starts, stops with reason shutdown, and leaves no actor and no timer", async () => {
  const world = new World();
  const tree = await world.otp({});
  expect(tree.phase).toBe("running");
  expect(await tree.shutdown()).toEqual({ ok: true, output: childExit("shutdown"), error: null });
  expect([tree.phase, world.clock.pending]).toEqual(["stopped", 0]);
  expect(world.records.at(-1)).toMatchObject({ type: "tree.stopped", reason: "shutdown" });
});

it("A02: a factory that answers ignore is reported, and nothing is left running", async () => {
  const world = new World();
  const tree = createTree(() => "ignore", { clock: world.clock });
  expect(await tree.start()).toEqual({ ok: false, code: "ignored" });
  expect(tree.actor.getSnapshot()).toMatchObject({ status: "done", output: childExit("ignore") });
  expect([tree.phase, world.clock.pending]).toEqual(["stopped", 0]);
});

it("A04: a temporary child that ignores leaves no specification, static or added", async () => {
  const world = new World();
  world.ignoring.add("b");
  const temporary = { restart: "temporary" } as const;
  const tree = await world.otp({ children: [world.worker("a", temporary), world.worker("b", temporary)] });
  expect(counts(tree)).toEqual({ specs: 1, active: 1 });
  expect(await tree.children.add(world.worker("b", temporary))).toMatchObject({ ok: true, ref: null });
  expect(states(tree)).toEqual(["a: running#1"]);
  expect(await tree.children.add(world.worker("c"))).toMatchObject({ ok: true });
  world.ignoring.add("c");
  crash(tree, "c");
  expect(states(tree)).toEqual(["a: running#1", "c: stopped#2"]);
});

it("A05: an instance of a permanent template that ignores is not stored, and the shutdown finishes", async () => {
  const world = new World();
  const tree = await world.otp({ template: world.worker("a") });
  expect(await tree.children.add({})).toMatchObject({ ok: true });
  world.ignoring.add("a");
  expect(await tree.children.add({ id: "idle" })).toMatchObject({ ok: true, ref: null });
  expect(states(tree)).toEqual(["a:1: running#1"]);
  expect(await tree.shutdown()).toMatchObject({ error: null });
  expect(world.recent()).toEqual(["+a", "-a"]);
});

it("A07: a child whose start throws is not registered, and the answer carries what it threw", async () => {
  const world = new World();
  const tree = await world.otp({});
  for (const thrown of [new Error("no"), "junk", null, 7]) {
    world.error.value = thrown;
    world.failing.set("a", 1);
    const answer = await tree.children.add(world.worker("a"));
    expect(answer).toMatchObject({ ok: false, code: "start_failed", error: thrown });
    expect(counts(tree)).toEqual({ specs: 0, active: 0 });
  }
  const rejecting = { id: "a", logic: fromPromise(() => Promise.reject(new Error("late"))) };
  // A rejection arrives later than the start: it is a crash, and here one too many.
  expect(await tree.children.add(rejecting)).toMatchObject({ ok: true });
  expect((await tree.closed()).output).toEqual(childExit("shutdown", { exhausted: "a" }));
  expect(world.of("child.exited")[0]).toMatchObject({ id: "a", cause: { message: "late" } });
});

it("A08: a stopped child whose start fails stays registered, without an incarnation", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a")] });
  await tree.children.stop("a");
  world.failing.set("a", 1);
  expect(await tree.children.start("a")).toMatchObject({ ok: false, code: "start_failed" });
  expect(counts(tree)).toEqual({ specs: 1, active: 0 });
  expect(await tree.children.start("a")).toMatchObject({ ok: true });
});

it("A09: when the third of three does not start, the second and the first are stopped, and the error names it", async () => {
  const world = new World();
  world.failing.set("u3", 1);
  const tree = world.tree({ preset: "otp", children: ["u1", "u2", "u3"].map((id) => world.worker(id)) });
  const start = await tree.start();
  expect(world.recent()).toEqual(["+u1", "+u2", "-u2", "-u1"]);
  expect(start).toMatchObject({
    code: "start_failed",
    error: { code: "failed_to_start_child", details: { id: "u3", cause: { message: "no start" } } },
  });
  expect(start).toHaveProperty("error.details.cause.stack", expect.stringContaining("no start"));
  expect(world.clock.pending).toBe(0);
});

it("A10: defaults are filled in and can be read back; of an unknown child they cannot", async () => {
  const world = new World();
  const tree = await world.otp({
    children: [
      { id: "w", logic },
      { id: "k", logic, shutdown: "brutalKill" },
      { id: "s", logic: supervise({}), type: "supervisor" },
    ],
  });
  const of = (id: string) => tree.children.spec(id);
  expect(of("w")).toMatchObject({
    spec: { restart: "permanent", shutdown: 5_000, significant: false, type: "worker" },
  });
  expect(of("k")).toMatchObject({ spec: { shutdown: "brutalKill" } });
  expect(of("s")).toMatchObject({ spec: { type: "supervisor", shutdown: "infinity" } });
  expect(of("x")).toEqual({ ok: false, code: "not_found" });
  expect(tree.policy).toMatchObject({ strategy: "oneForOne", limit: { intensity: 1, periodMs: 5_000 } });
});

describe("a faulty child", () => {
  const faults = [
    ["missing_id", "id", { logic }],
    ["invalid_id", "id", { id: "", logic }],
    ["invalid_id", "id", { id: 7, logic }],
    ["invalid_logic", "logic", { id: "a" }],
    ["invalid_logic", "logic", { id: "a", logic: () => {} }],
    ["invalid_restart", "restart", { id: "a", logic, restart: "always" }],
    ["invalid_shutdown", "shutdown", { id: "a", logic, shutdown: -1 }],
    ["invalid_shutdown", "shutdown", { id: "a", logic, shutdown: "soon" }],
    ["invalid_type", "type", { id: "a", logic, type: "group" }],
    ["invalid_significant", "significant", { id: "a", logic, significant: 1 }],
    ["invalid_stop_by", "stopBy", { id: "a", logic, stopBy: "kill" }],
    ["unknown_key", "restarts", { id: "a", logic, restarts: 3 }],
  ] as const;

  it.each(faults)("A12: %s at %s, when validated and when added", async (code, path, spec) => {
    const options = { children: [spec] } as unknown as TreeOptions;
    expect(checkTree(options)).toMatchObject({
      ok: false,
      problems: [{ code, path: `children[0].${path}` }],
    });
    expect(() => supervise(options)).toThrow(expect.objectContaining({ code: "child_spec_invalid" }));
    const tree = await new World().otp({});
    const answer = await tree.children.add(spec as never);
    expect(answer).toMatchObject({ code: "invalid_spec", problems: [{ code, path }] });
    expect(counts(tree)).toEqual({ specs: 0, active: 0 });
  });

  it("A12: an id that is there twice is duplicate_id, and nothing is started", () => {
    const world = new World();
    const options = { children: [world.worker("a"), world.worker("b"), world.worker("a")] };
    expect(checkTree(options)).toMatchObject({
      problems: [{ code: "duplicate_id", path: "children[2].id" }],
    });
    expect(() => createTree(options)).toThrow(/children\[2\].id: "a" is already taken \(duplicate_id\)/);
    expect(world.log).toEqual([]);
  });

  it("is reported with all its faults", () => {
    const checked = checkTree({ children: [{ restart: 1, shutdown: 0 }, {}] } as never);
    expect(checked.ok ? [] : checked.problems.map(({ path }) => path)).toEqual([
      "children[0].id",
      "children[0].logic",
      "children[0].restart",
      "children[0].shutdown",
      "children[1].id",
      "children[1].logic",
    ]);
  });
});

describe("a faulty policy", () => {
  it.each([
    ["invalid_strategy", "strategy", { strategy: "oneForTwo" }],
    ["invalid_intensity", "limit.intensity", { limit: { intensity: 1.5 } }],
    ["invalid_intensity", "limit.intensity", { limit: { intensity: -1 } }],
    ["invalid_period", "limit.periodMs", { limit: { periodMs: 0 } }],
    ["invalid_period", "limit.periodMs", { limit: { periodMs: Number.POSITIVE_INFINITY } }],
    ["zero_intensity_with_window", "limit.periodMs", { limit: { intensity: 0, periodMs: 1_000 } }],
    ["invalid_max_children", "maxChildren", { maxChildren: -1 }],
    ["invalid_auto_shutdown", "autoShutdown", { autoShutdown: "always" }],
    ["invalid_backoff", "backoff.delayMs", { backoff: { kind: "constant", delayMs: -1 } }],
    ["invalid_jitter", "jitter", { jitter: "some" }],
    ["invalid_on_exhausted", "onExhausted", { onExhausted: "shrug" }],
    ["invalid_stability_ms", "stabilityMs", { stabilityMs: 0 }],
    ["unknown_key", "restarts", { restarts: 1 }],
  ] as const)("A13: %s at %s", (code, path, policy) => {
    const world = new World();
    const options = { preset: "otp", policy, children: [world.worker("a")] } as unknown as TreeOptions;
    expect(checkTree(options)).toMatchObject({ problems: [{ code, path: `policy.${path}` }] });
    expect(() => createTree(options)).toThrow(new RegExp(code));
    expect(world.log).toEqual([]);
  });

  it("fails the start where the options are made at the start", async () => {
    const tree = createTree(() => ({ policy: { limit: { intensity: -1 } } }));
    expect(await tree.start()).toMatchObject({
      code: "start_failed",
      error: { code: "child_spec_invalid", details: { problems: [{ code: "invalid_intensity" }] } },
    });
  });

  it("is a preset that does not exist", () => {
    expect(checkTree({ preset: "toString" as never })).toMatchObject({
      problems: [{ code: "invalid_preset" }],
    });
  });
});

it("A14: significant and permanent is refused; under the preset otp also without autoShutdown", async () => {
  const world = new World();
  const spec = (restart: "permanent" | "transient") => world.worker("a", { significant: true, restart });
  const anySignificant = { autoShutdown: "anySignificant" } as const;
  const fault = { problems: [{ code: "invalid_significant" }] };
  expect(checkTree({ policy: anySignificant, children: [spec("permanent")] })).toMatchObject(fault);
  expect(checkTree({ preset: "otp", children: [spec("transient")] })).toMatchObject(fault);
  expect(checkTree({ preset: "otp", policy: anySignificant, children: [spec("transient")] }).ok).toBe(true);
  // Product default: significant is also what escalates, so it has a meaning without autoShutdown.
  expect(checkTree({ children: [spec("transient")] }).ok).toBe(true);
  const tree = await world.otp({});
  expect(await tree.children.add(spec("transient"))).toMatchObject(fault);
  expect(world.log).toEqual([]);
});

it("A16: what a child tells about its start is passed on by add and start, and a restart is a new incarnation", async () => {
  const world = new World();
  const tree = await world.otp({});
  const info = (snapshot: unknown) => (snapshot as { value: string }).value;
  expect(await tree.children.add(world.worker("a", { info }))).toMatchObject({ info: "up", incarnation: 1 });
  await tree.children.stop("a");
  expect(await tree.children.start("a")).toMatchObject({ info: "up", incarnation: 2 });
  const before = ref(tree, "a");
  crash(tree, "a");
  expect(child(tree, "a")).toMatchObject({ state: "running", incarnation: 3 });
  expect(ref(tree, "a")).not.toBe(before);
});

it("a child whose first step throws in an entry action does not start, and its parts are stopped", async () => {
  const world = new World();
  const tree = await world.otp({});
  const info = (): never => {
    throw new Error("in info");
  };
  expect(await tree.children.add(world.worker("a", { info }))).toMatchObject({ code: "start_failed" });
  expect(world.recent()).toEqual(["+a", "-a"]);
});

it("ChildSpec has the defaults without a tree", () => {
  expect(ChildSpec.parse({ id: "a", logic })).toMatchObject({ restart: "permanent", shutdown: 5_000 });
});
