import { setTimeout as sleep } from "node:timers/promises";
import { ownerVariable } from "../environment.ts";
import { recognise } from "../identity.ts";
import { findByEnvironment, isAlive, isGroupAlive, sendSignal } from "../proc.ts";
import type { ReapedProcess, ReapReport } from "../run-directory.ts";
import type { Register, RegisteredProcess } from "./register.ts";

/** From KILL to giving up. */
const killMs = 2_000;
/** What is ended may start others until it is; each pass finds those. */
const maxPasses = 10;

/** Ends what the runs before `ownRunId` left behind, and forgets them if nothing of them is left. */
export async function reapRegistered(register: Register, ownRunId: string): Promise<ReapReport> {
  const { runIds, processes } = register.read();
  const reaped: ReapedProcess[] = [];
  const refused: ReapedProcess[] = [];
  for (const process of processes.filter((it) => it.runId !== ownRunId)) {
    const { verdict, why } = await reapGroup(process);
    if (verdict === "reaped") reaped.push({ pid: process.pid, why });
    if (verdict === "refused") refused.push({ pid: process.pid, why });
  }
  for (const runId of runIds.filter((it) => it !== ownRunId)) {
    const { ended, left } = await reapMarked(runId);
    const why = `it carries the mark of the run ${runId}`;
    reaped.push(...ended.map((pid) => ({ pid, why })));
    refused.push(...left.map((pid) => ({ pid, why: `${why}, but survives a KILL` })));
  }
  if (refused.every(({ pid }) => !isAlive(pid) || !survives(pid, processes))) register.keepOnly(ownRunId);
  return { reaped, refused };
}

interface Verdict {
  readonly verdict: "reaped" | "refused" | "gone";
  readonly why: string;
}

/** D4: a pid that has a new owner, or that of another boot, is not touched. */
async function reapGroup(known: RegisteredProcess): Promise<Verdict> {
  const { pid, runId } = known;
  switch (recognise(known)) {
    case "gone":
      return { verdict: "gone", why: "" };
    case "other":
      return isAlive(pid)
        ? { verdict: "refused", why: `the pid now belongs to a process that the run ${runId} did not start` }
        : { verdict: "gone", why: "" };
    case "unknown":
      return isAlive(pid)
        ? { verdict: "refused", why: "this system does not tell when a process started" }
        : { verdict: "gone", why: "" };
    case "same":
  }
  if (!isGroupAlive(pid)) return { verdict: "gone", why: "" };
  sendSignal(-pid, "SIGKILL");
  return (await isGone(() => isGroupAlive(pid)))
    ? { verdict: "reaped", why: `the run ${runId} started it and has ended` }
    : { verdict: "refused", why: `the run ${runId} started it, but it survives a KILL` };
}

/** What left its group, or lost its leader, still has the environment it was born with. */
async function reapMarked(runId: string): Promise<{ ended: number[]; left: number[] }> {
  const ended = new Set<number>();
  for (let pass = 0; pass < maxPasses; pass += 1) {
    const found = findByEnvironment(ownerVariable, runId);
    if (found.length === 0) return { ended: [...ended], left: [] };
    for (const pid of found) {
      sendSignal(pid, "SIGKILL");
      ended.add(pid);
    }
    await isGone(() => found.some(isAlive));
  }
  const left = [...ended].filter(isAlive);
  return { ended: [...ended].filter((pid) => !left.includes(pid)), left };
}

function survives(pid: number, processes: readonly RegisteredProcess[]): boolean {
  const known = processes.find((it) => it.pid === pid);
  return known === undefined || recognise(known) === "same";
}

async function isGone(isLeft: () => boolean): Promise<boolean> {
  const giveUpAt = performance.now() + killMs;
  for (let pauseMs = 1; isLeft(); pauseMs = Math.min(2 * pauseMs, 32)) {
    if (performance.now() >= giveUpAt) return false;
    await sleep(pauseMs);
  }
  return true;
}
