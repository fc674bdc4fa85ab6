import {
  type ActionFunction,
  type AnyStateMachine,
  assign,
  cancel,
  createMachine,
  emit,
  raise,
  sendTo,
  spawnChild,
  stopChild,
} from "xstate";

/** Numbers from 0 up to 1 that depend on the seed alone (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An actor that ends when it is told to. */
const worker = {
  getInitialSnapshot: () => ({ status: "active", output: undefined, error: undefined }),
  transition: (snapshot: unknown, event: { type: string; output?: unknown; error?: unknown }): unknown => {
    switch (event.type) {
      case "finish":
        return { status: "done", output: event.output, error: undefined };
      case "fail":
        return { status: "error", output: undefined, error: event.error };
      case "xstate.stop":
        return { status: "stopped", output: undefined, error: undefined };
      default:
        return snapshot;
    }
  },
  getPersistedSnapshot: (snapshot: unknown) => snapshot,
};

export const externalEvents = ["E0", "E1", "E2", "E3"] as const;
const ownEvents = ["R0", "R1", "S0"] as const;

type Context = Record<"a" | "b" | "c", number>;
type Config = Record<string, unknown>;

export interface RandomMachine {
  readonly machine: AnyStateMachine;
  /** What the machine's `mark` actions wrote when an actor ran it. */
  readonly trace: unknown[];
}

/** Which features a machine may have; all by default. */
export interface Features {
  readonly timers: boolean;
  readonly actors: boolean;
  readonly finals: boolean;
  /** Events to itself by way of its mailbox. */
  readonly sends: boolean;
}

/**
 * A machine with nested and parallel states, shallow and deep history, eventless, delayed, raised and self-sent events,
 * entry and exit actions, guards, invoked and spawned actors, and final states. Every transition marks that it was taken.
 */
export function randomMachine(
  seed: number,
  features: Features = { timers: true, actors: true, finals: true, sends: true },
): RandomMachine {
  const trace: unknown[] = [];
  return { machine: new Generator(seed, features).machine(trace), trace };
}

class Generator {
  readonly #random: () => number;
  readonly #features: Features;
  readonly #ids: string[] = [];
  readonly #fillers: (() => void)[] = [];
  #marks = 0;
  #states = 0;

  constructor(seed: number, features: Features) {
    this.#random = randomFrom(seed);
    this.#features = features;
  }

  machine(trace: unknown[]): AnyStateMachine {
    const root = this.#state(0, "root");
    // Transitions may lead anywhere, so they are drawn when every state is there.
    for (const fill of this.#fillers) fill();
    const mark: ActionFunction<
      Context,
      never,
      never,
      { mark: unknown },
      never,
      never,
      never,
      never,
      never
    > = (_, { mark: what }) => void trace.push(what);
    const { id: _, ...config } = root;
    return createMachine(
      {
        ...config,
        id: "m",
        context: { a: 0, b: 1, c: 2 },
        options: { maxIterations: 40 },
      } as unknown as Parameters<typeof createMachine>[0],
      {
        actions: { mark },
        actors: { worker },
        guards: {
          isBelow: ({ context }: { context: Context }, { key, than }: { key: keyof Context; than: number }) =>
            context[key] < than,
          areEqual: ({ context }: { context: Context }) => context.a === context.b,
          isEven: ({ context }: { context: Context }) => (context.a + context.c) % 2 === 0,
        },
        delays: { computed: ({ context }: { context: Context }) => context.a * 10 + 5 },
      } as unknown as Parameters<typeof createMachine>[1],
    ) as AnyStateMachine;
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)] as T;
  }

  #state(depth: number, key: string): Config {
    const id = depth === 0 ? "m" : `${key}_${this.#states++}`;
    const config: Config = { id };
    const kind = depth === 0 ? this.#pick(["compound", "parallel"]) : depth > 2 ? "atomic" : this.#kind();
    if (depth > 0) this.#ids.push(id);
    if (kind !== "atomic") {
      const keys = Array.from({ length: 2 + this.#below(2) }, (_, i) => `${"xyz"[depth]}${i}`);
      const states: Config = Object.fromEntries(keys.map((it) => [it, this.#state(depth + 1, it)]));
      if (kind === "parallel") config["type"] = "parallel";
      else {
        config["initial"] = this.#pick(keys);
        if (this.#features.finals && this.#chance(0.25)) states["end"] = this.#final();
      }
      if (this.#chance(0.3)) states["h"] = this.#history(keys);
      config["states"] = states;
    }
    this.#fillers.push(() => this.#fill(config, kind));
    return config;
  }

  #kind(): "compound" | "parallel" | "atomic" {
    return this.#chance(0.55) ? "atomic" : this.#chance(0.6) ? "compound" : "parallel";
  }

  #final(): Config {
    const id = `end_${this.#states++}`;
    this.#ids.push(id);
    return { id, type: "final", entry: [this.#mark()] };
  }

  #history(keys: readonly string[]): Config {
    const id = `h_${this.#states++}`;
    this.#ids.push(id);
    const target = this.#chance(0.4) ? { target: this.#pick(keys) } : {};
    return { id, type: "history", history: this.#pick(["shallow", "deep"]), ...target };
  }

  #fill(config: Config, kind: string): void {
    if (this.#chance(0.4)) config["entry"] = [this.#mark(), ...this.#actions("entry")];
    if (this.#chance(0.3)) config["exit"] = [this.#mark(), ...this.#actions("exit")];
    config["on"] = {
      ...Object.fromEntries(externalEvents.flatMap((it) => this.#handler(it, 0.45, "external"))),
      ...Object.fromEntries(ownEvents.flatMap((it) => this.#handler(it, 0.25, "own"))),
      ...Object.fromEntries(this.#handler("*", 0.05, "own")),
    };
    if (this.#chance(0.15)) {
      const always = this.#transition("own");
      config["always"] = { ...always, guard: always["guard"] ?? "areEqual" };
    }
    if (kind !== "atomic" && this.#chance(0.5)) config["onDone"] = this.#transition("own");
    if (this.#features.timers && this.#chance(0.35)) {
      const delays = [this.#pick([5, 10, 20, "computed"]), ...(this.#chance(0.3) ? [15] : [])];
      config["after"] = Object.fromEntries(delays.map((it) => [it, this.#transition("own")]));
    }
    if (this.#features.actors && this.#chance(0.25)) {
      config["invoke"] = {
        id: `i${this.#states++}`,
        src: "worker",
        ...(this.#chance(0.7) ? { onDone: this.#transition("own") } : {}),
        ...(this.#chance(0.7) ? { onError: this.#transition("own") } : {}),
      };
    }
  }

  #handler(event: string, share: number, cause: "external" | "own"): [string, unknown][] {
    if (!this.#chance(share)) return [];
    const count = this.#chance(0.3) ? 2 : 1;
    return [[event, Array.from({ length: count }, () => this.#transition(cause))]];
  }

  #transition(cause: "external" | "own"): Config {
    return {
      ...(this.#chance(0.8) ? { target: `#${this.#pick(this.#ids)}` } : {}),
      ...(this.#chance(0.4) ? { guard: this.#guard() } : {}),
      ...(this.#chance(0.15) ? { reenter: true } : {}),
      actions: [this.#mark(), ...this.#actions(cause)],
    };
  }

  #mark(): Config {
    return { type: "mark", params: { mark: this.#marks++ } };
  }

  #guard(): unknown {
    return this.#pick([
      "areEqual",
      "isEven",
      { type: "isBelow", params: { key: this.#pick(["a", "b", "c"]), than: 1 + this.#below(3) } },
    ]);
  }

  /** What an event of its own causes raises and sends nothing more, so that every machine comes to rest. */
  #actions(cause: "external" | "own" | "entry" | "exit"): unknown[] {
    return Array.from({ length: this.#below(3) }, () => this.#action(cause)).flat();
  }

  #action(cause: "external" | "own" | "entry" | "exit"): unknown {
    const key = this.#pick(["a", "b", "c"] as const);
    const other = this.#pick(["a", "b", "c"] as const);
    const choice = this.#below(10);
    if (choice === 4 && cause === "external") return raise({ type: this.#pick(ownEvents) });
    if (choice === 5 && this.#features.sends && cause === "external") {
      return sendTo(({ self }) => self, { type: this.#pick(ownEvents) });
    }
    if (choice === 6 && this.#features.timers && cause === "external") {
      const named = this.#chance(0.7) ? { id: this.#pick(["t0", "t1"]) } : {};
      return raise({ type: this.#pick(ownEvents) }, { delay: this.#pick([5, 10, 15]), ...named });
    }
    if (choice === 7 && this.#features.timers) return cancel(this.#pick(["t0", "t1"]));
    if (choice === 8) return emit({ type: "noted" });
    if (choice === 9 && this.#features.actors && cause === "external") {
      // Not twice under one id: XState would leave the first one behind, running.
      return this.#chance(0.5) ? stopChild("k") : [stopChild("k"), spawnChild("worker", { id: "k" })];
    }
    return this.#chance(0.5)
      ? assign({ [key]: ({ context }: { context: Context }) => (context[key] + 1) % 4 })
      : assign(({ context }: { context: Context }) => ({ [key]: context[other], [other]: context[key] }));
  }
}
