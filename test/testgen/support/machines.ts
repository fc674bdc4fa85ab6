/** Three machines of growing size, without actors or timers, so that `xstate/graph` can be compared on them. */
import { type AnyStateMachine, assign, createMachine } from "xstate";

/** M1: a plugin's lifecycle, 9 states, 20 edges. */
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

/** M2: three parallel regions, 100 states, 508 edges. */
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

interface Budget {
  crashes: number;
  attempts: number;
  tokens: number;
}
interface Seen {
  context: Budget;
}

/** M3: counters in the context; 10,027 states and 22,203 edges with the default limits. */
export const budgetMachine = (crashes = 9, attempts = 9, tokens = 36): AnyStateMachine =>
  createMachine({
    id: "budget",
    initial: "up",
    context: { crashes: 0, attempts: 0, tokens },
    states: {
      up: {
        on: {
          CRASH: {
            guard: ({ context }: Seen) => context.crashes < crashes,
            target: "down",
            actions: assign({ crashes: ({ context }: Seen) => context.crashes + 1 }),
          },
          WORK: {
            guard: ({ context }: Seen) => context.tokens > 0,
            actions: assign({ tokens: ({ context }: Seen) => context.tokens - 1 }),
          },
          REFILL: {
            guard: ({ context }: Seen) => context.tokens < tokens,
            actions: assign({ tokens }),
          },
        },
      },
      down: {
        on: {
          RETRY: [
            {
              guard: ({ context }: Seen) => context.attempts < attempts,
              target: "probing",
              actions: assign({ attempts: ({ context }: Seen) => context.attempts + 1 }),
            },
            { target: "halted" },
          ],
        },
      },
      probing: {
        on: { OK: { target: "up" }, FAIL: "down", HEAL: { target: "up", actions: assign({ attempts: 0 }) } },
      },
      halted: {
        on: {
          OPERATOR: { target: "up", actions: assign({ attempts: 0, crashes: 0, tokens }) },
        },
      },
    },
  }) as AnyStateMachine;
