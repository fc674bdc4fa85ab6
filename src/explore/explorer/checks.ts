/**
 * Whether what is explored can be trusted: steps are repeated under other conditions, contexts are read again, and states
 * that an abstraction takes for one are compared.
 *
 * @module
 */
import type { AnyMachineSnapshot } from "xstate";
import type { Stepper } from "../stepper.ts";
import { applyStimulus, type Stimulus, type World, type WorldStep } from "../world.ts";
import type { Finding } from "./findings.ts";
import type { Keys } from "./keys.ts";
import { conditions, underOtherConditions, watchOutside } from "./probe.ts";
import type { Stimuli } from "./stimuli.ts";

/** The first checks are made every time, later ones now and then. */
class Sampling {
  #count = 0;
  readonly #always: number;
  readonly #thenEvery: number;

  constructor(always: number, thenEvery: number) {
    this.#always = always;
    this.#thenEvery = thenEvery;
  }

  isDue(): boolean {
    const count = this.#count++;
    return count < this.#always || count % this.#thenEvery === 0;
  }
}

/** Steps for which two states that count as one are followed. */
const lookahead = 5;

export interface Suspicion extends Pick<Finding, "kind" | "subject" | "message"> {}

export class Checks {
  readonly #stepper: Stepper;
  readonly #keys: Keys;
  readonly #stimuli: Stimuli;
  readonly #states = new Sampling(100, 32);
  readonly #steps = new Sampling(40, 32);
  readonly #merges = new Sampling(150, 128);
  readonly isOn: boolean;
  readonly watch = watchOutside();
  #way = 1;
  readonly #isAbstract: boolean;

  constructor(parts: { stepper: Stepper; keys: Keys; stimuli: Stimuli; isOn: boolean; isAbstract: boolean }) {
    this.#stepper = parts.stepper;
    this.#keys = parts.keys;
    this.#stimuli = parts.stimuli;
    this.isOn = parts.isOn;
    this.#isAbstract = parts.isOn && parts.isAbstract;
  }

  /** What to compare the context of `snapshot` with later; `null`: the next state is not one of those looked at. */
  begin(snapshot: AnyMachineSnapshot): ReadonlyMap<string, string> | null {
    return this.isOn && this.#states.isDue() ? this.#keys.rawFields(snapshot) : null;
  }

  /** Whether the step that was just run is to be repeated: it asked for the time or for chance, or it is its turn. */
  isStepDue(): boolean {
    return this.#steps.isDue() || this.watch.wasAsked;
  }

  /**
   * `null`: the same stimulus leads to the same again, and left the context of `world` as it was.
   *
   * @param contextBefore `null`: somebody else sees to it that the context is not changed in place.
   */
  repeat(
    world: World,
    stimulus: Stimulus,
    first: WorldStep,
    contextBefore: ReadonlyMap<string, string> | null,
  ): Suspicion | null {
    const changed = contextBefore === null ? null : this.mutation(world.snapshot, contextBefore);
    if (changed !== null) return changed;
    const step = (): WorldStep => applyStimulus(this.#stepper, world, stimulus);
    const asksNothing = this.watch.isOn && !this.watch.wasAsked;
    for (const chance of asksNothing ? [null] : conditions) {
      const again = chance === null ? step() : underOtherConditions(chance, step);
      const difference = this.#difference(first, again);
      if (difference !== null) return difference;
    }
    return null;
  }

  /** `null`: the context of `snapshot` still is what `before` says. */
  mutation(snapshot: AnyMachineSnapshot, before: ReadonlyMap<string, string>): Suspicion | null {
    for (const [subject, value] of this.#keys.rawFields(snapshot)) {
      if (before.get(subject) === value) continue;
      return mutated(subject);
    }
    return null;
  }

  #difference(first: WorldStep, again: WorldStep): Suspicion | null {
    const [a, b] = [first, again].map((it) => it.steps.flatMap((step) => step.microsteps));
    for (let index = 0; index < Math.max(a?.length ?? 0, b?.length ?? 0); index++) {
      const [one, other] = [a?.[index]?.selected ?? [], b?.[index]?.selected ?? []];
      if (one.map((it) => it.id).join() === other.map((it) => it.id).join()) continue;
      const differing = [...one, ...other].filter((it) => !(one.includes(it) && other.includes(it)));
      const guards = differing.flatMap(({ guard, id }) => (guard === null ? [] : [`${guard} of ${id}`]));
      const subject = guards[0] ?? differing[0]?.id ?? "";
      const message = `the guard ${subject} answers differently when it is asked again: it depends on the time, on chance or on something outside. Bring that in by the event`;
      return { kind: "impure", subject, message };
    }
    if (areAlike(first.world.snapshot.context, again.world.snapshot.context)) return null;
    const [fields, others] = [first, again].map((it) => this.#keys.rawFields(it.world.snapshot));
    for (const [key, value] of fields ?? []) {
      if (others?.get(key) === value) continue;
      const message = `context.${key} gets another value when the step is repeated: an assign depends on the time, on chance or on something outside. Bring that in by the event`;
      return { kind: "impure", subject: key, message };
    }
    return null;
  }

  /** `null`: `world`, which the keys take for the state of `representative`, leads to the same states. */
  compare(world: World, representative: World): Suspicion | null {
    if (!this.#isAbstract || world.snapshot.status !== "active") return null;
    if (world.snapshot.context === representative.snapshot.context || !this.#merges.isDue()) return null;
    // What they lead to may differ only some steps later: one way is followed for a while.
    let pair: readonly [World, World] = [world, representative];
    for (let depth = 0; depth < lookahead; depth++) {
      const ours = this.#successors(pair[0]);
      const theirs = this.#successors(pair[1]);
      for (let index = 0; index < Math.max(ours.length, theirs.length); index++) {
        const [one, other] = [ours[index], theirs[index]];
        if (one?.key !== other?.key || one?.name !== other?.name) {
          return inexact(one?.name ?? other?.name ?? "", [world, representative]);
        }
      }
      this.#way = (this.#way * 31 + 17) % 65_521;
      const choice = ours.length === 0 ? 0 : this.#way % ours.length;
      const [one, other] = [ours[choice]?.world, theirs[choice]?.world];
      if (one === undefined || other === undefined) return null;
      pair = [one, other];
    }
    return null;
  }

  /** What `world` may lead to, in the order of its stimuli; no world where it throws. */
  #successors(world: World): { name: string; key: string; world?: World }[] {
    return this.#stimuli.of(world).map((stimulus) => {
      const name = stimulus.kind === "event" ? stimulus.event.type : stimulus.kind;
      try {
        const after = applyStimulus(this.#stepper, world, stimulus).world;
        return { name, key: this.#keys.of(after), world: after };
      } catch (error) {
        return { name, key: `throws ${String(error)}` };
      }
    });
  }
}

/** Two contexts with the very same values; others may still say the same. */
function areAlike(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  const [ours, theirs] = [one as Record<string, unknown>, other as Record<string, unknown>];
  for (const key in ours) if (!Object.is(ours[key], theirs[key])) return false;
  return true;
}

/** The context's key `subject` was changed in place. */
export function mutated(subject: string): Suspicion {
  const message = `context.${subject} was changed in place: return a new value from assign, or states that were explored before are no longer what they were`;
  return { kind: "mutated", subject, message };
}

function inexact(name: string, worlds: readonly World[]): Suspicion {
  const contexts = worlds.map(({ snapshot }) => JSON.stringify(snapshot.context)).join(" and ");
  const message = `the abstraction takes states for one that behave differently, sooner or later, at ${name}. The contexts: ${contexts}. Keep more of the context`;
  return { kind: "abstractionInexact", subject: name, message };
}
