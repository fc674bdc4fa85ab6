import type { RecoveryJob } from "../../machines/recovery.ts";
import type { View } from "./view.ts";

export interface ServerRef {
  readonly plugin: string;
  readonly server: string;
}

/**
 * The servers that a recovery is about: its own for a subject `PLUGIN/SERVER`; for a plugin those that the failure
 * names, or all. `null`: the subject is no plugin or server of this supervisor.
 */
export function backendsOf(
  view: View,
  { subject, facts }: Pick<RecoveryJob, "subject" | "facts">,
): ServerRef[] | null {
  const [plugin = "", server] = subject.split("/");
  const servers = view.plugin(plugin)?.context.servers.map(({ name }) => name);
  if (servers === undefined) return null;
  if (server !== undefined) return servers.includes(server) ? [{ plugin, server }] : null;
  const failed = facts.failedServers.filter((it) => servers.includes(it));
  return (failed.length > 0 ? failed : servers).map((it) => ({ plugin, server: it }));
}

export const isServing = (view: View, { plugin, server }: ServerRef): boolean =>
  view.server(plugin, server)?.active?.state === "ready";
