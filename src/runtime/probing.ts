import type { ProbePolicy } from "../core/server.ts";
import type { Clock } from "./clock.ts";
import type { LiveSession } from "./sessions.ts";

interface Probing {
  readonly live: LiveSession;
  readonly policy: ProbePolicy;
  readonly clock: Clock;
  /** Probes missed in a row changed: 0 after an answer. */
  readonly onMisses: (misses: number) => void;
  /** The limit is reached; nothing is probed any more. */
  readonly onUnresponsive: () => void;
}

/** A time-out that fires this much late, as a share of itself, says more of the host's own loop than of the server. */
const lagShare = 0.25;

/**
 * Probes a session while it is idle and tells how many answers in a row are missing; returns the way to end that.
 *
 * A server that answered, or reported progress, within the last interval is not probed. After a miss the next probe
 * follows at once, so that a hang is noticed within `everyMs + misses × timeoutMs`. A time-out during which the host's
 * own event loop was late does not count.
 */
export function startProbing({ live, policy, clock, onMisses, onUnresponsive }: Probing): () => void {
  let misses = 0;
  let timer: unknown;
  let running: AbortController | undefined;
  let ended = false;
  schedule(policy.everyMs);
  return () => {
    ended = true;
    clock.clearTimeout(timer);
    running?.abort();
  };

  function schedule(delayMs: number): void {
    if (ended) return;
    timer = clock.setTimeout(() => {
      const idleMs = clock.now() - live.activeAt;
      if (misses === 0 && idleMs < policy.everyMs) schedule(policy.everyMs - idleMs);
      else void probe();
    }, delayMs);
  }

  async function probe(): Promise<void> {
    const startedAt = clock.now();
    const abort = (running = new AbortController());
    let wasLate = false;
    timer = clock.setTimeout(() => {
      wasLate = clock.now() - startedAt > policy.timeoutMs * (1 + lagShare);
      abort.abort();
    }, policy.timeoutMs);
    const answered = await live.session.probe(abort.signal).then(
      () => true,
      () => false,
    );
    clock.clearTimeout(timer);
    if (ended) return;
    if (answered || live.activeAt > startedAt) return settle(0, policy.everyMs);
    if (wasLate) return schedule(0);
    // An answer that is refused at once is a miss too, but must not become a busy loop.
    const waitMs = Math.max(0, policy.timeoutMs - (clock.now() - startedAt));
    settle(misses + 1, waitMs);
  }

  function settle(next: number, delayMs: number): void {
    const changed = next !== misses;
    misses = next;
    if (changed) onMisses(misses);
    if (misses >= policy.misses) {
      ended = true;
      onUnresponsive();
    } else schedule(delayMs);
  }
}
