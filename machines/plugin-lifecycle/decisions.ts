/** Decisions of the plugin-lifecycle chart: its context after an event, its health. */
import {
  degradedMode,
  fromServers,
  type ServedTools,
  type ServerHealth,
} from "../../src/core/plugin-health.ts";
import type {
  PluginLifecycleContext,
  PluginLifecycleEvent,
  ServerProcessInput,
  ServerState,
} from "./schemas.ts";
import {
  findProcess,
  isSettled,
  liveProcesses,
  mapServer,
  serverStatus,
  vacancy,
  withoutProcess,
  withProcess,
  withStart,
} from "./servers.ts";

type Context = PluginLifecycleContext;
type Of<T extends PluginLifecycleEvent["type"]> = Extract<PluginLifecycleEvent, { type: T }>;

/** The servers as the health rules see them. */
export function healthOf(servers: readonly ServerState[]): ServerHealth[] {
  return servers.map((server) => ({
    serverName: server.name,
    status: serverStatus(server),
    capabilities: server.active?.tools ?? [],
    lastError: server.lastError,
    required: server.spec.required,
  }));
}

/** The state that the servers put the plugin in. */
export const pluginHealth = ({ servers }: Context): ReturnType<typeof fromServers> =>
  fromServers(healthOf(servers));

/** Whether no first start is under way any more. */
export const allSettled = ({ servers }: Context): boolean => servers.every(isSettled);

/** Whether nothing of any server is left. */
export const allEnded = ({ servers }: Context): boolean => liveProcesses(servers).length === 0;

/** What a degraded plugin still serves and what it misses, by tool; `null` unless it is degraded. */
export function servedTools(context: Context): ServedTools | null {
  const { servers } = context;
  const served = servers.filter((it) => serverStatus(it) !== "failed");
  return degradedMode(pluginHealth(context), {
    expected: servers.map(({ name, expectedTools }) => ({ serverName: name, tools: expectedTools })),
    served: served.map(({ name, active }) => ({ serverName: name, tools: active?.tools ?? [] })),
  });
}

/** What the servers told of themselves, and whether it is all there is. */
export function discovery({ servers }: Context): {
  readonly tools: number;
  readonly resources: number;
  readonly partial: boolean;
} {
  const serving = servers.filter((it) => it.active?.state === "ready").map(({ active }) => active);
  const sum = (count: (it: (typeof serving)[number]) => number): number =>
    serving.reduce((all, it) => all + count(it), 0);
  return {
    tools: sum((it) => it?.tools.length ?? 0),
    resources: sum((it) => it?.resources.length ?? 0),
    partial: serving.length < servers.length || serving.some((it) => it?.partial === true),
  };
}

/** Why the plugin is degraded or failed, for people; `null` when it is healthy. */
export function healthReason(context: Context): string | null {
  const health = pluginHealth(context);
  if (health.state === "healthy") return null;
  if (health.state === "degraded") return servedTools(context)?.reason ?? null;
  const [only, ...others] = context.servers;
  return only !== undefined && others.length === 0 && only.lastError !== null
    ? only.lastError
    : health.reason;
}

/** One start that a decision ordered. */
export type Start = ServerProcessInput;

/** What is started when `names` are asked for: those with a vacancy, each once. */
export function orderStarts(
  { name: plugin, servers }: Context,
  names: readonly string[],
  at: number,
  handshakeMs?: number,
): { readonly servers: ServerState[]; readonly starts: Start[] } {
  const starts: Start[] = [];
  const after = servers.map((server) => {
    const role = names.includes(server.name) ? vacancy(server) : null;
    if (role === null) return server;
    const started = withStart(server, role, at);
    const spec = handshakeMs === undefined ? server.spec : { ...server.spec, start: { handshakeMs } };
    starts.push({ plugin, server: server.name, incarnation: started.incarnations, role, spec });
    return started;
  });
  return { servers: after, starts };
}

/** The servers after those of `names` were started again. */
export const withRestarts = (servers: readonly ServerState[], names: readonly string[]): ServerState[] =>
  servers.map((it) => (names.includes(it.name) ? { ...it, restarts: it.restarts + 1 } : it));

/** The servers as they are before a start of the whole plugin: each owes its first spare. */
export const withSparesDue = (servers: readonly ServerState[]): ServerState[] =>
  servers.map((it) => ({ ...it, spareDue: it.spec.standby === 1 }));

/** The servers after a process got ready, and the first spare that this asks for. */
export function afterReady(
  context: Context,
  { server, incarnation, pid, tools, resources, partial, at }: Of<"process.ready">,
): ReturnType<typeof orderStarts> {
  const lists = { tools, resources, partial };
  const ready = { state: "ready", phase: "ready", pid, ...lists, since: at, misses: 0 } as const;
  const servers = mapServer(context.servers, server, (it) => ({
    ...withProcess(it, incarnation, ready),
    expectedTools: tools,
    failedPhase: null,
    lastError: null,
    permanentFailure: false,
  }));
  const owesSpare =
    context.desired === "running" &&
    servers.some((it) => it.name === server && it.spareDue && it.active?.state === "ready");
  if (!owesSpare) return { servers, starts: [] };
  const paid = mapServer(servers, server, (it) => ({ ...it, spareDue: false }));
  return orderStarts({ ...context, servers: paid }, [server], at);
}

/** The servers after a start failed. */
export const afterStartFailure = (
  { servers }: Context,
  { server, incarnation, failure }: Of<"process.startFailed">,
): ServerState[] =>
  mapServer(servers, server, (it) => ({
    ...withoutProcess(it, incarnation, failure.message),
    lastError: failure.message,
    permanentFailure: failure.permanent,
  }));

/** The servers after `change` of one process. */
export const changeProcess = (
  { servers }: Context,
  server: string,
  incarnation: number,
  change: Parameters<typeof withProcess>[2],
): ServerState[] => mapServer(servers, server, (it) => withProcess(it, incarnation, change));

/** The servers after a process announced other tools: from the active one they are what is expected from now on. */
export const withTools = (
  context: Context,
  { server, incarnation, tools }: Of<"process.toolsListed">,
): ServerState[] =>
  mapServer(changeProcess(context, server, incarnation, { tools }), server, (it) =>
    it.active?.incarnation === incarnation ? { ...it, expectedTools: tools } : it,
  );

/** The servers after a process ended for `error`. */
export const dropProcess = (
  { servers }: Context,
  server: string,
  incarnation: number,
  error: string | null,
): ServerState[] => mapServer(servers, server, (it) => withoutProcess(it, incarnation, error));

/** Whether an event speaks of a process that is still ours. */
export const isOurs = (
  { servers }: Context,
  { server, incarnation }: { server: string; incarnation: number },
): boolean => findProcess(servers, server, incarnation) !== null;

/** The process to end next in a shutdown: the youngest, one at a time; `null`: none, or one is on its way out. */
export function nextToClose({ servers }: Context): { server: string; incarnation: number } | null {
  const live = liveProcesses(servers);
  const last = live.at(-1);
  if (last === undefined || live.some(({ process }) => process.state === "closing")) return null;
  return { server: last.server.name, incarnation: last.process.incarnation };
}

/** How long a process served, and whether it ended unasked. */
export function lifeOf(
  { servers }: Context,
  { server, incarnation, at }: Of<"process.exited">,
): { readonly uptimeMs: number; readonly unexpected: boolean } {
  const process = findProcess(servers, server, incarnation)?.process;
  if (process === undefined) return { uptimeMs: 0, unexpected: false };
  const uptimeMs = process.state === "starting" ? 0 : at - process.since;
  return { uptimeMs, unexpected: process.state !== "closing" };
}

/** The incarnation of the spare that took over between `before` and `after`; `null`: none did. */
export function promotion(
  before: readonly ServerState[],
  after: readonly ServerState[],
  name: string,
): number | null {
  const spare = before.find((it) => it.name === name)?.standby?.incarnation;
  const active = after.find((it) => it.name === name)?.active?.incarnation;
  return spare !== undefined && spare === active ? spare : null;
}
