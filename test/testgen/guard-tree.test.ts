import * as fc from "fast-check";
import {
  and,
  type AnyStateMachine,
  createMachine,
  initialTransition,
  not,
  or,
  setup,
  transition,
} from "xstate";
import { expect, it } from "vitest";
import { answerOf, guardTree, partsOf } from "../../src/explore/guard-tree.ts";

interface Seen {
  context: { a: boolean; b: boolean; c: boolean };
}
const parts = { a: ({ context }: Seen) => context.a, b: ({ context }: Seen) => context.b };
const third = ({ context }: Seen): boolean => context.c;

const guards = fc.letrec<{ guard: unknown; inner: unknown }>((tie) => ({
  guard: fc.oneof({ maxDepth: 3 }, fc.constantFrom<unknown>("a", { type: "b" }, third), tie("inner")),
  inner: fc.oneof(
    fc.array(tie("guard"), { minLength: 1, maxLength: 3 }).map((it) => and(it as never)),
    fc.array(tie("guard"), { minLength: 1, maxLength: 3 }).map((it) => or(it as never)),
    tie("guard").map((it) => not(it as never) as unknown),
  ),
})).guard;

it("a guard of and, or and not is what its parts make of it, as XState has it", () => {
  fc.assert(
    fc.property(guards, fc.boolean(), fc.boolean(), fc.boolean(), (guard, a, b, c) => {
      const machine = createMachine(
        {
          context: { a, b, c },
          initial: "no",
          states: { no: { on: { ASK: { guard: guard as never, target: "yes" } } }, yes: {} },
        },
        { guards: parts as never },
      ) as AnyStateMachine;
      const [before] = initialTransition(machine);
      const event = { type: "ASK" };
      const [after] = transition(machine, before, event);
      const tree = guardTree(guard, machine);
      const answers = partsOf(tree).map(({ holds }) => holds(before, event));
      expect(answerOf(tree, answers)).toBe(after.value === "yes");
    }),
  );
});

it("parameters of a part come from the event", () => {
  const machine = setup({
    types: {} as { events: { type: "ASK"; size: number } },
    guards: { isBig: (_, { size }: { size: number }) => size > 1 },
  }).createMachine({}) as unknown as AnyStateMachine;
  const guard = { type: "isBig", params: ({ event }: { event: { size: number } }) => ({ size: event.size }) };
  const [part] = partsOf(guardTree(guard, machine));
  const [snapshot] = initialTransition(machine);
  expect([1, 2].map((size) => part?.holds(snapshot, { type: "ASK", size }))).toEqual([false, true]);
});
