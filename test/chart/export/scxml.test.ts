import { XMLValidator } from "fast-xml-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnyStateMachine, createMachine } from "xstate";
import { modelOf, toScxml } from "../../../src/chart/index.ts";
import {
  editorMachine,
  elevatorMachine,
  fetchWithRetryMachine,
  playerMachine,
  wizardMachine,
} from "../../fixtures/machines/index.ts";
import { everyMachine } from "../machines.ts";
import { randomMachine } from "../random-machine.ts";
import { everyElement, parseXml, violations, type XmlElement } from "./scxml-schema.ts";

function document(machine: AnyStateMachine): XmlElement {
  const text = toScxml(modelOf(machine));
  expect(XMLValidator.validate(text)).toBe(true);
  const [root] = parseXml(text);
  if (root === undefined) throw new Error("an empty document");
  return root;
}

const find = (root: XmlElement, id: string): XmlElement | undefined =>
  everyElement(root).find((it) => it.attributes["id"] === id);

describe("an SCXML document", () => {
  it.each(everyMachine)("is allowed by SCXML 1.0: %s", (_, machine) => {
    expect(violations(document(machine))).toEqual([]);
  });

  it("is allowed by SCXML 1.0 for any chart", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 40 }), (seed, size) => {
        expect(violations(document(randomMachine(seed, size)))).toEqual([]);
      }),
    );
  });

  it("is allowed by SCXML 1.0 whatever the names are", () => {
    const names = ['<a href="x">', "a & b", "状態", "1.5", "a b", "a_b", "--", "x--"];
    const states = Object.fromEntries(
      names.map((it) => [
        it,
        {
          entry: it,
          invoke: { src: it },
          on: { [it]: { actions: it, guard: it } },
          after: { [`${it}!`]: "a b" },
        },
      ]),
    );
    const ends = { end: { type: "final", on: { "too -- late": {} }, invoke: { src: "x" } } } as const;
    const machine = createMachine({ id: "42 names", initial: "--", states: { ...states, ...ends } });
    expect(violations(document(machine))).toEqual([]);
  });

  it.each(everyMachine)(
    "has every state, and every transition that leaves no final one: %s",
    (_, machine) => {
      const model = modelOf(machine);
      const all = everyElement(document(machine));
      const count = (...names: string[]): number => all.filter((it) => names.includes(it.name)).length;
      const canEnd = all.filter(
        (it) =>
          it.attributes["event"]?.startsWith("done.state.") && it.attributes["target"]?.endsWith(".done"),
      );
      expect(count("state", "parallel", "final", "history")).toBe(model.states.length + canEnd.length);
      // Each initial and each history state has a transition of its own.
      expect(count("transition") - count("initial", "history") - canEnd.length).toBe(
        model.transitions.length,
      );
    },
  );

  it("starts a timer when its state is entered and cancels it when it is left", () => {
    const state = find(document(fetchWithRetryMachine), "fetchWithRetry.waiting");
    const timer = "xstate.after.backoff.fetchWithRetry.waiting";
    expect(state?.children).toEqual([
      {
        name: "onentry",
        attributes: {},
        children: [
          { name: "send", attributes: { id: timer, event: timer, delayexpr: "backoff" }, children: [] },
        ],
      },
      {
        name: "onexit",
        attributes: {},
        children: [{ name: "cancel", attributes: { sendid: timer }, children: [] }],
      },
      { name: "transition", attributes: { event: "CANCEL", target: "fetchWithRetry.idle" }, children: [] },
      { name: "transition", attributes: { event: timer, target: "fetchWithRetry.loading" }, children: [] },
    ]);
  });

  it("tells the ends of an actor apart", () => {
    const { children = [] } = find(document(fetchWithRetryMachine), "fetchWithRetry.loading") ?? {};
    const events = children.filter((it) => it.name === "transition").map((it) => it.attributes["event"]);
    expect(events).toEqual(["CANCEL", "done.invoke.page", "error.platform.page", "error.platform.page"]);
  });

  it("stays inside a state unless XState would leave it", () => {
    const transition = (machine: AnyStateMachine, state: string, event: string) =>
      find(document(machine), state)?.children.find((it) => it.attributes["event"] === event)?.attributes;
    expect(transition(wizardMachine, "wizard.steps", "RESTART")).toEqual({
      event: "RESTART",
      target: "wizard.steps",
    });
    expect(transition(elevatorMachine, "elevator.working.cabin.moving", "floor.passed")).toEqual({
      event: "floor.passed",
      target: "elevator.working.cabin.moving.up",
      type: "internal",
    });
  });

  it("gives a history state its default, its parent's own where it names none", () => {
    const target = (machine: AnyStateMachine, id: string) =>
      find(document(machine), id)?.children[0]?.attributes["target"];
    expect(target(wizardMachine, "wizard.steps.last")).toBe("wizard.steps.account");
    expect(target(playerMachine, "player.on.memory")).toBe("player.on.playback player.on.volume");
  });

  it("keeps the original where a name has to change", () => {
    const root = document(editorMachine);
    expect(find(root, "editor.file.txt.un_saved")?.attributes["homeostat:id"]).toBe(
      "editor.file.txt.un saved",
    );
    const conditions = everyElement(root).flatMap((it) => it.attributes["cond"] ?? []);
    expect(conditions).toContain('guards["isOnline and not(isReadOnly)"]');
    expect(everyElement(root).map((it) => it.attributes["homeostat:event"])).toContain(
      "save: all; now -- [x]",
    );
  });
});

describe("the table of SCXML", () => {
  const check = (inside: string) =>
    violations(
      parseXml(`<scxml version="1.0" initial="a"><state id="a">${inside}</state></scxml>`)[0] ?? {
        name: "",
        attributes: {},
        children: [],
      },
    );

  it.each([
    ['<transition target="b"/>', "no state b"],
    ["<transition/>", "a transition without event, cond and target"],
    ['<transition event="a..b" cond="x"/>', 'event of <transition> cannot be "a..b"'],
    ["<initial/>", "<initial> needs one transition with only a target"],
    ['<state id="a"/>', "id a is there twice"],
    ['<state id="1"/>', 'id of <state> cannot be "1"'],
    ["<onentry><state/></onentry>", "<state> cannot be in <onentry>"],
    ["<x:action/>", "<x:action> cannot be in <state>"],
    ['<onexit><cancel sendid="t"/></onexit>', "nothing to cancel: t"],
    ['<onentry><send delay="5 s"/></onentry>', 'delay of <send> cannot be "5 s"'],
    ['<final><transition event="x"/></final>', "<transition> cannot be in <final>"],
    ['<invoke href="x"/>', "<invoke> has no href"],
  ])("refuses %s", (inside, violation) => {
    expect(check(inside)).toContain(violation);
  });
});
