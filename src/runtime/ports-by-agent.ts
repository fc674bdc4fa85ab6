import { type MigrationPorts, type PortInput, type PortName, portResults } from "../core/migration.ts";

/**
 * The ports of a supervisor that moves many agents, from those of each; of an agent without ports they answer `failed`,
 * and name it.
 */
export function portsByAgent(portsOf: (agent: string) => MigrationPorts | undefined): MigrationPorts {
  const port = (name: PortName) => async (input: PortInput<PortName>, signal: AbortSignal) => {
    const ports = portsOf(input.agent);
    // The input of `name` is that of the port it is given to, which the compiler cannot follow.
    if (ports !== undefined) return ports[name](input as never, signal);
    const message = `there are no ports that move agent "${input.agent}"; give them to portsByAgent`;
    return { outcome: "failed", errorType: "NetworkPermanent", message } as const;
  };
  const names = Object.keys(portResults) as PortName[];
  return Object.fromEntries(names.map((name) => [name, port(name)])) as MigrationPorts;
}
