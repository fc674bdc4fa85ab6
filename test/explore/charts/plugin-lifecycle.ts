import { assign, type AnyStateMachine, enqueueActions } from "xstate";
import { pluginLifecycleMachine, type PluginLifecycleContext } from "../../../machines/plugin-lifecycle.ts";
import type { Mutant } from "../../../src/explore/index.ts";
import { rewired } from "../support/rewired.ts";

export { explore } from "../../../machines/plugin-lifecycle/explore.ts";
export { pluginLifecycleMachine };

const broken = (name: string, change: object): Mutant => ({
  name,
  machine: pluginLifecycleMachine.provide(change) as AnyStateMachine,
});

interface Closing {
  context: PluginLifecycleContext;
  enqueue: { sendTo(id: string, event: { type: string }): void };
}

export const mutants: readonly Mutant[] = [
  broken("never degraded", { guards: { isDegraded: () => false } }),
  broken("every start settles healthy", { guards: { settledHealthy: () => true } }),
  broken("anything fits", { guards: { fits: () => true } }),
  broken("an exit is answered with a start", {
    actions: {
      dropExited: enqueueActions(({ enqueue }) => {
        enqueue.assign({ servers: [] });
        enqueue.emit({ type: "server.starting" });
      }),
    },
  }),
  broken("a spare has the number of the active process", {
    actions: {
      noteReady: assign(({ context: { servers } }: { context: PluginLifecycleContext }) => ({
        servers: servers.map((it) => ({ ...it, standby: it.active })),
      })),
    },
  }),
  broken("a stop is forgotten", { actions: { want: assign({ desired: "stopped" as const }) } }),
  broken("all are asked to end at once", {
    actions: {
      closeNext: enqueueActions(({ enqueue, context }: Closing) => {
        for (const { active, standby } of context.servers) {
          for (const it of [active, standby]) {
            if (it !== null) enqueue.sendTo(`s#${it.incarnation}`, { type: "process.close" });
          }
        }
      }),
    },
  }),
  {
    name: "a shutdown has no deadline",
    machine: rewired(pluginLifecycleMachine, ({ states }) => {
      delete states?.["shuttingDown"]?.states?.["closing"]?.after;
    }),
  },
  broken("a rejected configuration is taken", {
    actions: {
      rejectConfiguration: enqueueActions(({ enqueue }) => {
        enqueue.assign({ servers: [] });
        enqueue.emit({ type: "plugin.rejected" });
      }),
    },
  }),
];
