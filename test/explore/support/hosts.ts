/**
 * The hosts of a migration beside its chart, as data: what its ports do there, when that happens, and what a crash leaves.
 * Chart and hosts are explored together, in every order of what may happen.
 */
import type { AnyStateMachine } from "xstate";
import type { MigrationContext } from "../../../machines/migration.ts";
import type { PortName } from "../../../src/core/migration.ts";
import type { ExploreOptions } from "../../../src/explore/index.ts";
import { createKeys } from "../../../src/explore/explorer/keys.ts";
import { createStimuli } from "../../../src/explore/explorer/stimuli.ts";
import { createStepper } from "../../../src/explore/stepper.ts";
import {
  applyStimulus,
  initialWorld,
  liveChildren,
  type Stimulus,
  type World,
} from "../../../src/explore/world.ts";

export interface Hosts {
  /** What the owner file says. */
  readonly owner: "source" | "target";
  /** `down`: crashed, to be started again by its host; `gone`: it was left for good. */
  readonly source: "serving" | "frozen" | "down" | "gone";
  /** `arrived`: bytes, no process; `ready`: a process that does not serve. */
  readonly target: "nothing" | "arrived" | "ready" | "serving" | "down";
  /** Whether the target's process was started from the agent's bytes. */
  readonly hasState: boolean;
  /** The last attempt whose commit was ruled out. */
  readonly ruledOut: number;
  /** A commit that was given up by the chart, and may still arrive. */
  readonly late: number | null;
  /** The port under way whose effect has happened. */
  readonly done: PortName | null;
  readonly crashes: number;
}

const atFirst: Hosts = {
  owner: "source",
  source: "serving",
  target: "nothing",
  hasState: false,
  ruledOut: -1,
  late: null,
  done: null,
  crashes: 0,
};

/** What a host does wrong on purpose. */
export interface Faults {
  /** Settling a commit does not keep it from taking effect later. */
  readonly settlesWithoutFence?: boolean;
  /** What is taken back is taken back whoever owns the agent. */
  readonly ignoresOwner?: boolean;
}

const commitOf = (hosts: Hosts, attempt: number): Hosts =>
  attempt > hosts.ruledOut &&
  hosts.owner === "source" &&
  hosts.source === "frozen" &&
  hosts.target === "ready"
    ? { ...hosts, owner: "target", target: "serving", source: "gone" }
    : hosts;

/** The hosts after the effect of a port, as `src/node/migration` has it; `null`: it refuses. */
function effectOf(hosts: Hosts, port: PortName, attempt: number, faults: Faults): Hosts | null {
  const { source, target } = hosts;
  const owner = faults.ignoresOwner === true ? "source" : hosts.owner;
  switch (port) {
    case "capture":
      return owner === "source" ? { ...hosts, source: "frozen" } : null;
    case "transfer":
      return source === "frozen" ? { ...hosts, target: "arrived" } : null;
    case "restore":
      return owner === "source" ? { ...hosts, target: "ready", hasState: target === "arrived" } : null;
    case "commit": {
      const after = commitOf(hosts, attempt);
      return after === hosts ? null : after;
    }
    case "settleCommit":
      return faults.settlesWithoutFence === true ? hosts : { ...hosts, ruledOut: attempt, late: null };
    case "discard":
      return owner === "source" ? { ...hosts, target: "nothing", hasState: false } : null;
    case "rollback":
      if (owner !== "source") return null;
      // A target that serves is out of reach: nothing here stops it.
      if (target === "serving") return { ...hosts, source: "serving" };
      return { ...hosts, source: "serving", target: "nothing", hasState: false };
    case "validate":
      return target === "arrived" ? hosts : null;
    case "chooseTarget":
    case "checkCompatibility":
    case "inspectSnapshot":
      return hosts;
  }
}

/** Crashes of processes, while there are some left, and what their hosts do about them. */
function crashesOf(hosts: Hosts, most: number): [string, Hosts][] {
  const { source, target, owner } = hosts;
  const crashed = { ...hosts, crashes: hosts.crashes + 1 };
  const mayCrash = hosts.crashes < most;
  return [
    ...(mayCrash && source === "serving"
      ? [["source crashes", { ...crashed, source: "down" }] as const]
      : []),
    ...(mayCrash && target === "ready"
      ? [["target crashes", { ...crashed, target: "arrived", hasState: false }] as const]
      : []),
    ...(mayCrash && target === "serving"
      ? [["target crashes", { ...crashed, target: "down" }] as const]
      : []),
    ...(source === "down" && owner === "source"
      ? [["source starts", { ...hosts, source: "serving" }] as const]
      : []),
    ...(target === "down" && owner === "target"
      ? [["target starts", { ...hosts, target: "serving" }] as const]
      : []),
  ].map(([name, after]): [string, Hosts] => [name, after as Hosts]);
}

interface Product {
  readonly world: World;
  readonly hosts: Hosts;
  readonly path: readonly string[];
}

export interface Explored {
  readonly states: number;
  /** What happened on a shortest way to where `holds` does not hold; `null`: nowhere. */
  readonly violation: readonly string[] | null;
  /** Of the hosts, all that were seen. */
  readonly seen: ReadonlySet<string>;
}

/** Every state of `machine` among hosts that crash at most `crashes` times, until one in which `holds` does not. */
export function exploreWithHosts(
  machine: AnyStateMachine,
  options: ExploreOptions,
  holds: (hosts: Hosts) => boolean,
  { crashes = 2, faults = {} }: { readonly crashes?: number; readonly faults?: Faults } = {},
): Explored {
  const stepper = createStepper(machine);
  const keys = createKeys({ abstract: options.abstract, timed: true });
  const stimuli = createStimuli(machine, stepper.table, { ...options, timed: true });
  const known = new Set<string>();
  const seen = new Set<string>();
  let layer: Product[] = [];
  let violation: readonly string[] | null = null;
  visit({ world: initialWorld(stepper, options.input).world, hosts: atFirst, path: [] });
  while (layer.length > 0 && violation === null) {
    const now = layer;
    layer = [];
    for (const it of now) for (const next of successors(it)) visit(next);
  }
  return { states: known.size, violation, seen };

  function visit(product: Product): void {
    const { world, hosts } = product;
    const key = `${keys.of(world)} ${attemptOf(world)} ${JSON.stringify(hosts)}`;
    if (known.has(key)) return;
    known.add(key);
    seen.add(`${hosts.source} ${hosts.target}`);
    if (!holds(hosts)) violation ??= product.path;
    layer.push(product);
  }

  function* successors({ world, hosts, path }: Product): Generator<Product> {
    const port = liveChildren(world)[0]?.id as PortName | undefined;
    const attempt = attemptOf(world);
    for (const stimulus of stimuli.of(world)) {
      if (!isTrue(stimulus, hosts)) continue;
      const after = applyStimulus(stepper, world, stimulus).world;
      const isLeft = liveChildren(after)[0] !== liveChildren(world)[0];
      // What has failed for certain does not arrive later.
      const isLate =
        isLeft && port === "commit" && hosts.done !== "commit" && !nameOf(stimulus).endsWith("failed");
      yield {
        world: after,
        hosts: isLeft ? { ...hosts, done: null, late: isLate ? attempt : hosts.late } : hosts,
        path: [...path, nameOf(stimulus)],
      };
    }
    if (port !== undefined && hosts.done !== port) {
      const after = effectOf(hosts, port, attempt, faults);
      if (after !== null)
        yield { world, hosts: { ...after, done: port }, path: [...path, `${port} takes effect`] };
    }
    if (hosts.late !== null) {
      const after = { ...commitOf(hosts, hosts.late), late: null };
      yield { world, hosts: after, path: [...path, "a late commit arrives"] };
    }
    for (const [name, after] of crashesOf(hosts, crashes))
      yield { world, hosts: after, path: [...path, name] };
  }
}

/** A port says that it has done what it did; a failure may be a lie. */
function isTrue(stimulus: Stimulus, hosts: Hosts): boolean {
  if (stimulus.kind !== "outcome" || stimulus.outcome.kind === "error") return true;
  const { outcome, committed } = stimulus.outcome.output as { outcome: string; committed?: boolean };
  if (outcome !== "done") return stimulus.child !== "commit" || outcome === "unknown" || hosts.done === null;
  return (
    hosts.done === stimulus.child && (committed === undefined || committed === (hosts.owner === "target"))
  );
}

function attemptOf({ snapshot }: World): number {
  return (snapshot.context as MigrationContext).recovery.attempts?.at(-1)?.id ?? 0;
}

function nameOf(stimulus: Stimulus): string {
  if (stimulus.kind === "event") return stimulus.event.type;
  if (stimulus.kind === "timer") return "deadline";
  const { outcome } = stimulus;
  return `${stimulus.child} ${outcome.kind === "error" ? "throws" : (outcome.output as { outcome: string }).outcome}`;
}
