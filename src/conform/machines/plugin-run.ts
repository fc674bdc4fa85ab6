/** A running plugin-lifecycle chart whose processes do what a recording says of them. */
import { type Actor, createActor, fromCallback } from "xstate";
import {
  pluginLifecycleMachine,
  type ServerProcessCommand,
  type ServerProcessInput,
} from "../../../machines/plugin-lifecycle.ts";
import { pluginHealth } from "../../../machines/plugin-lifecycle/decisions.ts";
import { HomeostatError } from "../../core/errors.ts";
import { PluginState, type ServerHealth } from "../../core/plugin-health.ts";
import { VirtualClock } from "../../runtime/virtual-clock.ts";

/** Ends when it is asked to; what it does before that is told by {@link PluginRun}. */
const recordedProcess = fromCallback<ServerProcessCommand, ServerProcessInput>(
  ({ input: { server, incarnation }, receive, sendBack }) => {
    const exit = { cause: "requested", code: 0, signal: null, stderrTail: "", garbageLines: 0 } as const;
    receive(() => sendBack({ type: "process.exited", server, incarnation, exit, at: 0 }));
  },
);

const machine = pluginLifecycleMachine.provide({ actors: { serverProcess: recordedProcess } });

/** Names in a recording may repeat or be empty, those of a configuration may not. */
const alias = (index: number): string => `server-${index}`;
const specOf = (servers: readonly unknown[]): unknown => ({
  servers: Object.fromEntries(servers.map((_, index) => [alias(index), { command: "recorded" }])),
});

/** One plugin, from its configuration to the state that its servers put it in, and to its end. */
export class PluginRun {
  readonly #servers: readonly ServerHealth[];
  readonly #actor: Actor<typeof machine>;

  constructor(servers: readonly ServerHealth[]) {
    this.#servers = servers;
    this.#actor = createActor(machine, { clock: new VirtualClock(), input: { name: "recorded" } }).start();
    this.#actor.send({ type: "plugin.configure", spec: specOf(servers), at: 0 });
    this.#actor.send({ type: "plugin.start", at: 0 });
    for (const [index, server] of servers.entries()) this.#settle(alias(index), server);
  }

  #settle(server: string, { status, lastError }: ServerHealth): void {
    const process = { server, incarnation: 1, at: 0 };
    if (status === "failed") {
      const failure = {
        code: "spawn_failed",
        message: lastError ?? "",
        permanent: false,
        exit: null,
      } as const;
      this.#actor.send({ type: "process.startFailed", ...process, failure });
      return;
    }
    this.#actor.send({
      type: "process.ready",
      ...process,
      pid: null,
      tools: [],
      resources: [],
      partial: false,
    });
    if (status === "degraded") this.#actor.send({ type: "process.probed", ...process, misses: 1 });
  }

  /** The state that the chart is in, with the recorded names and records of its servers. */
  get state(): PluginState {
    const { value, context } = this.#actor.getSnapshot();
    const name = typeof value === "string" ? value : "shuttingDown";
    if (name === "starting" || name === "unconfigured") {
      throw new HomeostatError("internal", `the chart pluginLifecycle stays in ${name}`);
    }
    const health = pluginHealth(context);
    if (name !== health.state) return PluginState.parse({ state: name });
    if (health.state !== "degraded") return health;
    return {
      state: "degraded",
      healthyServers: this.#recorded(health.healthyServers).map(({ serverName }) => serverName),
      degradedServers: this.#recorded(health.degradedServers).map(({ serverName }) => serverName),
      failedServers: this.#recorded(health.failedServers.map(({ serverName }) => serverName)),
    };
  }

  /** The recorded servers behind the names that the chart knows. */
  #recorded(names: readonly string[]): ServerHealth[] {
    return this.#servers.filter((_, index) => names.includes(alias(index)));
  }

  stop(): void {
    this.#actor.send({ type: "plugin.stop", at: 0 });
  }

  dispose(): void {
    this.#actor.stop();
  }
}

/** Whether the chart takes a configuration: one that fits, or one that does not. */
export function acceptsConfiguration(fits: boolean): boolean {
  const plugin = createActor(machine, { clock: new VirtualClock(), input: { name: "recorded" } }).start();
  plugin.send({ type: "plugin.configure", spec: fits ? specOf([]) : null, at: 0 });
  const accepts = plugin.getSnapshot().matches("validated");
  plugin.stop();
  return accepts;
}
