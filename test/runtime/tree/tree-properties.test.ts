/** What holds for every tree, whatever its children and its operators do. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { lengthMsOf } from "../../../src/core/restart-budget.ts";
import type { ChildSpecInput, RootTree, TreePolicyInput, TreePreset } from "../../../src/index.ts";
import { end, World } from "./support/world.ts";

const ids = ["a", "b", "c", "d"];
const anyStep = fc.record({
  do: fc.constantFrom(
    ...(["crash", "crash", "end", "shutdown", "finish", "advance", "advance", "failing"] as const),
    ...(["add", "start", "stop", "restart", "delete", "fail", "reset"] as const),
    ...(["request", "healthy", "retry", "resume", "end it", "acknowledge"] as const),
  ),
  id: fc.constantFrom(...ids),
  n: fc.nat(120),
});
const anySpec = fc.record({
  restart: fc.constantFrom("permanent" as const, "transient" as const, "temporary" as const),
  shutdown: fc.constantFrom("brutalKill" as const, "infinity" as const, 20),
  orderly: fc.boolean(),
  firstStart: fc.constantFrom("fail" as const, "retry" as const),
  ready: fc.constantFrom("started" as const, "started" as const, "reported" as const),
});
/** What is over the preset; those that need each other come together. */
const anyRecovery = fc.constantFrom<TreePolicyInput>(
  {},
  {},
  { startSlots: 1 },
  { onExhausted: "refuse", pauseMs: 30 },
  { onExhausted: "refuse", pauseMs: 30, resume: "request", startSlots: 2 },
  { onExhausted: "refuse", pauseMs: 20, outerLimit: { refusedWindows: 2 } },
  { onExhausted: "quarantine", probe: { everyMs: 40, provenMs: 30 } },
  { onExhausted: "quarantine", probe: { everyMs: 40, provenMs: 30 }, resume: "request" },
  { onExhausted: "quarantine", stabilityMs: null, stabilityBy: "report", probe: { everyMs: 9, provenMs: 9 } },
);
const anyTree = fc.record({
  preset: fc.constantFrom<TreePreset>("otp", "product"),
  strategy: fc.constantFrom("oneForOne" as const, "oneForAll" as const, "restForOne" as const),
  intensity: fc.integer({ min: 0, max: 4 }),
  recovery: anyRecovery,
  requires: fc.boolean(),
  specs: fc.array(anySpec, { minLength: 4, maxLength: 4 }),
  steps: fc.array(anyStep, { maxLength: 40 }),
});
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

/** Does one step, without waiting: commands that take time stay open. */
function take(
  world: World,
  tree: RootTree,
  spec: (id: string) => ChildSpecInput,
  step: Step,
): Promise<unknown> | null {
  const { id } = step;
  const list = tree.children.list();
  const running = list.ok ? list.children.find((it) => it.id === id)?.ref : null;
  const { children } = tree;
  switch (step.do) {
    case "crash":
      return (running?.send({ type: "crash" }), null);
    case "end":
    case "shutdown":
      if (running) end(tree, id, step.do === "end" ? "normal" : "shutdown");
      return null;
    case "finish":
      return (running?.send({ type: "finish" }), null);
    case "advance":
      return (world.clock.advance(step.n), null);
    case "failing":
      return (world.failing.set(id, step.n % 4), null);
    case "add":
      return children.add(spec(id));
    case "fail":
      return children.fail(id, new Error("check"));
    case "retry":
    case "resume":
    case "acknowledge":
      return tree.escalations[step.do](id, "somebody");
    case "end it":
      return tree.escalations.stop(id, "somebody");
    case "request":
    case "healthy":
    case "start":
    case "stop":
    case "restart":
    case "delete":
    case "reset":
      return children[step.do](id);
  }
}

/** How many incarnations of each child are alive, by the log of their invoked actors. */
function alive(world: World, id: string): number {
  return world.log.reduce((n, it) => n + (it === `+${id}` ? 1 : it === `-${id}` ? -1 : 0), 0);
}

it("never has two incarnations of one child, and leaves no actor, no timer and no command without an answer", async () => {
  await fc.assert(
    fc.asyncProperty(anyTree, async ({ preset, strategy, intensity, recovery, requires, specs, steps }) => {
      const world = new World();
      const spec = (id: string): ChildSpecInput => {
        const { orderly, ...rest } = specs[ids.indexOf(id)] ?? { orderly: false };
        const needs = requires && id === "c" ? ["a"] : [];
        return {
          ...world.worker(id),
          readyWithinMs: 50,
          requires: needs,
          ...rest,
          ...(orderly && { logic: world.orderly(id) }),
        };
      };
      const policy: TreePolicyInput = { strategy, limit: { intensity }, ...recovery };
      const tree = await world.started({ preset, policy, children: ids.map(spec) });
      const open: Promise<unknown>[] = [];
      for (const step of steps) {
        const answer = take(world, tree, spec, step);
        if (answer !== null) open.push(answer);
        for (const id of ids) expect(alive(world, id)).toBeLessThanOrEqual(1);
        expect(world.clock.pending).toBeLessThanOrEqual(1);
        const list = tree.children.list();
        const all = list.ok ? list.children : [];
        // Nobody is left to wait for what does not come, unless its group still waits for one to end.
        const isTimed = recovery.resume !== "request";
        const waits = all.filter(({ state }) => state === "restarting" || (state === "refused" && isTimed));
        const isHeld = all.some(
          ({ state, isReady }) => state === "stopping" || (state === "running" && !isReady),
        );
        expect(world.clock.pending === 0 && !isHeld ? waits : []).toEqual([]);
        for (const it of all) {
          const isUp = it.state === "running" || it.state === "stopping";
          expect([it.id, it.ref !== null, it.ref?.getSnapshot().status ?? "active"]).toEqual([
            it.id,
            isUp,
            "active",
          ]);
          expect([it.id, alive(world, it.id)]).toEqual([it.id, isUp ? 1 : 0]);
        }
      }
      const end = tree.shutdown();
      world.clock.advance(1_000);
      for (let i = 0; i < ids.length; i++) for (const id of ids) world.finish(id);
      expect(await end).toMatchObject({ ok: true });
      for (const answer of await Promise.all(open)) expect(answer).toHaveProperty("ok");
      expect([ids.map((id) => alive(world, id)), world.clock.pending]).toEqual([[0, 0, 0, 0], 0]);
      expect(world.types().filter((it) => it === "tree.failed")).toEqual([]);
      expect(withinLimit(world, intensity, tree.policy.limit)).toBe(true);
    }),
    { numRuns: 400 },
  );
});

/** No more granted restarts than `intensity` in any window; a reset or a time of stability begins a new one, and so does a child that is added again. */
function withinLimit(world: World, intensity: number, limit: RootTree["policy"]["limit"]): boolean {
  const { scope } = limit;
  const periodMs = lengthMsOf(limit);
  const forgets = new Set(["budget.reset", "child.cured", "restarts.resumed", "escalation.closed"]);
  if (world.types().some((it) => forgets.has(it))) return true;
  const granted = world.of("restart.scheduled");
  const removed = new Set(world.of("child.removed").map(({ id }) => id));
  return granted.every(({ id, monotonicMs }) => {
    const same = granted.filter((it) => scope === "supervisor" || it.id === id);
    const recent = same.filter(
      (it) => it.monotonicMs <= monotonicMs && monotonicMs - it.monotonicMs < periodMs,
    );
    return recent.length <= intensity || (scope === "child" && removed.has(id));
  });
}
