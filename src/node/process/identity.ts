import * as z from "zod";
import { isAlive, readBootId, readStat } from "./proc.ts";

/** Names one process for ever, where a pid is only on loan. */
export const ProcessIdentity = z.object({
  pid: z.int().positive(),
  /** `null`: not known on this platform. @see {@link ProcessStat.startTime} */
  startTime: z.string().nullable(),
  /** `null`: not known on this platform. */
  bootId: z.string().nullable(),
});
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

/** Who has the number `pid` now. */
export function identify(pid: number): ProcessIdentity {
  return { pid, startTime: readStat(pid)?.startTime ?? null, bootId: readBootId() };
}

export type Recognition = "same" | "gone" | "other" | "unknown";

/** Whether the process that now has the number of `known` is that one. */
export function recognise(known: ProcessIdentity): Recognition {
  const { startTime, bootId } = identify(known.pid);
  if (known.startTime === null || known.bootId === null || bootId === null) return "unknown";
  if (known.bootId !== bootId) return "other";
  if (startTime === null) return "gone";
  if (startTime !== known.startTime) return "other";
  // A zombie keeps its number until somebody collects it.
  return isAlive(known.pid) ? "same" : "gone";
}
