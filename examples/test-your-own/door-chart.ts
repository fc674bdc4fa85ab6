/** What the door has to do: it locks itself 5 s after it was closed, and a third wrong code in a row sets off the alarm. */
import { type AnyEventObject, type AnyStateMachine, assign, createMachine } from "xstate";

interface Seen {
  readonly context: { readonly wrong: number };
}

const isRight = ({ event }: { event: AnyEventObject }): boolean => event["code"] === "1234";
const isLastTry = ({ context }: Seen): boolean => context.wrong >= 2;

export const doorMachine = createMachine({
  id: "door",
  initial: "locked",
  context: { wrong: 0 },
  states: {
    locked: {
      on: {
        "code.entered": [
          { guard: isRight, target: "closed", actions: assign({ wrong: 0 }) },
          { guard: isLastTry, target: "alarmed", actions: assign({ wrong: 3 }) },
          { actions: assign({ wrong: ({ context }: Seen) => context.wrong + 1 }) },
        ],
      },
    },
    closed: { on: { opened: "open" }, after: { 5_000: "locked" } },
    open: { on: { closed: "closed" } },
    alarmed: { on: { reset: { target: "locked", actions: assign({ wrong: 0 }) } } },
  },
}) as AnyStateMachine;

/** How the machine is explored; `homeostat generate` and `homeostat check` read it. */
export const explore = { events: { "code.entered": [{ code: "1234" }, { code: "0000" }] } };
