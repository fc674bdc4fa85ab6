/**
 * What `/proc` says about processes. Elsewhere than on Linux there is none: then nothing is known of a process but
 * whether its number is in use.
 *
 * @see proc_pid_stat(5), proc_pid_environ(5)
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";

const hasProc = existsSync("/proc/self/stat");

export interface ProcessStat {
  /** `R`, `S`, `T`, `Z` (a zombie: dead, not yet reaped), … */
  readonly state: string;
  readonly pgid: number;
  /** Clock ticks after boot; with the boot id and the pid it names a process for ever. */
  readonly startTime: string;
}

/** `null`: no such process, or no `/proc`. */
export function readStat(pid: number): ProcessStat | null {
  const text = readProc(`${pid}/stat`);
  if (text === null) return null;
  // The second field is the name in parentheses, which may hold spaces and parentheses itself.
  const [state, , pgid, ...rest] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const startTime = rest[16];
  if (state === undefined || pgid === undefined || startTime === undefined) return null;
  return { state, pgid: Number(pgid), startTime };
}

/** Names this boot of the machine; `null` where that is not known. */
export function readBootId(): string | null {
  return readProc("sys/kernel/random/boot_id")?.trim() ?? null;
}

/** Whether a process runs: a zombie does not. */
export function isAlive(pid: number): boolean {
  if (!isSignallable(pid)) return false;
  if (!hasProc) return canSignal(pid);
  const stat = readStat(pid);
  return stat !== null && !isDead(stat);
}

/** Whether anything but zombies is left of a process group. */
export function isGroupAlive(pgid: number): boolean {
  if (!isSignallable(pgid) || !canSignal(-pgid)) return false;
  if (!hasProc) return true;
  return listPids().some((pid) => {
    const stat = readStat(pid);
    return stat !== null && stat.pgid === pgid && !isDead(stat);
  });
}

/** The living processes, but for this one, whose environment sets `name` to `value` exactly. */
export function findByEnvironment(name: string, value: string): number[] {
  const wanted = `\0${name}=${value}\0`;
  return listPids().filter((pid) => {
    if (pid === process.pid) return false;
    const environment = readProc(`${pid}/environ`);
    return environment !== null && `\0${environment}\0`.includes(wanted) && isAlive(pid);
  });
}

/**
 * Sends `signal` to a process, or to a group given as a negative number. False when there is nothing to signal.
 * 0, 1 and their like, which would mean "everybody", are refused.
 */
export function sendSignal(target: number, signal: NodeJS.Signals): boolean {
  if (!isSignallable(Math.abs(target))) return false;
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}

function isSignallable(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1;
}

function canSignal(target: number): boolean {
  try {
    return process.kill(target, 0);
  } catch (error) {
    // It exists, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function isDead({ state }: ProcessStat): boolean {
  return state === "Z" || state === "X";
}

function listPids(): number[] {
  if (!hasProc) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** `null`: gone meanwhile, or not ours to read. */
function readProc(path: string): string | null {
  try {
    return readFileSync(`/proc/${path}`, "latin1");
  } catch {
    return null;
  }
}
