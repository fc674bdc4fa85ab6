import { createActor, fromCallback } from "xstate";
import {
  type PluginLifecycleEvent,
  pluginLifecycleMachine,
  type PluginLifecycleReport,
  type ServerProcessCommand,
  type ServerProcessInput,
} from "../../machines/plugin-lifecycle.ts";
import { VirtualClock } from "../../src/runtime/virtual-clock.ts";

type Process = ServerProcessInput & { commands: string[]; stopped: boolean };

/** A plugin actor on its own, with processes that only listen. */
export function createPlugin(servers: Readonly<Record<string, object>>) {
  const clock = new VirtualClock();
  const processes: Process[] = [];
  const reports: PluginLifecycleReport[] = [];
  const serverProcess = fromCallback<ServerProcessCommand, ServerProcessInput>(({ input, receive }) => {
    const process: Process = { ...input, commands: [], stopped: false };
    processes.push(process);
    receive(({ type }) => void process.commands.push(type));
    return () => void (process.stopped = true);
  });
  const machine = pluginLifecycleMachine.provide({ actors: { serverProcess } });
  const actor = createActor(machine, { clock, input: { name: "p", stopDeadlineMs: 1_000 } });
  actor.on("*", (report) => void reports.push(report));
  actor.start();
  type Body = PluginLifecycleEvent extends infer E
    ? E extends { at: number }
      ? Omit<E, "at">
      : never
    : never;
  const send = (event: Body): void => actor.send({ ...event, at: clock.now() } as PluginLifecycleEvent);
  const spec = {
    servers: Object.fromEntries(Object.entries(servers).map(([name, it]) => [name, { command: "x", ...it }])),
  };
  const exitFacts = { cause: "exited", code: 1, signal: null, stderrTail: "", garbageLines: 0 } as const;
  return {
    actor,
    clock,
    processes,
    reports,
    send,
    spec,
    state: () => actor.getSnapshot().value,
    context: () => actor.getSnapshot().context,
    /** Configured and started. */
    up: (): void => {
      send({ type: "plugin.configure", spec });
      send({ type: "plugin.start" });
    },
    ready: (server: string, incarnation: number) =>
      send({
        type: "process.ready",
        server,
        incarnation,
        pid: incarnation,
        tools: [`${server}-tool`],
        resources: [],
        partial: false,
      }),
    exit: (server: string, incarnation: number) =>
      send({ type: "process.exited", server, incarnation, exit: exitFacts }),
    failStart: (server: string, incarnation: number, permanent = false) =>
      send({
        type: "process.startFailed",
        server,
        incarnation,
        failure: { code: "spawn_failed", message: "no", permanent, exit: null },
      }),
    probe: (server: string, incarnation: number, misses: number) =>
      send({ type: "process.probed", server, incarnation, misses }),
  };
}
