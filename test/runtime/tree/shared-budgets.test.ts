/** Budgets that several children and supervisors share, and changes of the policy while it runs. */
import { describe, expect, it } from "vitest";
import { checkTree, type RootTree, supervise, type TreePolicyInput, treeOf } from "../../../src/index.ts";
import { child, crash, ref, states, World } from "./support/world.ts";

const hour = 3_600_000;
const db = { kind: "sliding", intensity: 2, periodMs: hour } as const;

function inside(tree: RootTree, id: string) {
  const handle = treeOf(ref(tree, id));
  if (handle === null) throw new Error(`"${id}" is no tree`);
  return handle;
}

describe("a budget that is named", () => {
  it("is one count for all children that name it; the others keep their own", async () => {
    const world = new World();
    const tree = await world.started({
      policy: { backoff: null, limit: { intensity: 1, periodMs: hour }, budgets: { db } },
      children: [world.worker("a", { budget: "db" }), world.worker("b", { budget: "db" }), world.worker("c")],
    });
    crash(tree, "a");
    crash(tree, "b");
    crash(tree, "c");
    expect(world.of("restart.scheduled").map(({ id, budget, restarts }) => [id, budget, restarts])).toEqual([
      ["a", "db", 1],
      ["b", "db", 2],
      ["c", null, 1],
    ]);
    crash(tree, "b");
    expect(states(tree)).toEqual(["a: running#2", "b: quarantined#2", "c: running#2"]);
    // Stability of one of them does not give back what all have spent.
    world.clock.advance(hour - 1);
    crash(tree, "a");
    expect(states(tree)[0]).toBe("a: quarantined#2");
  });

  it("is shared by the supervisors below, by child and by policy", async () => {
    const world = new World();
    const inner = (policy: TreePolicyInput, budget?: string) =>
      supervise({ policy: { backoff: null, ...policy }, children: [world.worker("w", { budget })] });
    const tree = await world.started({
      policy: { budgets: { db } },
      children: [
        { id: "one", logic: inner({ budget: "db" }) },
        { id: "two", logic: inner({}, "db") },
      ],
    });
    const [one, two] = [inside(tree, "one"), inside(tree, "two")];
    crash(one, "w");
    crash(two, "w");
    crash(one, "w");
    expect([states(one), states(two)]).toEqual([["w: quarantined#2"], ["w: running#2"]]);
    crash(two, "w");
    expect(states(two)).toEqual(["w: quarantined#2"]);
  });

  it("refuses all of them for the same time, and lets them all pass after it", async () => {
    const world = new World();
    const tree = await world.started({
      policy: { backoff: null, onExhausted: "refuse", pauseMs: 5_000, budgets: { db } },
      children: ["a", "b"].map((id) => world.worker(id, { budget: "db" })),
    });
    for (const id of ["a", "a", "a"]) crash(tree, id);
    world.clock.advance(2_000);
    crash(tree, "b");
    expect(states(tree)).toEqual(["a: refused#3", "b: refused#1"]);
    expect(child(tree, "b")?.dueAt).toBe(5_000);
    world.clock.advance(3_000);
    expect(states(tree)).toEqual(["a: running#4", "b: running#2"]);
    expect([world.of("restarts.paused").length, world.of("restarts.resumed").length]).toEqual([1, 1]);
  });

  it("has to be there, here or above", async () => {
    const world = new World();
    const fault = { code: "child_spec_invalid", details: { problems: [{ code: "unknown_budget" }] } };
    for (const options of [
      { children: [world.worker("a", { budget: "db" })] },
      { policy: { budget: "db" } },
      { template: world.worker("a", { budget: "db" }) },
    ])
      expect(await world.tree(options).start()).toMatchObject({ code: "start_failed", error: fault });
    const tree = await world.started({
      policy: { budgets: { db } },
      children: [world.worker("a", { budget: "db" })],
    });
    const refused = { ok: false, code: "invalid_spec", problems: [{ code: "unknown_budget" }] };
    expect(await tree.children.add(world.worker("b", { budget: "other" }))).toMatchObject(refused);
    // Nor may it be taken away from a child.
    expect(await tree.change({ policy: { budgets: {} } })).toMatchObject(refused);
    expect(tree.policy.budgets).toEqual({ db });
  });
});

describe("a policy that changes", () => {
  const faults = [
    ["invalid_kind", "limit.kind", { limit: { kind: "leaky" } }],
    ["invalid_threshold", "limit.threshold", { limit: { kind: "decay", threshold: 0.5, halfLifeMs: 1_000 } }],
    ["invalid_half_life_ms", "limit.halfLifeMs", { limit: { kind: "decay", threshold: 2, halfLifeMs: 0 } }],
    ["unknown_key", "limit.halfLifeMs", { limit: { halfLifeMs: 1_000 } }],
    [
      "zero_intensity_with_window",
      "limit.periodMs",
      { limit: { kind: "tumbling", intensity: 0, periodMs: 9 } },
    ],
    ["invalid_budgets", "budgets.db.intensity", { budgets: { db: { ...db, intensity: -1 } } }],
    ["invalid_budget", "budget", { budget: "" }],
    ["unknown_budget", "policy.budget", { budget: "other" }],
    ["invalid_backoff", "backoff.maxMs", { backoff: { kind: "exponential", initialMs: 9, maxMs: 8 } }],
    ["invalid_backoff", "backoff.atOnce", { backoff: { kind: "constant", delayMs: 9, atOnce: -1 } }],
    ["invalid_jitter", "jitter.above", { jitter: { above: 0 } }],
    ["invalid_stability_by", "stabilityBy", { stabilityBy: "luck" }],
    ["report_with_stability", "stabilityMs", { stabilityBy: "report", stabilityMs: 1_000 }],
    ["invalid_on_exhausted", "onExhausted", { onExhausted: "ignore" }],
    ["invalid_resume", "resume", { resume: "never" }],
    ["invalid_pause_ms", "pauseMs", { onExhausted: "refuse", pauseMs: 0 }],
    ["pause_without_refusal", "pauseMs", { pauseMs: 1_000 }],
    ["refusal_without_end", "limit", { onExhausted: "refuse", limit: { intensity: 0 } }],
    [
      "invalid_outer_limit",
      "outerLimit.refusedWindows",
      { onExhausted: "refuse", outerLimit: { refusedWindows: 0 } },
    ],
    ["outer_limit_without_refusal", "outerLimit", { outerLimit: {} }],
    ["invalid_probe", "probe.everyMs", { probe: { everyMs: 0, provenMs: 1 } }],
    ["probe_without_quarantine", "probe", { onExhausted: "shutdown", probe: { everyMs: 1, provenMs: 1 } }],
    ["invalid_error_after", "errorAfter", { errorAfter: -1 }],
    ["invalid_start_slots", "startSlots", { startSlots: 0 }],
  ] as const;

  it.each(faults)("to one with %s at %s stays as it was, and is reported", async (code, path, faulty) => {
    const world = new World();
    const tree = await world.started({
      policy: { backoff: null, limit: { intensity: 1 } },
      children: [world.worker("a")],
    });
    const before = tree.policy;
    const given = { policy: faulty } as unknown as { policy: TreePolicyInput };
    const problem = { code, path: path.startsWith("policy.") ? path : `policy.${path}` };
    expect(await tree.change(given)).toMatchObject({ ok: false, code: "invalid_spec", problems: [problem] });
    expect(tree.policy).toBe(before);
    expect(world.of("policy.refused")).toMatchObject([{ problems: [problem] }]);
    crash(tree, "a");
    crash(tree, "a");
    expect(states(tree)).toEqual(["a: quarantined#2"]);
    // And no tree starts with it; names of budgets may be known above.
    expect(checkTree(given).ok).toBe(code === "unknown_budget");
  });

  it.each([
    ["invalid_budget", { budget: "" }],
    ["invalid_requires", { requires: [7] }],
    ["invalid_ready", { ready: "soon" }],
    ["invalid_ready_within_ms", { readyWithinMs: 0 }],
    ["invalid_first_start", { firstStart: "shrug" }],
  ] as const)("refuses a child with %s", (code, fields) => {
    const world = new World();
    const children = [{ ...world.worker("a"), ...fields }] as never;
    expect(checkTree({ children })).toMatchObject({ problems: [{ code }] });
  });

  it("keeps what was spent, also as another kind of limit", async () => {
    const world = new World();
    const tree = await world.started({
      policy: { backoff: null, limit: { intensity: 3, periodMs: hour } },
      children: [world.worker("a")],
    });
    crash(tree, "a");
    crash(tree, "a");
    const decay = { kind: "decay", threshold: 2.5, halfLifeMs: 30_000 } as const;
    expect(await tree.change({ policy: { limit: decay } })).toEqual({ ok: true });
    expect(tree.policy.limit).toEqual({ ...decay, scope: "child" });
    crash(tree, "a");
    expect(states(tree)).toEqual(["a: quarantined#3"]);
    expect(world.of("restart.refused")).toMatchObject([
      { limit: "decay", restarts: 3, intensity: 2.5, periodMs: 30_000 },
    ]);
  });
});
