import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import * as z from "zod";
import { ProcessIdentity } from "../identity.ts";

const Entry = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("run"), runId: z.string() }),
  ProcessIdentity.extend({ kind: z.literal("process"), runId: z.string() }),
  z.object({ kind: z.literal("gone"), pid: z.int(), runId: z.string() }),
]);
type Entry = z.infer<typeof Entry>;

/** A process group that a run started; it has the number of its leader. */
export interface RegisteredProcess extends ProcessIdentity {
  readonly runId: string;
}

/** Every run of a directory, and every process that it started and has not seen gone: a file of JSON lines. */
export class Register {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
    // The last line may be torn by the end of its host; what follows must not become part of it.
    if (!readText(file).endsWith("\n")) appendFileSync(file, "\n");
  }

  recordRun(runId: string): void {
    this.#append({ kind: "run", runId });
  }

  record(process: RegisteredProcess): void {
    this.#append({ kind: "process", ...process });
  }

  forget(pid: number, runId: string): void {
    this.#append({ kind: "gone", pid, runId });
  }

  /** All runs, and the processes of each that were not seen gone. Lines that make no sense are passed over. */
  read(): { readonly runIds: readonly string[]; readonly processes: readonly RegisteredProcess[] } {
    const runIds = new Set<string>();
    const processes = new Map<string, RegisteredProcess>();
    for (const entry of readText(this.#file).split("\n").flatMap(parseEntry)) {
      runIds.add(entry.runId);
      const key = entry.kind === "run" ? "" : `${entry.runId} ${entry.pid}`;
      if (entry.kind === "process") processes.set(key, entry);
      if (entry.kind === "gone") processes.delete(key);
    }
    return { runIds: [...runIds], processes: [...processes.values()] };
  }

  /** Keeps only `runId`, and what of it is not gone. */
  keepOnly(runId: string): void {
    const processes = this.read().processes.filter((it) => it.runId === runId);
    const entries: Entry[] = [
      { kind: "run", runId },
      ...processes.map((it) => ({ kind: "process" as const, ...it })),
    ];
    const draft = `${this.#file}.draft`;
    writeFileSync(draft, entries.map((it) => `${JSON.stringify(it)}\n`).join(""), { flush: true });
    renameSync(draft, this.#file);
  }

  #append(entry: Entry): void {
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
  }
}

function parseEntry(line: string): Entry[] {
  try {
    return [Entry.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "\n";
    throw error;
  }
}
