import { type Actor, assign, createActor, enqueueActions, setup } from "xstate";
import {
  beginSpawn,
  currentSpawnWindow,
  finishSpawn,
  referenceSpawnPolicy,
  type SpawnBudgetPolicy,
  type SpawnDecision,
  type SpawnWindow,
} from "../../core/spawn-budget.ts";
import { HomeostatError } from "../../core/errors.ts";
import type { Operation, Subject } from "../subject.ts";
import { type BackendKey, keyText } from "../wire/backend-key.ts";
import {
  SpawnBudgetOperation,
  wireSpawnDecision,
  wireSpawnPolicy,
  wireSpawnWindow,
} from "../wire/spawn-budget.ts";
import { readOperation } from "../wire/wire.ts";

interface At {
  at: number;
}
type Event =
  | ({ type: "spawn.requested" } & At)
  | ({ type: "spawn.finished"; outcome: "success" | "failed" } & At)
  | ({ type: "budget.read" } & At);

const when = ({ event }: { event: At }): At => ({ at: event.at });

/**
 * The spawn budget of one key: the decisions of `src/core/spawn-budget.ts` behind events.
 *
 * ```text
 *   any ── spawn.requested [permitted] ─▶ inFlight ── spawn.finished ─▶ grounded
 *   inFlight ── budget.read [flightForgotten] ─▶ grounded
 * ```
 */
const spawnBudgetMachine = setup({
  types: {} as {
    input: SpawnBudgetPolicy;
    context: { policy: SpawnBudgetPolicy; window: SpawnWindow | null };
    events: Event;
    emitted: { type: "spawn.decided"; decision: SpawnDecision };
  },
  guards: {
    permitted: ({ context: { window, policy } }, { at }: At) =>
      beginSpawn(window, at, policy).decision.kind === "permitted",
    flightForgotten: ({ context: { window, policy } }, { at }: At) =>
      !currentSpawnWindow(window, at, policy).inFlight,
  },
  actions: {
    begin: enqueueActions(({ context: { window, policy }, enqueue }, { at }: At) => {
      const begun = beginSpawn(window, at, policy);
      enqueue.assign({ window: begun.window });
      enqueue.emit({ type: "spawn.decided", decision: begun.decision });
    }),
    finish: assign(
      ({ context: { window, policy } }, { outcome, at }: At & { outcome: "success" | "failed" }) => ({
        window: finishSpawn(window, outcome, at, policy),
      }),
    ),
    refresh: assign(({ context: { window, policy } }, { at }: At) => ({
      window: currentSpawnWindow(window, at, policy),
    })),
  },
}).createMachine({
  id: "spawnBudget",
  context: ({ input }) => ({ policy: input, window: null }),
  initial: "grounded",
  on: {
    "spawn.requested": [
      {
        guard: { type: "permitted", params: when },
        target: ".inFlight",
        actions: { type: "begin", params: when },
      },
      { actions: { type: "begin", params: when } },
    ],
    "spawn.finished": {
      target: ".grounded",
      actions: { type: "finish", params: ({ event: { outcome, at } }) => ({ outcome, at }) },
    },
    "budget.read": { actions: { type: "refresh", params: when } },
  },
  states: {
    grounded: {},
    inFlight: {
      on: {
        "budget.read": [
          {
            guard: { type: "flightForgotten", params: when },
            target: "grounded",
            actions: { type: "refresh", params: when },
          },
          { actions: { type: "refresh", params: when } },
        ],
      },
    },
  },
});

/** One running chart per key; the answers are what it reports and what its context holds. */
export function spawnBudgetMachines(): Subject {
  let policy = referenceSpawnPolicy();
  const budgets = new Map<string, Actor<typeof spawnBudgetMachine>>();
  let decided: SpawnDecision | null = null;
  return { answer, dispose };

  function answer(operation: Operation): unknown {
    const it = readOperation(SpawnBudgetOperation, operation);
    if (it.op === "new") {
      dispose();
      policy = referenceSpawnPolicy({ attempts: it.config?.max_attempts, windowMs: it.config?.window_ms });
      return wireSpawnPolicy(policy);
    }
    const budget = budgetOf(it.key);
    switch (it.op) {
      case "try_begin":
        decided = null;
        budget.send({ type: "spawn.requested", at: it.now_ms });
        if (decided === null) throw new HomeostatError("internal", "the chart spawnBudget decided nothing");
        return wireSpawnDecision(decided);
      case "finish":
        budget.send({ type: "spawn.finished", outcome: it.outcome, at: it.now_ms });
        return { ok: true };
      case "snapshot": {
        budget.send({ type: "budget.read", at: it.now_ms });
        const snapshot = budget.getSnapshot();
        const { window } = snapshot.context;
        if (window === null) throw new HomeostatError("internal", "the chart spawnBudget has no window");
        return wireSpawnWindow({ ...window, inFlight: snapshot.matches("inFlight") }, it.now_ms, policy);
      }
    }
  }

  function budgetOf(key: BackendKey): Actor<typeof spawnBudgetMachine> {
    const text = keyText(key);
    const known = budgets.get(text);
    if (known !== undefined) return known;
    const budget = createActor(spawnBudgetMachine, { input: policy });
    budget.on("spawn.decided", ({ decision }) => {
      decided = decision;
    });
    budgets.set(text, budget.start());
    return budget;
  }

  function dispose(): void {
    for (const budget of budgets.values()) budget.stop();
    budgets.clear();
  }
}
