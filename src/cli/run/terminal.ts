import type { WriteStream } from "node:tty";
import type { Health } from "../../runtime/api.ts";

/** Where a command writes to, and what it may use there. */
export interface Terminal {
  readonly stdout: WriteStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What the live view asks of the run. */
export interface RunFacts {
  readonly health: () => Health;
  /** Retries per window of the crash budget. */
  readonly retries: number;
  readonly forMs: number | null;
}
