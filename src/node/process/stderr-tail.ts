import { redact } from "./environment.ts";

/** The end of what a process wrote to stderr: bounded in memory, without the secrets it was given. */
export class StderrTail {
  readonly #limitBytes: number;
  readonly #secrets: readonly string[];
  #kept: Buffer = Buffer.alloc(0);
  #isCut = false;

  constructor(secrets: readonly string[], limitBytes = 8_192) {
    this.#secrets = secrets;
    this.#limitBytes = limitBytes;
  }

  append(chunk: Buffer): void {
    const all = Buffer.concat([this.#kept, chunk]);
    this.#isCut ||= all.length > this.#limitBytes;
    this.#kept = all.length > this.#limitBytes ? all.subarray(-this.#limitBytes) : all;
  }

  toString(): string {
    const text = this.#kept.toString("utf8");
    return redact(this.#isCut ? this.#withoutCutSecret(text) : text, this.#secrets);
  }

  /** The cut may have gone through a secret; its second half is one too. */
  #withoutCutSecret(text: string): string {
    // A character that the cut went through decodes to replacement characters.
    const whole = text.replace(/^\uFFFD+/, "");
    const overlap = Math.max(0, ...this.#secrets.map((secret) => overlapOf(secret, whole)));
    return whole.slice(overlap);
  }
}

/** How many characters at the start of `text` are the end of `secret`. */
function overlapOf(secret: string, text: string): number {
  for (let length = secret.length - 1; length > 0; length -= 1) {
    if (text.startsWith(secret.slice(-length))) return length;
  }
  return 0;
}
