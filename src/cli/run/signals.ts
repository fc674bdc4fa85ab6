/**
 * Ctrl-C and its relatives.
 *
 * @module
 */
const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * npm passes a Ctrl-C on to its child, which got it from the terminal already: within this time the two are one.
 * A person who presses it twice on purpose takes longer.
 */
const sameRequestMs = 250;

export interface StopRequests {
  readonly onFirst: () => void;
  readonly onSecond: () => void;
}

/** What signals come from: `process`. */
type SignalSource = Pick<NodeJS.EventEmitter, "on" | "off">;

/** Calls back at the first request to stop and at the second; returns the way to end that. */
export function listenForStop(
  { onFirst, onSecond }: StopRequests,
  source: SignalSource = process,
  now: () => number = () => performance.now(),
): () => void {
  let firstAt: number | null = null;
  const listener = (): void => {
    if (firstAt === null) {
      firstAt = now();
      onFirst();
    } else if (now() - firstAt >= sameRequestMs) {
      onSecond();
    }
  };
  for (const signal of stopSignals) source.on(signal, listener);
  return () => {
    for (const signal of stopSignals) source.off(signal, listener);
  };
}

/** Sends SIGKILL to one process; false when it has ended already. */
export function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
