/** The machines on which ways of exploring and of generating tests are compared: plain ones, so that every tool takes them. */
import { type AnyStateMachine, assign, createMachine, setup } from "xstate";

/** One region, 9 states, no context. */
export const pluginMachine = (): AnyStateMachine =>
  createMachine({
    id: "plugin",
    initial: "discovered",
    states: {
      discovered: { on: { INSTALL: "installing" } },
      installing: { on: { OK: "installed", FAIL: "failed" } },
      installed: { on: { START: "active", UNINSTALL: "removed" } },
      active: {
        initial: "starting",
        on: { STOP: "stopping", CRASH: "failed" },
        states: {
          starting: { on: { OK: "running" } },
          running: { on: { DEGRADE: "degraded", RESTART: "starting" } },
          degraded: { on: { RECOVER: "running", RESTART: "starting" } },
        },
      },
      stopping: { on: { OK: "installed", FAIL: "failed" } },
      failed: { on: { RETRY: "installing", UNINSTALL: "removed" } },
      removed: { type: "final" },
    },
  });

/** Three regions that share events, 100 configurations, no context. */
export const regionsMachine = (): AnyStateMachine =>
  createMachine({
    id: "regions",
    type: "parallel",
    states: {
      health: {
        initial: "ok",
        states: {
          ok: { on: { SLOW: "degraded", CRASH: "crashed" } },
          degraded: { on: { HEAL: "ok", CRASH: "crashed" } },
          crashed: { on: { RESTART: "recovering", GIVEUP: "quarantined" } },
          recovering: { on: { HEAL: "ok", CRASH: "crashed" } },
          quarantined: { on: { RESET: "ok" } },
        },
      },
      lease: {
        initial: "none",
        states: {
          none: { on: { ACQUIRE: "pending" } },
          pending: { on: { GRANT: "held", DENY: "none" } },
          held: { on: { RENEW: "renewing", RELEASE: "none", EXPIRE: "expired" } },
          renewing: { on: { GRANT: "held", DENY: "expired" } },
          expired: { on: { RESET: "none", ACQUIRE: "pending" } },
        },
      },
      migration: {
        initial: "idle",
        states: {
          idle: { on: { MIGRATE: "running" } },
          running: { on: { COMMIT: "done", ABORT: "rollback" } },
          rollback: { on: { RESET: "idle" } },
          done: { on: { MIGRATE: "running", RESET: "idle" } },
        },
      },
    },
  });

/** Four states and three counters; with 9, 9 and 36 it has 10,027 states, with 49, 49 and 399 it has 2,940,400. */
export const budgetMachine = (crashes = 9, attempts = 9, tokens = 36): AnyStateMachine =>
  setup({
    types: {} as { context: { crashes: number; attempts: number; tokens: number } },
    guards: {
      mayCrash: ({ context }) => context.crashes < crashes,
      mayTry: ({ context }) => context.attempts < attempts,
      hasToken: ({ context }) => context.tokens > 0,
      lacksToken: ({ context }) => context.tokens < tokens,
    },
    actions: {
      crash: assign({ crashes: ({ context }) => context.crashes + 1 }),
      try: assign({ attempts: ({ context }) => context.attempts + 1 }),
      use: assign({ tokens: ({ context }) => context.tokens - 1 }),
      refill: assign({ tokens }),
      heal: assign({ attempts: 0 }),
      reset: assign({ crashes: 0, attempts: 0, tokens }),
    },
  }).createMachine({
    id: "budget",
    context: { crashes: 0, attempts: 0, tokens },
    initial: "up",
    states: {
      up: {
        on: {
          CRASH: { guard: "mayCrash", target: "down", actions: "crash" },
          WORK: { guard: "hasToken", actions: "use" },
          REFILL: { guard: "lacksToken", actions: "refill" },
        },
      },
      down: { on: { RETRY: [{ guard: "mayTry", target: "probing", actions: "try" }, "halted"] } },
      probing: { on: { OK: "up", FAIL: "down", HEAL: { target: "up", actions: "heal" } } },
      halted: { on: { OPERATOR: { target: "up", actions: "reset" } } },
    },
  });

/** The same for Spin: guards and assignments in one step each. */
export const budgetModel = (crashes: number, attempts: number, tokens: number): string => `
byte at = 0; byte crashes = 0; byte attempts = 0; short tokens = ${tokens};
active proctype budget() {
  do
  :: d_step { at == 0 && crashes < ${crashes} -> crashes++; at = 1 }
  :: d_step { at == 0 && tokens > 0 -> tokens-- }
  :: d_step { at == 0 && tokens < ${tokens} -> tokens = ${tokens} }
  :: d_step { at == 1 && attempts < ${attempts} -> attempts++; at = 2 }
  :: d_step { at == 1 && attempts >= ${attempts} -> at = 3 }
  :: d_step { at == 2 -> at = 0 }
  :: d_step { at == 2 -> at = 1 }
  :: d_step { at == 2 -> at = 0; attempts = 0 }
  :: d_step { at == 3 -> at = 0; crashes = 0; attempts = 0; tokens = ${tokens} }
  od
}`;

/** So many regions of five states each that share one event: 5 to that power. */
export function orthogonalMachine(regions: number): AnyStateMachine {
  const region = (number: number): object => ({
    initial: "s0",
    states: Object.fromEntries(
      Array.from({ length: 5 }, (_, state) => {
        const back = state % 2 === 1 ? { [`BACK${number}`]: `s${(state + 4) % 5}` } : {};
        const reset = state === 4 ? { RESET: "s0" } : {};
        return [`s${state}`, { on: { [`NEXT${number}`]: `s${(state + 1) % 5}`, ...back, ...reset } }];
      }),
    ),
  });
  const states = Object.fromEntries(Array.from({ length: regions }, (_, i) => [`r${i}`, region(i)]));
  return createMachine({ id: "orthogonal", type: "parallel", states });
}
