import { type AnyActor, type AnyActorRef, type AnyMachineSnapshot, createActor } from "xstate";
import { createStepper, type Step, type Stepper } from "../../../src/explore/stepper.ts";
import {
  applyStimulus,
  dueTimers,
  initialWorld,
  liveChildren,
  type Outcome,
  type Stimulus,
  type World,
  type WorldStep,
} from "../../../src/explore/world.ts";
import { VirtualClock } from "../../../src/runtime/virtual-clock.ts";
import { externalEvents, randomFrom, randomMachine } from "./random-machine.ts";

/** Drives the pure world through time: its timers fire at their instants, as a clock would have it. */
class PureActor {
  world: World;
  failed = false;
  readonly trace: unknown[] = [];
  readonly emitted: unknown[] = [];
  readonly #stepper: Stepper;
  #now = 0;
  #due = new Map<number, number>();

  constructor(stepper: Stepper) {
    this.#stepper = stepper;
    const { world, steps } = initialWorld(stepper);
    this.world = world;
    this.#note(world, steps);
  }

  get status(): string {
    return this.failed ? "error" : this.world.snapshot.status;
  }

  apply(stimulus: Stimulus): void {
    if (this.failed) return;
    let result: WorldStep;
    try {
      result = applyStimulus(this.#stepper, this.world, stimulus);
    } catch {
      this.failed = true;
      return;
    }
    this.#note(result.world, result.steps);
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = [...this.#due].toSorted(([a, dueA], [b, dueB]) => dueA - dueB || a - b);
      if (next === undefined || next[1] > until || this.status !== "active") break;
      const [serial, due] = next;
      if (!dueTimers(this.world).some((it) => it.serial === serial)) {
        throw new Error(`timer ${serial} is the next to fire, and dueTimers does not offer it`);
      }
      this.#now = due;
      this.apply({ kind: "timer", serial });
    }
    this.#now = until;
  }

  #note(world: World, steps: readonly Step[]): void {
    this.world = world;
    this.#due = new Map(
      world.timers.map(({ serial, delayMs }) => [serial, this.#due.get(serial) ?? this.#now + delayMs]),
    );
    for (const { effects, microsteps } of steps) {
      const marks = effects.flatMap((it) => (it.kind === "performed" ? [markOf(it)] : []));
      const taken = microsteps.flatMap((it) =>
        it.taken.map(({ definition }) => markOf(definition.actions[0])),
      );
      if (microsteps.length > 0 && !taken.every((it) => marks.includes(it))) {
        throw new Error(`said to be taken: ${String(taken)}; their actions: ${String(marks)}`);
      }
      this.trace.push(...marks);
      this.emitted.push(...effects.filter((it) => it.kind === "emitted"));
    }
  }
}

function markOf(action: unknown): unknown {
  return (action as { params?: { mark?: unknown } } | undefined)?.params?.mark;
}

/** Marks of the transitions of `stepper`'s machine: the others are those of entry and exit actions. */
function transitionMarks({ table }: Stepper): Set<unknown> {
  return new Set(table.all.map(({ definition }) => markOf(definition.actions[0])));
}

/** What `machine number seed` did differently as an actor and as pure steps, in a line; `null`: nothing. */
export function difference(seed: number): string | null {
  const { machine, trace } = randomMachine(seed);
  const random = randomFrom(seed ^ 0x5eed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const stepper = createStepper(machine);
  const marks = transitionMarks(stepper);
  const pure = new PureActor(stepper);
  const clock = new VirtualClock();
  const actor = createActor(machine, { clock });
  let emitted = 0;
  actor.on("noted", () => void emitted++);
  actor.subscribe({ error: () => {} });
  actor.start();

  const history: string[] = [];
  const compare = (): string | null => {
    const found = firstDifference(pure, actor, { clock, trace, emitted, marks });
    return found === null ? null : `machine ${seed} after ${history.join(", ") || "its start"}: ${found}`;
  };
  let found = compare();
  for (let i = 0; i < 30 && found === null && pure.status === "active"; i++) {
    const choice = random();
    const live = liveChildren(pure.world);
    if (choice < 0.15 && live.length > 0) {
      const { id } = pick(live);
      const isWell = random() < 0.6;
      history.push(`${isWell ? "done" : "error"} ${id}`);
      endChild(actor.getSnapshot().children[id], isWell);
      const outcome: Outcome = isWell ? { kind: "done", output: 1 } : { kind: "error", error: "x" };
      pure.apply({ kind: "outcome", child: id, outcome });
    } else if (choice < 0.4) {
      const ms = pick([5, 10, 15, 25]);
      history.push(`${ms} ms`);
      clock.advance(ms);
      pure.advance(ms);
    } else {
      const type = pick(externalEvents);
      history.push(type);
      actor.send({ type });
      pure.apply({ kind: "event", event: { type } });
    }
    found = compare();
  }
  actor.stop();
  return found;
}

function endChild(child: AnyActorRef | undefined, isWell: boolean): void {
  child?.send(isWell ? { type: "finish", output: 1 } : { type: "fail", error: "x" });
}

function firstDifference(
  pure: PureActor,
  actor: AnyActor,
  {
    clock,
    trace,
    emitted,
    marks,
  }: { clock: VirtualClock; trace: unknown[]; emitted: number; marks: Set<unknown> },
): string | null {
  const real = actor.getSnapshot() as AnyMachineSnapshot;
  if (real.status !== pure.status) return `status ${real.status}, not ${pure.status}`;
  if (pure.failed) return null;
  const { snapshot, timers } = pure.world;
  const facts = (it: AnyMachineSnapshot): unknown => ({
    value: it.value,
    context: it.context as unknown,
    children: Object.keys(it.children).toSorted(),
  });
  const [ours, theirs] = [facts(snapshot), facts(real)].map((it) => JSON.stringify(it));
  if (ours !== theirs) return `${theirs}, not ${ours}`;
  if (trace.join() !== pure.trace.join()) return `actions ${trace.join()}, not ${pure.trace.join()}`;
  if (marks.size === 0) return "no transition";
  if (emitted !== pure.emitted.length) return `${emitted} emitted, not ${pure.emitted.length}`;
  if (real.status === "active" && clock.pending !== timers.length) {
    return `${clock.pending} timers, not ${timers.length}`;
  }
  return null;
}
