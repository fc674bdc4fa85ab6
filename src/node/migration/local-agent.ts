import { basename } from "node:path";
import type * as z from "zod";
import { HomeostatError } from "../../core/errors.ts";
import type { AgentRequirements } from "../../core/migration.ts";
import type { ServerSpec } from "../../core/server.ts";

/** An agent: an MCP server with its state in a file. */
export interface LocalAgent {
  readonly id: string;
  /** Absolute path of the file that says who owns it: `owner.json`, in a folder that exists, the same for all hosts. */
  readonly ownerFile: string;
  /** Name of the file with its state, in the folder that each host has for it; nothing else there is moved. */
  readonly stateFile: string;
  /** How its server is started at a place; its working directory is the agent's folder unless it says otherwise. */
  readonly server: (place: AgentPlace) => z.input<typeof ServerSpec>;
  /** A call that changes nothing, and whose answer has to be the same before and after; `null`: only a round trip. */
  readonly readBack: { readonly name: string; readonly args: Readonly<Record<string, unknown>> } | null;
  /** Besides the size of its state, which is read. */
  readonly requirements?: z.input<typeof AgentRequirements>;
}

/** Where an agent lives on a host. */
export interface AgentPlace {
  /** Name of the host. */
  readonly host: string;
  /** Absolute path of the agent's folder. */
  readonly directory: string;
  /** Absolute path of its state. */
  readonly stateFile: string;
}

/** @throws {HomeostatError} `config_invalid` */
export function requireFileName(id: string, stateFile: string): void {
  const isName = basename(stateFile) === stateFile && !["", ".", ".."].includes(stateFile);
  if (isName && !/^(?:migration|arriving|released)-/.test(stateFile)) return;
  throw new HomeostatError(
    "config_invalid",
    `"stateFile" of agent "${id}" is "${stateFile}"; expected the name of a file, without folders, that does not begin with "migration-", "arriving-" or "released-"`,
    { agent: id },
  );
}
