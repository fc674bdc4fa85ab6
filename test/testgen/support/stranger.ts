/** A chart as somebody else writes it: timers, actors named and inline, parallel regions, history, eventless transitions, composed guards. */
import { and, assign, createMachine, fromPromise, not, or } from "xstate";

interface Context {
  retries: number;
  isPaid: boolean;
}
interface Seen {
  context: Context;
}

const few = ({ context }: Seen): boolean => context.retries < 2;
const paid = ({ context }: Seen): boolean => context.isPaid;

export const orderMachine = createMachine({
  id: "order",
  context: { retries: 0, isPaid: false },
  type: "parallel",
  states: {
    payment: {
      initial: "waiting",
      states: {
        waiting: { on: { PAY: "charging" }, after: { 5_000: "expired" } },
        charging: {
          invoke: {
            id: "charge",
            src: fromPromise(() => Promise.resolve("receipt")),
            onDone: { target: "paid", actions: assign({ isPaid: true }) },
            onError: [
              {
                guard: few,
                target: "waiting",
                actions: assign({ retries: ({ context }: Seen) => context.retries + 1 }),
              },
              { target: "expired" },
            ],
          },
          on: { CANCEL: "waiting" },
        },
        paid: { on: { REFUND: { target: "waiting", actions: assign({ isPaid: false }) } } },
        expired: {},
      },
    },
    delivery: {
      initial: "idle",
      on: { HOLD: ".held" },
      states: {
        idle: { always: { guard: paid, target: "packing" } },
        packing: {
          initial: "picking",
          states: {
            picking: { after: { 100: "boxing" } },
            boxing: {},
            last: { type: "history" },
          },
          on: { SHIP: { guard: and([paid, or([few, not(paid)])]), target: "shipped" } },
        },
        held: { on: { RESUME: "packing.last" } },
        shipped: {},
      },
    },
  },
});
