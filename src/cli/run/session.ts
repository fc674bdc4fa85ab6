/**
 * One run from start to stop, without a word about how it is shown.
 *
 * @module
 */
import type { Health, Supervisor } from "../../runtime/api.ts";
import type { Clock } from "../../runtime/clock.ts";
import { outOfTime, type Tour, type TourResult, tourMs } from "../tour/tour.ts";
import { type ChaosProgress, extensionMs, type Kill, unleashChaos } from "./chaos.ts";
import { formatDuration } from "./duration.ts";
import { count, nameServer } from "./narrator.ts";
import type { Output } from "./output.ts";
import type { Random } from "./random.ts";
import { waitUntil } from "./wait.ts";

export interface SessionOptions {
  readonly supervisor: Supervisor;
  readonly output: Pick<Output, "notice" | "progress" | "stopping">;
  readonly clock: Clock;
  /** From the start; `null`: until `signal` aborts. */
  readonly forMs: number | null;
  readonly kills: number;
  /** Shown while the run goes on; `null`: none was asked for. */
  readonly tour: Pick<Tour, "plugins" | "show" | "result" | "close"> | null;
  readonly random: Random;
  readonly kill: (pid: number) => boolean;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

export interface SessionResult {
  readonly ranMs: number;
  readonly perKill: readonly Kill[];
  readonly tour: TourResult | null;
  /** Just before the stop. */
  readonly health: Health;
}

/** Starts, lets it run, kills what is to be killed, stops. Resolves when everything has been stopped. */
export async function runSession(options: SessionOptions): Promise<SessionResult> {
  const { supervisor, output, clock, forMs, kills, tour, signal } = options;
  const startedAt = clock.now();
  const endsAt = forMs === null ? null : startedAt + forMs;
  try {
    supervisor.start();
    const [perKill] = await Promise.all([kills === 0 ? [] : chaos(), tour === null ? null : show(tour)]);
    await waitUntil(clock, endsAt ?? Number.POSITIVE_INFINITY, signal);
    const health = supervisor.health();
    if (signal.aborted && signal.reason === "request") output.stopping();
    return { ranMs: clock.now() - startedAt, perKill, tour: tour?.result() ?? null, health };
  } finally {
    await supervisor.stop();
    await tour?.close();
  }

  /** Beyond the end of the run, if need be. */
  async function show(shown: NonNullable<SessionOptions["tour"]>): Promise<void> {
    const limit = new AbortController();
    const over = new AbortController();
    const either = AbortSignal.any([signal, limit.signal]);
    const ended = shown.show({ ...options, notice: output.notice, signal: either });
    void ended.then(() => over.abort());
    const untilOver = AbortSignal.any([signal, over.signal]);
    await waitUntil(clock, endsAt ?? Number.POSITIVE_INFINITY, untilOver);
    if (!untilOver.aborted && endsAt !== null) {
      const extendedTo = Math.max(endsAt + extensionMs, startedAt + 2 * tourMs);
      output.notice(
        `the run goes on until the tour is over, at most ${formatDuration(extendedTo - clock.now())}`,
      );
      await waitUntil(clock, extendedTo, untilOver);
    }
    if (untilOver.aborted) return;
    limit.abort(outOfTime);
    await ended;
  }

  async function chaos(): Promise<readonly Kill[]> {
    const ended = new AbortController();
    await Promise.race([
      supervisor.settled(),
      waitUntil(clock, endsAt ?? Number.POSITIVE_INFINITY, AbortSignal.any([signal, ended.signal])),
    ]);
    ended.abort();
    const tally = { kills: 0, recovered: 0 };
    output.progress(describeTally());
    return unleashChaos({ ...options, spared: Object.keys(tour?.plugins ?? {}), endsAt, onProgress });

    function onProgress(progress: ChaosProgress): void {
      if (progress.kind === "killed") tally.kills += 1;
      if (progress.kind === "recovered") tally.recovered += 1;
      const text = describeProgress(progress, `kill ${tally.kills} of ${kills}`);
      if (text !== null) output.notice(text);
      output.progress(describeTally());
    }

    function describeTally(): string {
      return `chaos: ${tally.kills} of ${count(kills, "kill")}, ${tally.recovered} recovered`;
    }
  }
}

/** `null`: the records tell it. */
function describeProgress(progress: ChaosProgress, which: string): string | null {
  if (progress.kind === "waiting")
    return "the next kill waits: no healthy server has a retry left in its budget";
  const { plugin, server, pid } = progress.kill;
  const name = nameServer(plugin, server);
  switch (progress.kind) {
    case "killed":
      return `killed ${name}, pid ${pid} (${which})`;
    case "recovered":
      return null;
    case "givenUp":
      return `${name} did not come back in time`;
    case "extended":
      return `the run goes on until ${name} is back, at most ${formatDuration(extensionMs)}`;
  }
}
