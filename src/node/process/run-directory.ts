/**
 * The directory of a host process: one host at a time, and a register of what it started, so that the next host can end
 * what this one left behind if it is killed.
 *
 * - D1. At most one living host owns the directory.
 * - D2. A host that is gone, by its identity and not by its pid, is succeeded by exactly one.
 * - D3. A process is in the register before anything else happens to it.
 * - D4. Nothing is signalled but a process whose identity is in the register, its group, or what carries the mark of a
 *   run that the register names.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { ownerVariable } from "./environment.ts";
import { identify } from "./identity.ts";
import { findByEnvironment } from "./proc.ts";
import { acquireLock, releaseLock } from "./run-directory/lock.ts";
import { reapRegistered } from "./run-directory/reap.ts";
import { Register } from "./run-directory/register.ts";

export interface RunDirectory {
  /** Names this run; every process of it carries it in `HOMEOSTAT_OWNER`. */
  readonly runId: string;
  /** Absolute. */
  readonly path: string;
  /** To be called right after a process was started, which leads a group of its own. */
  recordProcess(pid: number): void;
  /** To be called when nothing of its group is left. */
  forgetProcess(pid: number): void;
  /** Ends what earlier runs left behind; resolves when it is gone. */
  reap(): Promise<ReapReport>;
  /** Lets the next host in. */
  close(): void;
}

export interface ReapReport {
  /** Ended. */
  readonly reaped: readonly ReapedProcess[];
  /** Left alone, or not to be ended. */
  readonly refused: readonly ReapedProcess[];
}

export interface ReapedProcess {
  readonly pid: number;
  readonly why: string;
}

/**
 * Takes possession of the directory `path`, which is made if need be.
 *
 * @throws {HomeostatError} `run_directory_locked` when another host has it; its pid is in `details.pid`.
 */
export function openRunDirectory(path: string): RunDirectory {
  const absolute = resolve(path);
  mkdirSync(absolute, { recursive: true });
  const runId = randomUUID();
  const lock = acquireLock(absolute, runId);
  const register = new Register(join(absolute, "processes.jsonl"));
  if (lock.previousRunId !== null) register.recordRun(lock.previousRunId);
  register.recordRun(runId);
  return {
    runId,
    path: absolute,
    recordProcess: (pid) => register.record({ ...identify(pid), runId }),
    forgetProcess: (pid) => register.forget(pid, runId),
    reap: () => reapRegistered(register, runId),
    close: () => releaseLock(lock),
  };
}

/** How many processes of a run are alive; after its end those are orphans. Linux only; elsewhere 0. */
export function countOrphans(runId: string): number {
  return findByEnvironment(ownerVariable, runId).length;
}
