/** What failures raise which scenario, of whom, and which recoveries a backend's budget holds back. */
import { FailureFacts } from "../../src/core/recovery.ts";
import { keyOf, type SupervisorContext, serverOf } from "./schemas.ts";

/** A scenario that is about to be raised. */
export interface Raised {
  readonly subject: string;
  readonly scenario: string;
  readonly facts: FailureFacts;
  /** Its attempts wait until the budget of what they need grants a start again. */
  readonly held: boolean;
}

type Context = Pick<
  SupervisorContext,
  "plugins" | "states" | "startFailures" | "down" | "refused" | "recipes"
>;

/** The servers that the configuration of `plugin` names. */
function serversOf({ plugins }: Context, plugin: string): string[] {
  const spec = plugins.find(({ name }) => name === plugin)?.spec;
  const servers = typeof spec === "object" && spec !== null && "servers" in spec ? spec.servers : {};
  return Object.keys(servers as object);
}

/**
 * What the answer of a budget raises: the failed handshake of that server. While a plugin of several servers is starting
 * it waits for the whole picture, {@link raisedByStartup}.
 */
export function raisedByStart(context: Context, key: string, held: boolean): Raised | null {
  const summary = context.startFailures[key];
  if (summary === undefined || context.recipes["mcp_handshake_failure"] === undefined) return null;
  const { plugin, server } = serverOf(key);
  const isStarting = context.states[plugin]?.state === "starting";
  if (isStarting && serversOf(context, plugin).length > 1) return null;
  const facts = FailureFacts.parse({ plugin, failedServers: [server], summary });
  return { subject: key, scenario: "mcp_handshake_failure", facts, held };
}

/** What the end of a start raises: a plugin that came up without some, or all, of its several servers. */
export function raisedByStartup(
  context: Context,
  { plugin, from, to }: { plugin: string; from: string; to: string },
): Raised | null {
  if (from !== "starting" || (to !== "degraded" && to !== "failed")) return null;
  if (context.recipes["partial_plugin_startup"] === undefined) return null;
  const failedServers = serversOf(context, plugin).filter((server) =>
    context.down.includes(keyOf({ plugin, server })),
  );
  if (failedServers.length === 0 || serversOf(context, plugin).length < 2) return null;
  const summary = `${failedServers.join(", ")} did not start`;
  const facts = FailureFacts.parse({ plugin, failedServers, summary });
  const held = isRefused(context, { subject: plugin, facts });
  return { subject: plugin, scenario: "partial_plugin_startup", facts, held };
}

/** Whether a backend that the recovery of `subject` needs is refused now. */
export function isRefused(
  { refused }: Context,
  { subject, facts }: { readonly subject: string; readonly facts: FailureFacts },
): boolean {
  const needed = facts.failedServers.map((server) => keyOf({ plugin: subject, server }));
  return refused.some((key) => key === subject || needed.includes(key));
}

/** The recoveries that need the backend of `key`: its own, and its plugin's. */
export const recoveriesOf = (
  { recoveries }: SupervisorContext,
  key: string,
): SupervisorContext["recoveries"] =>
  recoveries.filter(({ subject }) => subject === key || subject === serverOf(key).plugin);

/** How long the recipe of `raised` lets a handshake take; `null`: it has none. */
export function recipeHandshakeMs({ recipes }: Context, { scenario }: Raised): number | null {
  const step = recipes[scenario]?.steps.find(({ kind }) => kind === "retry_mcp_handshake");
  return step?.timeoutMs ?? null;
}

/** For the next start of `key`: what a recipe says, of its own or of its plugin's. */
export const handshakeFor = ({ handshakeMs }: SupervisorContext, key: string): number | undefined =>
  handshakeMs[key] ?? handshakeMs[serverOf(key).plugin];

/** `record` without `key`. */
export function without<V>(record: Readonly<Record<string, V>>, key: string): Record<string, V> {
  return Object.fromEntries(Object.entries(record).filter(([it]) => it !== key));
}
