/**
 * A child process that is owned: its end is noticed at once and said exactly, and nothing of it is left behind.
 *
 * - P1. It leads a process group of its own; signals go to the group.
 * - P2. Its end is its `exit` event, never the closing of its pipes: a grandchild may hold those open for ever.
 * - P3. A process that closed its stdin or stdout can serve nobody: it is killed, and that is its cause of death.
 * - P4. stderr is always drained, so that a process that writes a lot there never blocks.
 * - P5. What is left of the group when the process ends by itself is killed with it.
 * - P6. `exited` settles once, and only after every message that came before the end was delivered.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExitCause, ServerExit, StopPolicy } from "../../core/server.ts";
import { MessageReader, type RawMessage } from "./message-reader.ts";
import { isGroupAlive, sendSignal } from "./proc.ts";
import { StderrTail } from "./stderr-tail.ts";
import { WriteError } from "./write-error.ts";

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** `null`: the host's. */
  readonly cwd: string | null;
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  /** Not to be seen in its stderr tail. */
  readonly secrets: readonly string[];
  /** Of one message on stdout. */
  readonly maxMessageBytes: number;
  readonly onMessage: (message: RawMessage) => void;
}

/** A process whose pipes closed is often just ending: its exit code, which says more, comes within this time. */
const exitGraceMs = 50;
/** From KILL to giving up: the operating system does not end a process that waits for a disk. */
const killMs = 2_000;
/** Turns of the event loop in which the last output of a process that has ended may still come in. */
const maxDrainTurns = 100;
/** The end is often seen along with that of another process, before its pipes were looked at: that takes one full turn. */
const enoughIdleTurns = 2;

/** Rejects with the error of `spawn` when there is no process. */
export async function startProcess(options: ProcessOptions): Promise<OwnedProcess> {
  const child = spawn(options.command, options.args, {
    cwd: options.cwd ?? undefined,
    env: options.env,
    stdio: ["pipe", "pipe", "pipe"],
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  // Later errors are those of signals to a process that has ended.
  failed.catch(() => {});
  if (child.pid === undefined) return failed;
  return new OwnedProcess(child, child.pid, options);
}

/** Groups that die with the host, when it ends by `process.exit` or an uncaught exception. */
const living = new Set<number>();
function killTheLiving(): void {
  for (const pid of living) sendSignal(-pid, "SIGKILL");
}

export class OwnedProcess {
  readonly pid: number;
  /** P6. Never rejects. */
  readonly exited: Promise<ServerExit>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #reader: MessageReader;
  readonly #stderr: StderrTail;
  readonly #onMessage: (message: RawMessage) => void;
  readonly #leaderEnded = Promise.withResolvers<void>();
  readonly #settled = Promise.withResolvers<ServerExit>();
  #cause: ExitCause | null = null;
  #hasEnded = false;
  #isClosing = false;
  #bytesRead = 0;
  #closed: Promise<ServerExit> | null = null;
  #gone: Promise<boolean> | null = null;

  constructor(
    child: ChildProcessByStdio<Writable, Readable, Readable>,
    pid: number,
    { secrets, maxMessageBytes, onMessage }: ProcessOptions,
  ) {
    this.#child = child;
    this.pid = pid;
    this.exited = this.#settled.promise;
    this.#reader = new MessageReader(maxMessageBytes);
    this.#stderr = new StderrTail(secrets);
    this.#onMessage = onMessage;
    if (living.size === 0) process.once("exit", killTheLiving);
    living.add(pid);
    this.#listen();
  }

  /** Whether a message can be sent. */
  get isOpen(): boolean {
    return !this.#hasEnded && !this.#isClosing && this.#cause === null && this.#child.stdin.writable;
  }

  get stderrTail(): string {
    return this.#stderr.toString();
  }

  /** Resolves when the operating system took `line`; rejects with a {@link WriteError}. */
  send(line: string): Promise<void> {
    if (!this.isOpen) return Promise.reject(new WriteError(false));
    const { stdin } = this.#child;
    // Lines that queue up are written together: if that fails, nobody knows how many got through.
    const isAlone = stdin.writableLength === 0;
    return new Promise((resolve, reject) => {
      stdin.write(line, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(new WriteError(!isAlone, error));
      });
    });
  }

  /** Walks the ladder EOF → TERM → KILL until nothing of the group is left; a second call joins the first. */
  close(policy: StopPolicy): Promise<ServerExit> {
    return (this.#closed ??= this.#descend(policy));
  }

  /** Ends the whole group at once. */
  kill(cause: ExitCause): void {
    if (!living.has(this.pid)) return;
    if (!this.#hasEnded) this.#cause ??= cause;
    this.#signal("SIGKILL");
    setTimeout(() => this.#settle(null, null), killMs).unref();
  }

  /** Resolves when nothing of the group is left: true; or false when something survives even a KILL. */
  gone(): Promise<boolean> {
    return (this.#gone ??= this.#awaitGone());
  }

  #listen(): void {
    const { stdin, stdout, stderr } = this.#child;
    this.#child.once("exit", (code, signal) => this.#onExit(code, signal));
    stdin.on("error", () => this.#suspect("stdinClosed"));
    stdout.on("data", (chunk: Buffer) => this.#read(chunk));
    stdout.once("end", () => this.#suspect("stdoutClosed"));
    stderr.on("data", (chunk: Buffer) => {
      this.#bytesRead += chunk.length;
      this.#stderr.append(chunk);
    });
    // A read error of a pipe is followed by its end.
    for (const pipe of [stdout, stderr]) pipe.on("error", () => {});
  }

  #read(chunk: Buffer): void {
    this.#bytesRead += chunk.length;
    if (this.#cause === "oversize") return;
    const { messages, oversize } = this.#reader.read(chunk);
    for (const message of messages) this.#onMessage(message);
    if (oversize) this.kill("oversize");
  }

  /** P3. */
  #suspect(cause: "stdinClosed" | "stdoutClosed"): void {
    const timer = setTimeout(() => {
      if (!this.#isClosing) this.kill(cause);
    }, exitGraceMs);
    void this.#leaderEnded.promise.then(() => clearTimeout(timer));
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    this.#hasEnded = true;
    // P5. On the ladder the others get their time to end in good order.
    if (!this.#isClosing) this.#signal("SIGKILL");
    this.#leaderEnded.resolve();
    this.#drain(() => this.#settle(code, signal));
  }

  /** P6: goes on for as long as something comes in, within reason. */
  #drain(done: () => void, turns = 0, idleTurns = 0): void {
    if (idleTurns >= enoughIdleTurns || turns >= maxDrainTurns) return done();
    const before = this.#bytesRead;
    setImmediate(() => {
      this.#drain(done, turns + 1, this.#bytesRead === before ? idleTurns + 1 : 0);
    });
  }

  #settle(code: number | null, signal: string | null): void {
    this.#hasEnded = true;
    this.#settled.resolve({
      cause: this.#causeOf(signal),
      code,
      signal,
      stderrTail: this.stderrTail,
      garbageLines: this.#reader.garbageLines,
    });
    const { stdin, stdout, stderr } = this.#child;
    for (const pipe of [stdin, stdout, stderr]) pipe.destroy();
    void this.gone();
  }

  /** A closed pipe only was the cause if it took our KILL to end the process: most close their pipes because they end. */
  #causeOf(signal: string | null): ExitCause {
    const isSuspicion = this.#cause === "stdinClosed" || this.#cause === "stdoutClosed";
    return this.#cause === null || (isSuspicion && signal !== "SIGKILL") ? "exited" : this.#cause;
  }

  async #descend({ eofMs, termMs }: StopPolicy): Promise<ServerExit> {
    if (!this.#hasEnded) this.#cause ??= "requested";
    this.#isClosing = true;
    this.#child.stdin.end();
    if (await this.#goneWithin(eofMs)) return this.exited;
    this.#signal("SIGTERM");
    if (await this.#goneWithin(termMs)) return this.exited;
    this.kill("requested");
    await this.#goneWithin(killMs);
    return this.exited;
  }

  async #awaitGone(): Promise<boolean> {
    await this.exited;
    await this.#closed;
    return this.#goneWithin(killMs);
  }

  async #goneWithin(ms: number): Promise<boolean> {
    const giveUpAt = performance.now() + ms;
    await Promise.race([this.#leaderEnded.promise, sleep(ms, undefined, { ref: false })]);
    for (let pauseMs = 1; this.#isLeft(); pauseMs = Math.min(2 * pauseMs, 32)) {
      if (performance.now() >= giveUpAt) return false;
      await sleep(pauseMs);
    }
    living.delete(this.pid);
    if (living.size === 0) process.off("exit", killTheLiving);
    return true;
  }

  #isLeft(): boolean {
    return living.has(this.pid) && (!this.#hasEnded || isGroupAlive(this.pid));
  }

  /** P1. Once the group is gone its number may be somebody else's. */
  #signal(signal: NodeJS.Signals): void {
    if (!living.has(this.pid)) return;
    if (!sendSignal(-this.pid, signal)) this.#child.kill(signal);
  }
}
