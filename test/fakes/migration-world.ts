import { createHash } from "node:crypto";
import { simpleChecksum, type StateDigest } from "../../src/core/migration.ts";

/** What one host has of the agent. */
interface Copy {
  bytes: Uint8Array;
  /** It serves. */
  active: boolean;
}

export function digestOf(bytes: Uint8Array): StateDigest {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { sizeBytes: bytes.length, checksum: simpleChecksum(bytes), sha256 };
}

/** Hosts in memory, with real bytes. What a port does here is done; whether it says so is up to the test. */
export class MigrationWorld {
  readonly original: Uint8Array;
  readonly source: Copy;
  readonly targets = new Map<string, Copy>();
  /** The snapshot, kept apart from the source. */
  snapshot: Uint8Array | null = null;
  /** What targets started from. */
  readonly restored: Uint8Array[] = [];
  /** Attempts whose commit was ruled out. */
  #fenced = new Set<string>();

  /** Copies that will still arrive with a bit flipped. */
  #corrupts: number;

  constructor(original: Uint8Array, corrupts = 0) {
    this.#corrupts = corrupts;
    this.original = original.slice();
    this.source = { bytes: original.slice(), active: true };
  }

  /** Names of the hosts that serve. */
  get active(): string[] {
    const targets = [...this.targets].filter(([, { active }]) => active).map(([name]) => name);
    return this.source.active ? ["source", ...targets] : targets;
  }

  /** The source stands still; what it leaves behind in place is worth nothing. */
  capture(): StateDigest {
    this.snapshot ??= this.source.bytes.slice();
    this.source.active = false;
    this.source.bytes = new Uint8Array(this.source.bytes.length);
    return digestOf(this.snapshot);
  }

  transfer(target: string): void {
    const bytes = this.kept().slice();
    if (this.#corrupts > 0) MigrationWorld.corrupt(bytes);
    this.#corrupts -= 1;
    this.targets.set(target, { bytes, active: false });
  }

  digestAt(target: string): StateDigest {
    return digestOf(this.targets.get(target)?.bytes ?? new Uint8Array());
  }

  digestOfSnapshot(): StateDigest {
    return digestOf(this.kept());
  }

  restore(target: string): void {
    const copy = this.targets.get(target);
    if (copy !== undefined) this.restored.push(copy.bytes.slice());
  }

  /** Takes effect at most once, and not at all after {@link settleCommit} ruled it out. */
  commit(target: string, attempt: number): void {
    const copy = this.targets.get(target);
    if (copy !== undefined && !this.#fenced.has(`${target} ${attempt}`)) copy.active = true;
  }

  settleCommit(target: string, attempt: number): boolean {
    this.#fenced.add(`${target} ${attempt}`);
    return this.targets.get(target)?.active ?? false;
  }

  discard(target: string): void {
    this.targets.delete(target);
  }

  /** `null`: nothing was captured, the source goes on as it stands. */
  rollback(target: string | null): StateDigest | null {
    if (target !== null) this.discard(target);
    if (this.snapshot !== null) this.source.bytes = this.snapshot.slice();
    this.source.active = true;
    return this.snapshot === null ? null : digestOf(this.source.bytes);
  }

  /** Flips one bit. */
  static corrupt(bytes: Uint8Array | null | undefined): void {
    if (bytes !== null && bytes !== undefined && bytes.length > 0) bytes[0] = (bytes[0] ?? 0) ^ 1;
  }

  private kept(): Uint8Array {
    if (this.snapshot === null) throw new Error("nothing was captured");
    return this.snapshot;
  }
}
