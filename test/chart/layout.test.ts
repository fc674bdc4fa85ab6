import type { ElkNode } from "elkjs/lib/elk-api.js";
import { describe, expect, it } from "vitest";
import { createMachine } from "xstate";
import {
  type ChartModel,
  foldable,
  inlineEngine,
  layoutChart,
  type LayoutEngine,
  modelOf,
  type TextRow,
} from "../../src/chart/index.ts";
import { textWidth } from "../../src/chart/layout/measure.ts";
import { crashBudgetMachine } from "../../machines/index.ts";
import {
  checkoutMachine,
  elevatorMachine,
  formMachine,
  playerMachine,
  wizardMachine,
} from "../fixtures/machines/index.ts";
import { crossedBoxes, flaws } from "./geometry.ts";
import { everyMachine, layOut } from "./machines.ts";

const drawnTransitions = ({ transitions }: ChartModel): string[] => transitions.map((it) => it.id).sort();

describe("a placed chart", () => {
  it.each(everyMachine)("has a route for every edge and nothing that overlaps: %s", async (_, machine) => {
    const chart = await layOut(modelOf(machine));
    expect([...flaws(chart), ...crossedBoxes(chart)]).toEqual([]);
  });

  it.each(everyMachine)("shows every state and every transition: %s", async (_, machine) => {
    const model = modelOf(machine);
    const { boxes, pills } = await layOut(model, { direction: "down" });
    const rows = [...boxes, ...pills].flatMap((it) => it.rows);
    expect(boxes.map((it) => it.state).sort()).toEqual(model.states.map((it) => it.id).sort());
    expect([...new Set(rows.flatMap((it) => it.transitions))].sort()).toEqual(drawnTransitions(model));
  });

  it("is the same each time", async () => {
    const model = modelOf(playerMachine);
    expect(await layOut(model)).toEqual(await layOut(model));
  });

  it("is plain data", async () => {
    const chart = await layOut(modelOf(playerMachine));
    expect(JSON.parse(JSON.stringify(chart))).toEqual(chart);
  });

  it("begins with its initial state, even where only the root leads on", async () => {
    const { boxes } = await layOut(modelOf(crashBudgetMachine), { direction: "down" });
    const top = (id: string): number => boxes.find((it) => it.state === id)?.y ?? -1;
    const later = ["probation", "halfOpen", "retrying"].map((it) => top(`crashBudget.${it}`));
    expect(Math.min(...later)).toBeGreaterThan(top("crashBudget.steady"));
  });

  it.each(["down", "right"] as const)("puts regions side by side in their order: %s", async (direction) => {
    const { boxes } = await layOut(modelOf(formMachine), { direction });
    const at = (id: string): number => {
      const { x = 0, y = 0 } = boxes.find((it) => it.state === id) ?? {};
      return direction === "down" ? x : y;
    };
    expect(at("form.editing.email")).toBeGreaterThan(at("form.editing.name"));
  });

  it("runs in the direction that comes nearer to the wanted shape", async () => {
    const model = modelOf(checkoutMachine);
    const shape = async (aspectRatio: number) => (await layOut(model, { aspectRatio })).direction;
    expect([await shape(10), await shape(0.1)]).toEqual(["right", "down"]);
  });

  it("keeps a history state apart, with its default and its depth", async () => {
    const { boxes, edges } = await layOut(modelOf(wizardMachine));
    expect(boxes.find((it) => it.state === "wizard.steps.last")).toMatchObject({
      kind: "history",
      historyDepth: "shallow",
    });
    expect(edges.find((it) => it.id === "wizard.steps.last>wizard.steps.account")).toMatchObject({
      kind: "historyDefault",
      transitions: [],
    });
  });

  it("draws delays as such, but not an edge that also takes an event", async () => {
    const { edges } = await layOut(modelOf(playerMachine));
    const kind = (id: string) => edges.find((it) => it.id === id)?.kind;
    expect(kind("player.on.volume.muted>player.off")).toBe("delay");
    expect(kind("player.on.playback.playing.fast>player.on.playback.playing.normal")).toBe("transition");
  });
});

describe("the text on a chart", () => {
  const text = ({ rows }: { readonly rows: readonly TextRow[] }): string[] =>
    rows.map((it) => it.spans.map((span) => span.text).join(""));
  const chart = (states: Parameters<typeof createMachine>[0]["states"]) =>
    layOut(modelOf(createMachine({ id: "m", initial: "a", states })), { direction: "down" });
  const pill = async (id: string, states: Parameters<typeof chart>[0]) => {
    const found = (await chart(states)).pills.find((it) => it.edge === id);
    return found === undefined ? [] : text(found);
  };

  it("is the event with its guard, and the actions below", async () => {
    const on = { GO: { target: "b", guard: "may", actions: ["pack", "leave"] } };
    expect(await pill("m.a>m.b", { a: { on }, b: {} })).toEqual(["GO [may]", "/ pack, leave"]);
  });

  it("names together the events that do the same", async () => {
    const a = { on: { X: "b", Y: "b", Z: { target: "b", actions: "log" } }, after: { 1000: "b" } };
    expect(await pill("m.a>m.b", { a, b: {} })).toEqual(["X, Y, after 1 s", "Z", "/ log"]);
  });

  it("keeps the candidates of one event apart and in their order", async () => {
    const on = {
      Y: { actions: "log" },
      X: [{ guard: "first" }, { actions: "log" }],
      Z: { actions: "log" },
    };
    const { boxes } = await chart({ a: { on } });
    expect(boxes.flatMap((it) => (it.state === "m.a" ? text(it) : []))).toEqual([
      "Y, Z / log",
      "X [first] / (ignored)",
      "X / log",
    ]);
  });

  it("is broken where it would get too wide, at commas", async () => {
    const actions = Array.from({ length: 8 }, (_, at) => `doSomething${at}`);
    const rows = await pill("m.a>m.b", { a: { on: { GO: { target: "b", actions } } }, b: {} });
    expect(rows.slice(1).join("").replace(/\s+/g, " ")).toBe(`/ ${actions.join(", ")}`);
    expect(rows).toHaveLength(4);
  });

  it("is entry, invoke and exit in a box", async () => {
    const { boxes } = await chart({
      a: { exit: "leave", entry: ["come", "greet"], invoke: { src: "work" } },
    });
    expect(boxes.flatMap((it) => text(it))).toEqual(["entry / come, greet", "invoke / work", "exit / leave"]);
  });
});

describe("a folded chart", () => {
  it.each(everyMachine)("is as sound as the full one: %s", async (_, machine) => {
    expect(flaws(await layOut(modelOf(machine), { fold: "all" }))).toEqual([]);
  });

  it("hides what is inside and ends its edges at the border, like ones together", async () => {
    const { boxes, edges, folded } = await layOut(modelOf(elevatorMachine), { fold: "all" });
    expect(boxes.map((it) => it.title)).toEqual(["elevator", "working ⊞", "broken"]);
    expect(folded).toContain("elevator.working.cabin.moving");
    expect(edges.map((it) => it.id).sort()).toEqual([
      ">elevator.working",
      "elevator.broken>elevator.working",
      "elevator.working>elevator",
      "elevator.working>elevator.broken",
      "elevator.working>elevator.working",
    ]);
  });

  it("keeps a self-transition only of the folded state itself", async () => {
    const { pills } = await layOut(modelOf(elevatorMachine), { fold: "all" });
    const own = pills.filter((it) => it.edge === "elevator.working>elevator.working");
    expect(own.flatMap((it) => it.transitions)).toEqual(["elevator.working:service.reset:0"]);
  });

  it("can fold chosen states only", async () => {
    const model = modelOf(elevatorMachine);
    const { boxes } = await layOut(model, { fold: ["elevator.working.cabin"] });
    expect(boxes.filter((it) => it.isFolded).map((it) => it.state)).toEqual(["elevator.working.cabin"]);
    expect(boxes.map((it) => it.state)).toContain("elevator.working.doors.opened");
    expect(foldable(model)[0]).toBe("elevator.working");
  });
});

describe("a layout that takes too long", () => {
  const model = modelOf(elevatorMachine);
  const key = (graph: ElkNode): string => JSON.stringify(graph);
  const never = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));

  it("is given up for the folded chart", async () => {
    const known = new Map<string, ElkNode>();
    const folded = await layOut(model, {
      fold: "all",
      engine: async (graph, signal) => {
        const asked = key(graph);
        const answer = await inlineEngine(graph, signal);
        known.set(asked, answer);
        return answer;
      },
    });
    // What is known is answered before any timer can fire.
    const engine: LayoutEngine = (graph, signal) => {
      const answer = known.get(key(graph));
      return answer === undefined ? never(signal) : Promise.resolve(answer);
    };
    expect(await layoutChart(model, { engine, capMs: 1 })).toEqual(folded);
    expect(folded.folded).toEqual(foldable(model));
  });

  it("is an error when the folded one takes too long as well", async () => {
    const layout = layoutChart(model, { engine: (_, signal) => never(signal), capMs: 1 });
    await expect(layout).rejects.toMatchObject({
      code: "layout_timeout",
      message: `the chart "elevator" could not be laid out within 1 ms, even folded; it has ${model.states.length} states`,
    });
  });

  it("does not hide another failure of the engine", async () => {
    const engine: LayoutEngine = () => Promise.reject(new Error("out of memory"));
    await expect(layOut(model, { engine })).rejects.toThrow("out of memory");
  });
});

describe("textWidth", () => {
  it("is Helvetica's, and wider for bold and for square scripts", () => {
    expect(textWidth("steady", 10, false)).toBeCloseTo(5 + 2.78 + 5.56 * 3 + 5);
    expect(textWidth("a", 10, true)).toBeCloseTo(5.56);
    expect(textWidth("b", 10, true)).toBeGreaterThan(textWidth("b", 10, false));
    expect(textWidth("状態", 10, false)).toBe(20);
  });
});
