/** A supervisor with like plugins, each within a budget of restarts: a system that grows by the number of plugins. */
import { type AnyStateMachine, assign, createMachine, emit } from "xstate";
import type { ComposedProperty, CompositionOptions, Symmetry } from "../../src/explore/index.ts";

const pluginMachine = (): AnyStateMachine =>
  createMachine({
    id: "plugin",
    initial: "off",
    states: {
      off: { on: { start: "starting" } },
      starting: {
        on: {
          ready: { target: "up", actions: emit({ type: "up" }) },
          boom: { target: "dead", actions: emit({ type: "crash" }) },
          stop: { target: "off", actions: emit({ type: "off" }) },
        },
      },
      up: {
        on: {
          boom: { target: "dead", actions: emit({ type: "crash" }) },
          stop: "stopping",
        },
      },
      stopping: { on: { done: { target: "off", actions: emit({ type: "off" }) } } },
      dead: { on: { start: "starting", stop: { target: "off", actions: emit({ type: "off" }) } } },
    },
  });

/** `isBroken`: a restart costs nothing, so that it never gives up. */
const supervisorMachine = (plugins: number, budget: number, isBroken: boolean): AnyStateMachine => {
  const of = (index: number): object => {
    const left = `b${index}`;
    const send = (type: string) => emit({ type, to: `p${index}` });
    const hasLeft = ({ context }: { context: Record<string, number> }): boolean => (context[left] ?? 0) > 0;
    const spend = assign({
      [left]: ({ context }: { context: Record<string, number> }) => (context[left] ?? 0) - (isBroken ? 0 : 1),
    });
    const crashed = (reenter: boolean): object[] => [
      { guard: hasLeft, target: "starting", reenter, actions: [spend, send("start")] },
      { target: "quarantine", actions: send("stop") },
    ];
    return {
      initial: "wait",
      states: {
        wait: { on: { [`kick${index}`]: { target: "starting", actions: send("start") } } },
        starting: {
          on: { [`up${index}`]: "ok", [`crash${index}`]: crashed(true), [`off${index}`]: "wait" },
        },
        ok: { on: { [`crash${index}`]: crashed(false) } },
        quarantine: {},
      },
    };
  };
  const indices = Array.from({ length: plugins }, (_, index) => index);
  return createMachine({
    id: "supervisor",
    type: "parallel",
    context: Object.fromEntries(indices.map((index) => [`b${index}`, budget])),
    states: Object.fromEntries(indices.map((index) => [`p${index}`, of(index)])),
  } as never) as AnyStateMachine;
};

const symmetryOf = (names: readonly string[]): Symmetry => ({
  among: names,
  rename: (text, to) => text.replace(/\d$/, (digit) => to(`p${digit}`).slice(1)),
  view: ({ value, context }, name) => [
    (value as Record<string, unknown>)[name],
    (context as Record<string, unknown>)[`b${name.slice(1)}`],
  ],
});

export function supervision(
  plugins: number,
  options: {
    readonly symmetric?: boolean;
    readonly broken?: boolean;
    readonly properties?: readonly ComposedProperty[];
    readonly fair?: readonly string[];
  } = {},
): CompositionOptions {
  const { symmetric = false, broken = false, properties = [], fair } = options;
  const names = Array.from({ length: plugins }, (_, index) => `p${index}`);
  const plugin = {
    machine: pluginMachine(),
    parent: "supervisor",
    events: { start: [], stop: [] },
    send: ({ type }: { type: string }, from: string) => ({ type: `${type}${from.slice(1)}` }),
  };
  const reports = names.flatMap((_, index) => ["up", "crash", "off"].map((type) => [`${type}${index}`, []]));
  return {
    components: {
      supervisor: {
        machine: supervisorMachine(plugins, 2, broken),
        emitsTo: ({ to }) => to as string,
        send: ({ type }) => ({ type }),
        events: Object.fromEntries(reports) as Record<string, []>,
      },
      ...Object.fromEntries(names.map((name) => [name, plugin])),
    },
    mailbox: { supervisor: 2 * plugins, ...Object.fromEntries(names.map((name) => [name, 2])) },
    ...(symmetric ? { symmetry: symmetryOf(names) } : {}),
    properties,
    ...(fair === undefined ? {} : { fair }),
    maxStates: 6_000_000,
    maxSeconds: 300,
  };
}

/** A plugin that died comes up again, or is left off for good. */
export const recovers: ComposedProperty = {
  kind: "leadsTo",
  name: "a dead plugin comes up again or is off",
  about: ["p0"],
  from: ({ p0 }) => p0?.value === "dead",
  to: ({ p0 }) => p0?.value === "up" || p0?.value === "off",
};
