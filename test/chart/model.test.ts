import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createActor, createMachine, type InspectionEvent } from "xstate";
import {
  ChartModel,
  type ChartState,
  type ChartTransition,
  delayLabel,
  indexOf,
  modelOf,
  transitionIdsOf,
  transitionLabel,
} from "../../src/chart/index.ts";
import { editorMachine, fetchWithRetryMachine, uploadQueueMachine } from "../fixtures/machines/index.ts";
import { everyMachine } from "./machines.ts";
import { randomMachine } from "./random-machine.ts";

/** A state with what most states have. */
function state(
  id: string,
  kind: ChartState["kind"],
  { key, parent = null, ...rest }: Partial<ChartState> & Pick<ChartState, "key" | "path">,
): ChartState {
  return {
    id,
    key,
    kind,
    parent,
    isRegion: false,
    initial: null,
    history: null,
    entry: [],
    exit: [],
    invokes: [],
    tags: [],
    description: null,
    meta: null,
    ...rest,
  };
}

function transition(
  source: string,
  event: string,
  kind: ChartTransition["kind"],
  { id = `${source}:${event}:0`, ...rest }: Partial<ChartTransition> = {},
): ChartTransition {
  return {
    id,
    source,
    event,
    kind,
    targets: [],
    guard: null,
    actions: [],
    reenter: false,
    delay: null,
    actor: null,
    description: null,
    meta: null,
    ...rest,
  };
}

const named = (name: string) => ({ name, params: null });
const initial = (target: string) => ({ target, actions: [], description: null, meta: null });

describe("the model of a machine", () => {
  const machine = createMachine({
    id: "m",
    version: "3",
    initial: "a",
    on: { RESET: { target: ".a", reenter: true }, "*": { actions: "log" } },
    states: {
      a: {
        description: "The first.",
        tags: ["calm"],
        meta: { order: 1 },
        entry: { type: "greet", params: { loudly: true } },
        exit: ["leave"],
        invoke: { id: "job", src: "work", input: { n: 1 }, onDone: "b", onError: { actions: "note" } },
        after: { 1500: { target: "b.past", guard: "isLate" }, backoff: "c" },
        always: [{ guard: { type: "isOver", params: { limit: 3 } }, target: "c" }],
      },
      b: {
        type: "parallel",
        onDone: "c",
        states: {
          past: { type: "history", history: "deep" },
          left: {
            initial: "on",
            states: { on: { on: { STEP: [{ guard: "may", target: "off" }, {}] } }, off: { type: "final" } },
          },
          right: { id: "renamed" },
        },
      },
      c: { type: "final" },
    },
  });

  it("holds every state, region, history, invoke, tag and description in document order", () => {
    expect(modelOf(machine).states).toEqual([
      state("m", "compound", { key: "m", path: [], initial: initial("m.a") }),
      state("m.a", "atomic", {
        key: "a",
        path: ["a"],
        parent: "m",
        description: "The first.",
        tags: ["calm"],
        meta: { order: 1 },
        entry: [{ name: "greet", params: { loudly: true } }],
        exit: [named("leave")],
        invokes: [{ id: "job", src: "work", systemId: null, input: { n: 1 } }],
      }),
      state("m.b", "parallel", { key: "b", path: ["b"], parent: "m" }),
      state("m.b.past", "history", {
        key: "past",
        path: ["b", "past"],
        parent: "m.b",
        isRegion: true,
        history: { depth: "deep", targets: [] },
      }),
      state("m.b.left", "compound", {
        key: "left",
        path: ["b", "left"],
        parent: "m.b",
        isRegion: true,
        initial: initial("m.b.left.on"),
      }),
      state("m.b.left.on", "atomic", { key: "on", path: ["b", "left", "on"], parent: "m.b.left" }),
      state("m.b.left.off", "final", { key: "off", path: ["b", "left", "off"], parent: "m.b.left" }),
      state("renamed", "atomic", { key: "right", path: ["b", "right"], parent: "m.b", isRegion: true }),
      state("m.c", "final", { key: "c", path: ["c"], parent: "m" }),
    ]);
  });

  it("holds every transition with a stable id, guard, actions, delay and actor", () => {
    expect(modelOf(machine).transitions).toEqual([
      transition("m", "RESET", "event", { targets: ["m.a"], reenter: true }),
      transition("m", "*", "wildcard", { actions: [named("log")] }),
      transition("m.a", "xstate.done.actor.job", "actorDone", { targets: ["m.b"], actor: "job" }),
      transition("m.a", "xstate.error.actor.job", "actorError", { actions: [named("note")], actor: "job" }),
      transition("m.a", "xstate.after.1500.m.a", "after", {
        targets: ["m.b.past"],
        guard: named("isLate"),
        delay: 1500,
      }),
      transition("m.a", "xstate.after.backoff.m.a", "after", { targets: ["m.c"], delay: "backoff" }),
      transition("m.a", "", "always", { targets: ["m.c"], guard: { name: "isOver", params: { limit: 3 } } }),
      transition("m.b", "xstate.done.state.m.b", "stateDone", { targets: ["m.c"] }),
      transition("m.b.left.on", "STEP", "event", { targets: ["m.b.left.off"], guard: named("may") }),
      transition("m.b.left.on", "STEP", "event", { id: "m.b.left.on:STEP:1" }),
    ]);
  });

  it("keeps id and version", () => {
    expect(modelOf(machine)).toMatchObject({ id: "m", version: "3" });
  });

  it.each(everyMachine)("fits its schema and has each id once: %s", (_, it) => {
    const model = modelOf(it);
    expect(ChartModel.parse(JSON.parse(JSON.stringify(model)))).toEqual(model);
    const ids = [...model.states, ...model.transitions].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("names ends that are states of the model, for every machine", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 40 }), (seed, size) => {
        const model = modelOf(randomMachine(seed, size));
        const known = new Set(model.states.map((it) => it.id));
        const ends = model.transitions.flatMap(({ source, targets }) => [source, ...targets]);
        expect(ends.filter((it) => !known.has(it))).toEqual([]);
      }),
    );
  });

  it("refuses to look up what it does not have", () => {
    expect(() => indexOf(modelOf(machine)).state("m.x")).toThrow('the chart "m" has no state "m.x"');
  });
});

describe("what is inline", () => {
  const labels = (machine: Parameters<typeof modelOf>[0]): string[] => {
    const model = modelOf(machine);
    return model.transitions.map((it) => transitionLabel(it, indexOf(model).state(it.source)));
  };

  it("is described by what is known of it", () => {
    expect(labels(uploadQueueMachine)).toEqual([
      "file.added / assign(waiting), raise(queue.changed)",
      "error ✗ * / assign(…), log(…)",
      "done ✓ worker / (forgetWorker)",
      "queue.changed [(inline)]",
      "queue.paused [(isAllowed)]",
      "snapshot / showProgress",
      "queue.changed",
      "queue.resumed",
    ]);
  });

  it("is read through and, or, not and stateIn", () => {
    expect(labels(editorMachine)).toEqual([
      "route #panel [mayOpen]",
      "route #help",
      "edit",
      "edit / (ignored)",
      "save [isOnline and not(isReadOnly)]",
      "save: all; now -- [x] [in(#panel) or isForced]",
      "1",
      "2",
    ]);
  });
});

describe("delayLabel", () => {
  it.each([
    [0, "0 ms"],
    [999, "999 ms"],
    [1000, "1 s"],
    [1001, "1001 ms"],
    [1500, "1.5 s"],
    [59_000, "59 s"],
    [60_000, "1 min"],
    [90_000, "1.5 min"],
    [3_600_000, "1 h"],
    [86_400_000, "24 h"],
    ["backoff", "backoff"],
    [null, ""],
  ])("shows %s as %s", (delay, label) => {
    expect(delayLabel(delay)).toBe(label);
  });
});

describe("transitionIdsOf", () => {
  it("knows every transition that XState reports in its microsteps", () => {
    const ids = transitionIdsOf(fetchWithRetryMachine);
    const taken: unknown[] = [];
    const inspect = (it: InspectionEvent): void => {
      if (it.type === "@xstate.microstep") taken.push(...it._transitions.map((one) => ids.get(one)));
    };
    const actor = createActor(fetchWithRetryMachine, { input: { url: "/" }, inspect }).start();
    actor.send({ type: "FETCH" });
    actor.send({ type: "CANCEL" });
    actor.stop();
    expect(taken).toEqual(["fetchWithRetry.idle:FETCH:0", "fetchWithRetry.loading:CANCEL:0"]);
  });
});
