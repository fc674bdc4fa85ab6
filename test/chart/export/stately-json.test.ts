import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createActor, type AnyStateMachine } from "xstate";
import { fromStatelyJson, modelOf, toStatelyJson } from "../../../src/chart/index.ts";
import { checkoutMachine, fetchWithRetryMachine, gameMachine } from "../../fixtures/machines/index.ts";
import { everyMachine } from "../machines.ts";
import { randomMachine } from "../random-machine.ts";

/** Through the text that a file would hold. */
const thereAndBack = (machine: AnyStateMachine): AnyStateMachine =>
  fromStatelyJson(JSON.parse(JSON.stringify(toStatelyJson(modelOf(machine)))));

describe("Stately JSON", () => {
  it.each(everyMachine)("imports back to an equal machine: %s", (_, machine) => {
    expect(modelOf(thereAndBack(machine))).toEqual(modelOf(machine));
  });

  it("imports back to an equal machine for any chart", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 40 }), (seed, size) => {
        const machine = randomMachine(seed, size);
        expect(modelOf(thereAndBack(machine))).toEqual(modelOf(machine));
      }),
      { numRuns: 200 },
    );
  });

  it("keeps states in the order of the configuration, names siblings as people do", () => {
    const { states } = toStatelyJson(modelOf(fetchWithRetryMachine));
    expect(Object.keys(states ?? {})).toEqual(["idle", "loading", "waiting", "succeeded", "failed"]);
    expect(states?.["loading"]).toEqual({
      tags: ["busy"],
      entry: ["countAttempt"],
      invoke: [
        {
          id: "page",
          src: "fetchPage",
          onDone: { target: "succeeded" },
          onError: [
            { target: "waiting", guard: { type: "hasAttemptsLeft", params: { limit: 3 } } },
            { target: "failed", actions: ["report"] },
          ],
        },
      ],
      on: { CANCEL: { target: "idle" } },
    });
  });

  it("gives a machine that runs, once its names are provided", () => {
    const machine = thereAndBack(gameMachine).provide({
      guards: { hasWon: () => true, hasLost: () => false, isTournament: () => false },
    });
    const actor = createActor(machine).start();
    actor.send({ type: "START" });
    expect(actor.getSnapshot().value).toBe("won");
  });

  it("keeps version, meta data and the actions of an initial transition", () => {
    expect(toStatelyJson(modelOf(checkoutMachine))).toMatchObject({
      id: "checkout",
      version: "2.1.0",
      states: {
        cart: { id: "basket", meta: { page: "/cart", steps: [1, 2] } },
        paying: {
          initial: {
            target: "choosing",
            actions: ["freezeCart", { type: "log", params: { level: "info" } }],
          },
        },
      },
    });
  });

  it.each([
    [null, "expected object"],
    ["{}", "expected object"],
    [{ states: { a: { on: { GO: { target: 5 } } } }, initial: "a" }, "Invalid input"],
    [{ states: { a: {} } }, "No initial state specified"],
    [{ states: { a: { on: { GO: "nowhere" } } }, initial: "a" }, "nowhere"],
  ])("refuses %j with the reason", (json, reason) => {
    let refusal: unknown;
    try {
      fromStatelyJson(json);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({ code: "machine_unreadable", message: expect.stringContaining(reason) });
  });
});
