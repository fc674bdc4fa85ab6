/** Which machines need their steps repeated to be trusted: those whose steps run functions of their author. */
import { describe, expect, it } from "vitest";
import { type AnyStateMachine, assign, createMachine, fromPromise, raise, setup } from "xstate";
import { createStepper } from "../../src/explore/index.ts";

const chart = (transition: object, rest: object = {}): AnyStateMachine =>
  createMachine({ initial: "a", states: { a: { on: { go: transition } }, b: rest } } as never);

describe("a machine's steps", () => {
  it.each<[string, AnyStateMachine]>([
    ["only targets", chart({ target: "b" })],
    ["actions that are told by name", chart({ actions: ["note", { type: "note", params: { n: 1 } }] })],
    [
      "actions of its own, which are told and not run",
      setup({ actions: { note: () => {} } }).createMachine({ on: { go: { actions: "note" } } }),
    ],
  ])("run no code of its author when it has %s", (_, machine) => {
    expect(createStepper(machine).runsCode).toBe(false);
  });

  it.each<[string, AnyStateMachine]>([
    ["a guard", chart({ guard: () => true, target: "b" })],
    ["an assign", chart({ actions: assign({}) })],
    [
      "an assign by name",
      setup({ actions: { grow: assign({}) } }).createMachine({ on: { go: { actions: "grow" } } }),
    ],
    ["computed parameters", chart({ actions: { type: "note", params: () => ({}) } })],
    ["a raised event", chart({ actions: raise({ type: "x" }) })],
    ["a delay", chart({ target: "b" }, { after: { 5: "a" } })],
    ["an entry that assigns", chart({ target: "b" }, { entry: assign({}) })],
    ["an exit that assigns", chart({ target: "b" }, { exit: assign({}) })],
    [
      "an initial transition that assigns",
      chart({ target: "b" }, { initial: { target: "c", actions: assign({}) }, states: { c: {} } }),
    ],
    ["an actor", chart({ target: "b" }, { invoke: { src: fromPromise(async () => 1) } })],
    ["a computed output", chart({ target: "b" }, { type: "final", output: () => 1 })],
  ])("may run code of its author when it has %s", (_, machine) => {
    expect(createStepper(machine).runsCode).toBe(true);
  });
});
