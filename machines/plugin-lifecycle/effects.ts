/** Effects that several actions of the plugin-lifecycle chart share. */
import type { AnyActorRef } from "xstate";
import type { ServerRole } from "../../src/core/records.ts";
import { type Enveloped, tell } from "../actors.ts";
import type { Start } from "./decisions.ts";
import type { PluginLifecycleContext, PluginLifecycleReport } from "./schemas.ts";
import { findProcess, processId } from "./servers.ts";

interface Enqueueing {
  readonly self: AnyActorRef;
  readonly enqueue: {
    emit(event: PluginLifecycleReport): void;
    sendTo(target: AnyActorRef, event: PluginLifecycleReport | Enveloped<PluginLifecycleReport>): void;
    spawnChild(src: "serverProcess", options: { id: string; input: Start }): void;
  };
}

/** Spawns the process of each start and reports it. */
export function startProcesses({ enqueue, self }: Enqueueing, starts: readonly Start[], at: number): void {
  for (const start of starts) {
    const { spec: _, ...facts } = start;
    tell({ enqueue, self }, { type: "server.starting", ...facts, monotonicMs: at });
    enqueue.spawnChild("serverProcess", { id: processId(start.server, start.incarnation), input: start });
  }
}

/** What every report on one process says. */
export function processFacts(
  { name: plugin, servers }: PluginLifecycleContext,
  { server, incarnation, at: monotonicMs }: { server: string; incarnation: number; at: number },
): { plugin: string; server: string; incarnation: number; role: ServerRole; monotonicMs: number } {
  const role = findProcess(servers, server, incarnation)?.role ?? "active";
  return { plugin, server, incarnation, role, monotonicMs };
}
