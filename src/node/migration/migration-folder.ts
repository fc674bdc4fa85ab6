/**
 * What a migration keeps at its source until it has ended: the snapshot, and what has to be known to go on. As long as
 * the folder is there the source stands still.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { HomeostatError } from "../../core/errors.ts";
import { hostError } from "./failures.ts";
import { nameOf, replaceJson } from "./files.ts";
import type { AgentPlace } from "./local-agent.ts";

export const MigrationFacts = z.object({
  migration: z.string(),
  agent: z.string(),
  /** SHA-256 of what the source last answered to the agent's `readBack`; `null`: it was not asked. */
  readBack: z.string().nullable(),
  /** The highest attempt whose commit was ruled out; -1: none. */
  ruledOut: z.int().min(-1),
});
export type MigrationFacts = z.infer<typeof MigrationFacts>;

const kind = "migration";

/** The folder of a migration that has begun and not ended; `null`: there is none. A folder holds after a crash, too. */
export function holdingFolder({ directory }: AgentPlace): string | null {
  const [held] = holdingFolders(directory);
  return held ?? null;
}

/** Removes what earlier migrations left at a host that no longer owns the agent. */
export async function removeHolds({ directory }: AgentPlace): Promise<void> {
  for (const folder of holdingFolders(directory)) await rm(folder, { recursive: true, force: true });
}

function holdingFolders(directory: string): string[] {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  return names.filter((it) => it.startsWith(`${kind}-`)).map((it) => join(directory, it));
}

export class MigrationFolder {
  readonly path: string;
  readonly snapshotFile: string;
  readonly #factsFile: string;
  readonly #host: string;

  constructor({ host, directory }: AgentPlace, migration: string) {
    this.#host = host;
    this.path = join(directory, nameOf(kind, migration));
    this.snapshotFile = join(this.path, "snapshot");
    this.#factsFile = join(this.path, "facts.json");
  }

  /** From here on the source starts the agent no more. */
  async make(): Promise<void> {
    await mkdir(this.path, { recursive: true }).catch((error: unknown) => {
      throw hostError(error, this.#host, "made a folder for the snapshot");
    });
  }

  /** `null`: nothing was captured. */
  find(): MigrationFacts | null {
    try {
      return MigrationFacts.parse(JSON.parse(readFileSync(this.#factsFile, "utf8")));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw new HomeostatError(
        "state_corrupt",
        `${this.#factsFile} cannot be read; the agent's own state is untouched: roll the migration back`,
        { host: this.#host },
        error,
      );
    }
  }

  /** @throws {HomeostatError} `invalid_state` when nothing was captured. */
  read(): MigrationFacts {
    const facts = this.find();
    if (facts !== null) return facts;
    const message = `there is no capture in ${this.path}; capture the agent first`;
    throw new HomeostatError("invalid_state", message, { host: this.#host });
  }

  write(facts: MigrationFacts): void {
    try {
      replaceJson(this.#factsFile, facts);
    } catch (error) {
      throw hostError(error, this.#host, "wrote down what it captured");
    }
  }

  /** Lets the source go on, in one step; the snapshot is gone then. In one turn of the event loop. */
  release(): void {
    const released = join(dirname(this.path), `released-${randomUUID()}`);
    try {
      renameSync(this.path, released);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw hostError(error, this.#host, "let the agent go on");
    }
    try {
      rmSync(released, { recursive: true, force: true });
    } catch {
      // It holds nobody up.
    }
  }
}
