import { type AnyStateMachine, enqueueActions } from "xstate";
import { supervisorMachine, type SupervisorContext } from "../../../machines/supervisor.ts";
import type { Mutant } from "../../../src/explore/index.ts";
import { rewired } from "../support/rewired.ts";

export { explore } from "../../../machines/supervisor/explore.ts";
export { supervisorMachine };

const broken = (name: string, change: object): Mutant => ({
  name,
  machine: supervisorMachine.provide(change) as AnyStateMachine,
});

interface Enqueuing {
  context: SupervisorContext;
  enqueue: {
    sendTo(id: string, event: object): void;
    assign(change: Partial<SupervisorContext>): void;
  };
}

export const mutants: readonly Mutant[] = [
  broken("a crash restarts the other plugin", {
    actions: {
      countCrash: enqueueActions(({ enqueue }: Enqueuing) =>
        enqueue.sendTo("plugin:q", { type: "server.start" }),
      ),
    },
  }),
  broken("every end counts as a crash", { guards: { isUnexpected: () => true } }),
  broken("a permanent failure is retried", { guards: { isPermanent: () => false } }),
  broken("escalations pile up", {
    actions: {
      openEscalation: enqueueActions(({ enqueue, context: { escalations } }: Enqueuing) => {
        const facts = { subject: "p", cause: "internalError", message: "", openedMs: 0 } as const;
        const again = { id: "E", ...facts, actor: null, acknowledged: false };
        enqueue.assign({ escalations: [...escalations.slice(0, 1), again] });
      }),
    },
  }),
  broken("stopping starts a plugin", {
    actions: {
      stopLast: enqueueActions(({ enqueue }: Enqueuing) =>
        enqueue.sendTo("plugin:p", { type: "plugin.start" }),
      ),
    },
  }),
  {
    name: "a child that throws is nobody's business",
    machine: rewired(supervisorMachine, ({ states }) => {
      delete states?.["running"]?.on?.["xstate.error.actor.*"];
    }),
  },
  {
    name: "stopping waits for ever",
    machine: rewired(supervisorMachine, ({ states }) => {
      delete states?.["stopping"]?.states?.["killing"]?.after;
    }),
  },
];
