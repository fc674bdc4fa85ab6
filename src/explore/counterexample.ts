/**
 * A way through the graph for people: one line, a table of steps with what they changed, a sequence diagram.
 *
 * @module
 */
import type { AnyMachineSnapshot } from "xstate";
import type { Label, StateGraph } from "./explorer/graph.ts";
import type { Effect, Stepper } from "./stepper.ts";
import { applyStimulus, type World, type WorldStep } from "./world.ts";

export interface TraceStep {
  /** The event with its payload, `after DELAY (…)`, `done ACTOR …`. */
  readonly event: string;
  /** The state after it. */
  readonly state: string;
  /** Path in the context, before and after, as JSON; `undefined`: not there. */
  readonly changes: readonly { readonly path: string; readonly from: string; readonly to: string }[];
  readonly effects: readonly Effect[];
}

export interface Trace {
  readonly machine: string;
  readonly initial: string;
  readonly steps: readonly TraceStep[];
  /** Number of the step at which what is repeated for ever begins; equal to their number: it stays. `null`: it ends. */
  readonly loopFrom: number | null;
}

/** `loop`: what is repeated after `path`; empty: nothing more happens; `null`: it is not about for ever. */
export function traceOf(
  stepper: Stepper,
  graph: StateGraph,
  path: readonly number[],
  loop: readonly number[] | null = null,
): Trace {
  let world = graph.world(0);
  const steps = [...path, ...(loop ?? [])].map((edge): TraceStep => {
    const { label, to } = graph.edge(edge);
    const result = replayed(stepper, world, label) ?? { world: graph.world(to), steps: [] };
    const changes = changesOf(world.snapshot.context, result.world.snapshot.context);
    world = result.world;
    return {
      event: label.name,
      state: stateName(world.snapshot),
      changes,
      effects: result.steps.flatMap((it) => it.effects),
    };
  });
  return {
    machine: stepper.machine.id,
    initial: stateName(graph.snapshot(0)),
    steps,
    loopFrom: loop === null ? null : path.length,
  };
}

/** `null`: it cannot be repeated here, as the state is not the very one that it was found in. */
function replayed(stepper: Stepper, world: World, { stimulus, timerEvent }: Label): WorldStep | null {
  try {
    if (stimulus.kind !== "timer") return applyStimulus(stepper, world, stimulus);
    const timer = world.timers.find(({ event }) => event.type === timerEvent);
    return timer === undefined
      ? null
      : applyStimulus(stepper, world, { kind: "timer", serial: timer.serial });
  } catch {
    return null;
  }
}

/** `a.b`, regions in braces. */
export function stateName({ value, status }: AnyMachineSnapshot): string {
  const text = typeof value === "object" && Object.keys(value).length === 0 ? "(root)" : nameOf(value);
  return status === "active" ? text : `${text} (${status})`;
}

function nameOf(value: unknown): string {
  if (typeof value === "string") return value;
  const regions = Object.entries(value as object).map(([key, inner]) => {
    const below = nameOf(inner);
    return below === "" ? key : `${key}.${below}`;
  });
  return regions.length > 1 ? `{${regions.join(", ")}}` : regions.join("");
}

function changesOf(before: unknown, after: unknown, path = ""): { path: string; from: string; to: string }[] {
  if (Object.is(before, after)) return [];
  const [from, to] = [before, after].map((it) => JSON.stringify(it) ?? "undefined");
  if (from === to) return [];
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) =>
      changesOf(before[key], after[key], path === "" ? key : `${path}.${key}`),
    );
  }
  return [{ path, from: from ?? "", to: to ?? "" }];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `a ── EVENT ──▶ b ── …`, at most as long as its steps are many. */
export function asLine({ initial, steps, loopFrom }: Trace): string {
  const parts = steps.map(
    ({ event, state }, index) => `${index === loopFrom ? " ↻ for ever:" : ""} ── ${event} ──▶ ${state}`,
  );
  const stays = loopFrom !== null && loopFrom === steps.length ? ", and stays there" : "";
  return `${initial}${parts.join("")}${stays}`;
}

/** A Markdown table: number, event, state, what changed in the context. */
export function asTable({ initial, steps, loopFrom }: Trace): string {
  const rows = steps.map(({ event, state, changes }, index) => [
    `${index + 1}${index === loopFrom ? " ↻" : ""}`,
    event,
    state,
    changes.map(({ path, from, to }) => `${path}: ${from} → ${to}`).join("<br>"),
  ]);
  return [["#", "event", "state", "context"], ["---", "---", "---", "---"], ["0", "", initial, ""], ...rows]
    .map((cells) => `| ${cells.map((it) => it.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

/** A Mermaid sequence diagram: who sent what to whom. */
export function asSequence({ machine, initial, steps, loopFrom }: Trace): string {
  const clean = (text: string): string => text.replaceAll(/[;#\n]/g, " ");
  const lines = steps.flatMap(({ event, state, effects }, index) => [
    ...(index === loopFrom ? ["  loop for ever"] : []),
    `  ${event.startsWith("after ") ? "timer" : "environment"}->>${machine}: ${clean(event)}`,
    ...effects.flatMap((it) => arrow(machine, it)).map((it) => `  ${clean(it)}`),
    `  Note over ${machine}: ${clean(state)}`,
  ]);
  const ends = loopFrom !== null && loopFrom < steps.length ? ["  end"] : [];
  const stays =
    loopFrom !== null && loopFrom === steps.length ? [`  Note over ${machine}: nothing more happens`] : [];
  return ["sequenceDiagram", `  Note over ${machine}: ${clean(initial)}`, ...lines, ...ends, ...stays].join(
    "\n",
  );
}

function arrow(machine: string, effect: Effect): string[] {
  switch (effect.kind) {
    case "sent":
      return [`${machine}->>${effect.to === "self" ? machine : effect.to}: ${effect.event.type}`];
    case "emitted":
      return [`${machine}-->>environment: ${effect.event.type}`];
    case "actorStarted":
      return [`${machine}->>${effect.id}: start`];
    case "actorStopped":
      return [`${machine}-x${effect.id}: stop`];
    case "timerSet":
      return [`${machine}->>timer: ${effect.delayMs} ms`];
    case "timerCancelled":
    case "performed":
      return [];
  }
}
