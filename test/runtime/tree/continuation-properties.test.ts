/** A tree that goes on in another host decides as one that never stopped. */
import * as fc from "fast-check";
import { createMachine, sendParent } from "xstate";
import { expect, it } from "vitest";
import {
  checkTree,
  childHealthy,
  type ChildSpecInput,
  createTree,
  type RootTree,
  type TreeOptions,
  type TreePolicyInput,
  type TreeRecord,
  VirtualClock,
} from "../../../src/index.ts";

const ids = ["a", "b", "c"];

const anyStep = fc.record({
  do: fc.constantFrom(
    ...(["crash", "crash", "crash", "crash", "advance", "advance", "advance", "failing", "end"] as const),
    ...(["stop", "start", "restart", "delete", "fail", "reset", "request", "healthy", "sick"] as const),
    ...(["acknowledge", "retry", "resume", "send", "send", "well", "next host", "next host"] as const),
  ),
  id: fc.constantFrom(...ids),
  n: fc.nat(150),
});
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

const anyBudget = fc.constantFrom(
  { kind: "sliding" as const, intensity: 2, periodMs: 300 },
  { kind: "tumbling" as const, intensity: 2, periodMs: 300 },
  { kind: "decay" as const, threshold: 2.5, halfLifeMs: 100 },
);
const anyPolicy = fc.record({
  strategy: fc.constantFrom("oneForOne" as const, "oneForAll" as const, "restForOne" as const),
  limit: fc.tuple(anyBudget, fc.constantFrom("child" as const, "supervisor" as const)),
  pot: anyBudget,
  backoff: fc.constantFrom(null, { kind: "exponential" as const, initialMs: 20, factor: 2, maxMs: 100 }),
  stabilityMs: fc.constantFrom(null, 120),
  startSlots: fc.constantFrom(null, 1),
  recovery: fc.constantFrom<TreePolicyInput>(
    { onExhausted: "refuse" },
    { onExhausted: "refuse", pauseMs: 80, jitter: { above: 0.5 } },
    { onExhausted: "refuse", pauseMs: 60, resume: "request" },
    { onExhausted: "refuse", pauseMs: 40, outerLimit: { refusedWindows: 2 } },
    { onExhausted: "quarantine" },
    { onExhausted: "quarantine", probe: { everyMs: 90, provenMs: 60 } },
    { onExhausted: "quarantine", probe: { everyMs: 90, provenMs: 60 }, resume: "request" },
  ),
});
const stash = { kind: "stash", capacity: 3 } as const;
const anySpec = fc.record({
  budget: fc.constantFrom(undefined, undefined, "pot"),
  restart: fc.constantFrom(
    "permanent" as const,
    "permanent" as const,
    "transient" as const,
    "temporary" as const,
  ),
  care: fc.constantFrom<Partial<ChildSpecInput>>(
    {},
    { ready: "reported", readyWithinMs: 130 },
    { whileDown: { ...stash, graceMs: 40 } },
    { whileDown: { ...stash, graceMs: null } },
  ),
  checks: fc.constantFrom([], ["liveness" as const], ["readiness" as const, "liveness" as const]),
  firstStart: fc.constantFrom("fail" as const, "retry" as const),
});
const anyCase = fc.record({
  policy: anyPolicy,
  specs: fc.tuple(anySpec, anySpec, anySpec),
  requires: fc.boolean(),
  steps: fc.array(anyStep, { minLength: 10, maxLength: 50 }),
});
type Case = typeof anyCase extends fc.Arbitrary<infer T> ? T : never;

/** One life of a tree, over all its hosts. */
class Life {
  clock = new VirtualClock();
  tree: RootTree;
  readonly records: TreeRecord[] = [];
  readonly #failing = new Map<string, number>();
  readonly #sick = new Set<string>();
  readonly #given: Case;
  hosts = 1;

  constructor(given: Case) {
    this.#given = given;
    this.tree = createTree(this.options());
  }

  options(): TreeOptions {
    const { policy, specs, requires } = this.#given;
    const { limit, pot, recovery, ...rest } = policy;
    const [budget, scope] = limit;
    return {
      policy: { ...rest, ...recovery, limit: { ...budget, scope }, budgets: { pot } },
      children: ids.map((id, index) => {
        const { checks, care, ...spec } = specs[index] as Case["specs"][number];
        const run = () => ({ status: this.#sick.has(id) ? ("failing" as const) : ("passing" as const) });
        const health = checks.map((kind) => ({ name: kind, kind, run, everyMs: 35, limit: 2 }));
        return {
          id,
          logic: this.#logic(id),
          requires: requires && id === "c" ? ["a"] : [],
          ...spec,
          ...care,
          ...(health.length === 0 ? {} : { health: { checks: health, graceMs: 50 } }),
        };
      }),
      clock: this.clock,
      onRecord: (it) => void this.records.push(it),
      chance: () => 0.5,
    };
  }

  #logic(id: string) {
    const crash = (): never => {
      throw new Error(`${id} crashed`);
    };
    return createMachine({
      id,
      version: "1",
      context: () => {
        const left = this.#failing.get(id) ?? 0;
        this.#failing.set(id, left - 1);
        return left > 0 ? crash() : {};
      },
      initial: "up",
      states: {
        up: {
          on: { crash: { actions: crash }, well: { actions: sendParent(({ self }) => childHealthy(self)) } },
        },
        ended: { type: "final" },
      },
      on: { end: ".ended" },
    });
  }

  async take({ do: what, id, n }: Step): Promise<void> {
    const { children, escalations } = this.tree;
    const list = children.list();
    const ref = list.ok ? list.children.find((it) => it.id === id)?.ref : null;
    switch (what) {
      case "crash":
      case "end":
      case "well":
        ref?.send({ type: what });
        return;
      case "advance":
        return this.clock.advance(n);
      case "failing":
        return void this.#failing.set(id, n % 3);
      case "sick":
        return void (this.#sick.delete(id) || this.#sick.add(id));
      case "fail":
        return void children.fail(id, new Error("found broken"));
      case "send":
        return void children.send(id, { type: "work" });
      case "acknowledge":
      case "retry":
      case "resume":
        return void escalations[what](id, "ann");
      case "next host":
        return;
      case "delete":
      case "healthy":
      case "request":
      case "reset":
      case "restart":
      case "start":
      case "stop":
        return void children[what](id);
    }
  }

  /** Whether the host may end without an effect: what it interrupts is not as if nothing had happened (P4, P6). */
  get isQuiet(): boolean {
    const persisted = this.tree.persist();
    return (
      persisted.ok &&
      persisted.snapshot.children.every((it) => it.state !== "stopping" && it.recovery?.isProbing !== true)
    );
  }

  async nextHost(): Promise<void> {
    const persisted = this.tree.persist();
    if (!persisted.ok) throw new Error(persisted.code);
    const snapshot: unknown = JSON.parse(JSON.stringify(persisted.snapshot));
    this.clock = new VirtualClock({ now: 1_000 * ++this.hosts, wallNow: this.clock.wallNow() });
    this.tree = createTree(this.options(), { snapshot });
    await this.tree.start();
  }

  /** All that was decided, and what is expected; where it was decided is not a part of that. */
  get told(): unknown {
    const told = {
      records: this.records.filter(({ type }) => type !== "tree.resumed" && type !== "child.resumed"),
      children: this.tree.children.list(),
      statuses: ids.map((id) => this.tree.children.status(id)),
      escalations: this.tree.escalations.list(),
    };
    const place = new Set(["stack", "seq", "ref"]);
    return JSON.parse(JSON.stringify(told, (key, value: unknown) => (place.has(key) ? undefined : value)));
  }
}

it("a tree that goes on in other hosts decides everything as one that never stopped", async () => {
  let [moves, seen] = [0, new Set<string>()];
  await fc.assert(
    fc.asyncProperty(anyCase, async (given) => {
      const [steady, moved] = [new Life(given), new Life(given)];
      fc.pre(checkTree(steady.options()).ok);
      for (const life of [steady, moved]) fc.pre((await life.tree.start()).ok);
      for (const step of given.steps) {
        await steady.take(step);
        await moved.take(step);
        if (step.do === "next host" && moved.isQuiet) {
          const list = moved.tree.children.list();
          if (list.ok) for (const { state } of list.children) seen.add(state);
          await moved.nextHost();
          moves += 1;
        }
      }
      for (const life of [steady, moved]) life.clock.advance(1_000);
      expect(moved.told).toEqual(steady.told);
    }),
    { numRuns: 300 },
  );
  expect(moves).toBeGreaterThan(200);
  expect([...seen].toSorted()).toEqual([
    "quarantined",
    "refused",
    "restarting",
    "running",
    "stopped",
    "waiting",
  ]);
});
