/**
 * `homeostat run --tour`: one of each thing that homeostat decides, for real and under the run's own supervisor.
 *
 * @module
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type * as z from "zod";
import { PluginSpec } from "../../core/config.ts";
import { HomeostatError } from "../../core/errors.ts";
import type { SupervisionRecord } from "../../core/records.ts";
import type { RunDirectory } from "../../node/index.ts";
import type { Supervisor, SupervisorPorts } from "../../runtime/api.ts";
import type { Clock } from "../../runtime/clock.ts";
import { waitUntil } from "../run/wait.ts";
import { Agents } from "./agents.ts";
import { attemptId, Counter } from "./counter.ts";
import { script } from "./script.ts";
import { branch, crashPlugin, handshakePlugin, NotSeen, type Place, stops } from "./stops.ts";
import { tallied, type TourTally, untold } from "./tally.ts";
import { Watch } from "./watch.ts";

/** About what it takes; a machine with much else to do takes longer. */
export const tourMs = 15_000;
/** Between stops, so that a person can follow. */
const pauseMs = 1_000;
/** For each wait of a stop; a server that starts has 5 s for its handshake. */
const stopLimitMs = 10_000;

/** Why the signal of a tour aborts that has taken too long. */
export const outOfTime = new Error("the run had no time left for it");

/** What a run's summary says of its tour. */
export interface TourResult extends TourTally {
  /** Why something was not shown, by stop. */
  readonly problems: readonly string[];
}

export interface ShowOptions {
  readonly supervisor: Supervisor;
  readonly kill: (pid: number) => boolean;
  readonly notice: (text: string) => void;
  /** Ends the tour early. */
  readonly signal: AbortSignal;
}

const subjects: ReadonlySet<string> = new Set([
  handshakePlugin,
  crashPlugin,
  "notes",
  "drafts",
  attemptId,
  branch,
]);

/** @throws {HomeostatError} `config_invalid` when the configuration has a plugin of a name that the tour uses. */
export function refuseNamesOfTour(names: readonly string[]): void {
  const taken = names.filter((it) => it === handshakePlugin || it === crashPlugin);
  if (taken.length === 0) return;
  const message = `--tour adds plugins ${handshakePlugin} and ${crashPlugin}, and the configuration has ${taken.join(" and ")}; give that another name, or run without --tour`;
  throw new HomeostatError("config_invalid", message, { plugins: taken });
}

export class Tour {
  /** To be supervised with those of the configuration. */
  readonly plugins: Readonly<Record<string, PluginSpec>>;
  readonly ports: Required<Pick<SupervisorPorts, "migration" | "lease">>;
  readonly #agents: Agents;
  readonly #counter: Counter;
  readonly #clock: Clock;
  readonly #watch: Watch;
  readonly #problems: string[] = [];
  #tallying = untold;
  #showing: Promise<void> = Promise.resolve();

  /** In `directory`, which is made. Starts nothing. */
  constructor(directory: string, runDirectory: RunDirectory, clock: Clock) {
    mkdirSync(directory);
    this.#clock = clock;
    this.#watch = new Watch(clock);
    this.#agents = new Agents(join(directory, "hosts"), runDirectory);
    this.#counter = new Counter(directory, runDirectory, clock);
    this.ports = { migration: this.#agents.ports, lease: this.#counter.ports };
    this.plugins = {
      [handshakePlugin]: plugin(handshakePlugin, script("late-server", join(directory, "second-time"))),
      [crashPlugin]: plugin(crashPlugin, script("notes-server", join(directory, "notes.txt"))),
    };
  }

  /** Observes the supervisor. */
  readonly record = (record: SupervisionRecord): void => {
    this.#tallying = tallied(this.#tallying, record, subjects);
    this.#watch.look();
  };

  result(): TourResult {
    return { ...this.#tallying.tally, problems: [...this.#problems] };
  }

  /** Resolves when all stops were seen or have failed, or soon after `signal` aborts; never rejects. */
  show(options: ShowOptions): Promise<void> {
    this.#showing = this.#show(options);
    return this.#showing;
  }

  async #show({ signal, notice, ...options }: ShowOptions): Promise<void> {
    const place: Place = {
      ...options,
      agents: this.#agents,
      counter: this.#counter,
      tally: () => this.#tallying.tally,
      notice,
      look: this.#watch.look,
      signal,
      until: async (what, holds) => {
        if (!(await this.#watch.until(holds, stopLimitMs, signal)))
          throw new NotSeen(`it was not seen that ${what}`);
      },
    };
    for (const [index, { title, show }] of stops.entries()) {
      const stop = `tour ${index + 1} of ${stops.length}`;
      if (index > 0) await waitUntil(this.#clock, this.#clock.now() + pauseMs, signal);
      if (!signal.aborted) notice(`${stop}: ${title}`);
      try {
        signal.throwIfAborted();
        await show(place);
      } catch (error) {
        // Whoever ends a tour does not say that the rest of it would have failed.
        if (signal.aborted && signal.reason !== outOfTime) return;
        const why = error instanceof Error ? error.message : String(error);
        this.#problems.push(`${stop}: ${why}`);
        notice(`${stop} failed: ${why}`);
      }
    }
  }

  /** Ends every process that is no plugin's; to be called when the supervisor has stopped. */
  async close(): Promise<void> {
    await Promise.all([this.#counter.close(), this.#agents.close()]);
    await this.#showing;
  }
}

/** Not required: what the tour breaks must not make the run a failure. */
function plugin(
  name: string,
  server: z.input<typeof PluginSpec>["servers"][string],
): z.output<typeof PluginSpec> {
  return PluginSpec.parse({ servers: { [name]: { ...server, required: false } } });
}
