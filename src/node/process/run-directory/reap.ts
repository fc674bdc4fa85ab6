import { setTimeout as sleep } from "node:timers/promises";
import { ownerVariable } from "../environment.ts";
import { recognise } from "../identity.ts";
import { findByEnvironment, isAlive, isGroupAlive, sendSignal } from "../proc.ts";
import type { ReapReport } from "../run-directory.ts";
import type { Register, RegisteredProcess } from "./register.ts";

/** From KILL to giving up. */
const killMs = 2_000;
/** What is ended may start others until it is; each pass finds those. */
const maxPasses = 10;

interface Finding {
  readonly pid: number;
  /** `spared`: it is not ours to end. `surviving`: it is, but the system does not end it. */
  readonly fate: "reaped" | "spared" | "surviving";
  readonly why: string;
}

/** Ends what the runs before `ownRunId` left behind, and forgets them unless something of them survives. */
export async function reapRegistered(register: Register, ownRunId: string): Promise<ReapReport> {
  const { runIds, processes } = register.read();
  const findings: Finding[] = [];
  for (const known of processes.filter((it) => it.runId !== ownRunId)) {
    findings.push(...(await reapGroup(known)));
  }
  for (const runId of runIds.filter((it) => it !== ownRunId)) {
    findings.push(...(await reapMarked(runId)));
  }
  if (findings.every(({ fate }) => fate !== "surviving")) register.keepOnly(ownRunId);
  const report = ({ pid, why }: Finding): { pid: number; why: string } => ({ pid, why });
  return {
    reaped: findings.filter(({ fate }) => fate === "reaped").map(report),
    refused: findings.filter(({ fate }) => fate !== "reaped").map(report),
  };
}

/** D4: a pid that has a new owner, or that of another boot, is not touched. */
async function reapGroup(known: RegisteredProcess): Promise<Finding[]> {
  const { pid, runId } = known;
  const recognition = recognise(known);
  if (recognition === "gone" || !isAlive(pid)) return [];
  if (recognition === "other") {
    return [
      { pid, fate: "spared", why: `the pid now belongs to a process that the run ${runId} did not start` },
    ];
  }
  if (recognition === "unknown") {
    return [{ pid, fate: "spared", why: "this system does not tell when a process started" }];
  }
  sendSignal(-pid, "SIGKILL");
  return (await isGone(() => isGroupAlive(pid)))
    ? [{ pid, fate: "reaped", why: `the run ${runId} started it and has ended` }]
    : [{ pid, fate: "surviving", why: `the run ${runId} started it, but it survives a KILL` }];
}

/** What left its group, or lost its leader, still has the environment that it was born with. */
async function reapMarked(runId: string): Promise<Finding[]> {
  const why = `it carries the mark of the run ${runId}`;
  const found = new Set<number>();
  for (let pass = 0; pass < maxPasses; pass += 1) {
    const marked = findByEnvironment(ownerVariable, runId);
    if (marked.length === 0) break;
    for (const pid of marked) {
      sendSignal(pid, "SIGKILL");
      found.add(pid);
    }
    await isGone(() => marked.some(isAlive));
  }
  const left = new Set(findByEnvironment(ownerVariable, runId));
  return [...found].map((pid) =>
    left.has(pid)
      ? { pid, fate: "surviving", why: `${why}, but survives a KILL` }
      : { pid, fate: "reaped", why },
  );
}

async function isGone(isLeft: () => boolean): Promise<boolean> {
  const giveUpAt = performance.now() + killMs;
  for (let pauseMs = 1; isLeft(); pauseMs = Math.min(2 * pauseMs, 32)) {
    if (performance.now() >= giveUpAt) return false;
    await sleep(pauseMs);
  }
  return true;
}
