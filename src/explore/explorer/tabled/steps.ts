/** One step of the table: run by XState once, with a context that is traced or plain. */
import type { AnyMachineSnapshot } from "xstate";
import { applyStimulus, type Stimulus, type World, type WorldStep } from "../../world.ts";
import { NotCanonical } from "../canonical.ts";
import { canonical } from "../canonical.ts";
import { mutated, type Suspicion } from "../checks.ts";
import type { Session } from "../session.ts";
import type { Leaf, Shell, Shells } from "./shells.ts";
import type { Tracer } from "./traced-context.ts";
import { absent, NewKey, NotTabled, type Values } from "./values.ts";

export interface TabledStep {
  readonly leaf: Leaf;
  /** Places of the context on which the leaf depends. */
  readonly reads: readonly number[];
  readonly thrown: { readonly error: unknown } | null;
  readonly suspicion: Suspicion | null;
}

const nothing = new Int32Array(0);

export class Steps {
  readonly #session: Session;
  readonly #values: Values;
  readonly #shells: Shells;
  readonly #tracer: Tracer;
  readonly #everywhere: readonly number[];
  /** Whether keys are looked at one by one. */
  isTracing: boolean;

  constructor(session: Session, values: Values, shells: Shells, tracer: Tracer) {
    this.#session = session;
    this.#values = values;
    this.#shells = shells;
    this.#tracer = tracer;
    this.#everywhere = values.keys.map((_, place) => place);
    this.isTracing = values.keys.length > 0;
  }

  /**
   * The step by `stimulus` out of `world`, whose context is `vector`.
   *
   * Throws `NotCanonical`, `NotTabled` and `NewKey`.
   */
  take(shell: Shell, stimulus: number, vector: Int32Array, world: World): TabledStep {
    this.#session.checks.watch.reset();
    if (!this.isTracing) return this.#takePlainly(shell, stimulus, vector, world);
    let result: WorldStep;
    try {
      result = this.#traced(shell, stimulus, vector);
    } catch (error) {
      if (error instanceof NewKey || error instanceof NotTabled || error instanceof NotCanonical) throw error;
      const reads = this.#tracer.reads;
      // Was it the machine, or does it do something with its context that cannot be traced?
      const plain = this.#takePlainly(shell, stimulus, vector, world);
      const isTheSame = plain.thrown !== null && String(plain.thrown.error) === String(error);
      return isTheSame ? { ...plain, reads } : plain;
    }
    const leaf = this.#leafOf(shell, stimulus, vector, result);
    const reads = this.#tracer.reads;
    return {
      leaf,
      reads,
      thrown: null,
      suspicion: this.#suspicionOf(shell, stimulus, world, result, vector),
    };
  }

  #traced(shell: Shell, stimulus: number, vector: Int32Array): WorldStep {
    const context = this.#tracer.begin(vector);
    const { stepper } = this.#session;
    const snapshot = { ...shell.world.snapshot, context } as AnyMachineSnapshot;
    return this.#tracer.run(() =>
      applyStimulus(stepper, { ...shell.world, snapshot }, shell.stimuli[stimulus] as Stimulus),
    );
  }

  #takePlainly(shell: Shell, stimulus: number, vector: Int32Array, world: World): TabledStep {
    const reads = this.#everywhere;
    try {
      const result = applyStimulus(this.#session.stepper, world, shell.stimuli[stimulus] as Stimulus);
      const leaf = this.#leafOf(shell, stimulus, vector, result);
      return {
        leaf,
        reads,
        thrown: null,
        suspicion: this.#suspicionOf(shell, stimulus, world, result, vector),
      };
    } catch (error) {
      if (error instanceof NewKey || error instanceof NotTabled || error instanceof NotCanonical) throw error;
      const leaf: Leaf = {
        isLeaf: true,
        shell: -1,
        writes: nothing,
        kind: -1,
        taken: [],
        effects: [],
        isQuiet: true,
        throws: true,
      };
      return { leaf, reads, thrown: { error }, suspicion: null };
    }
  }

  #leafOf(shell: Shell, stimulus: number, vector: Int32Array, result: WorldStep): Leaf {
    const writes = this.#writes(vector, result.world.snapshot.context as object);
    const next = this.#shells.number(result.world);
    const effects = result.steps.flatMap((it) => it.effects);
    // What holds the context itself depends on all of it.
    if (this.isTracing) for (const it of effects) this.#touch(it);
    const taken = this.#session.noteStep(result);
    const isQuiet = shell.labels[stimulus]?.kind === "event" && taken.every((it) => it.forbids);
    return { isLeaf: true, shell: next, writes, kind: -1, taken, effects, isQuiet, throws: false };
  }

  #touch(value: unknown): void {
    try {
      canonical(value);
    } catch (error) {
      if (!(error instanceof NotCanonical)) throw error;
    }
  }

  #writes(vector: Int32Array, context: object): Int32Array {
    const traced = this.#tracer.writesOf(context);
    const writes: number[] = [];
    const values = this.#values;
    if (traced !== null) {
      // First all numbers: to get one may be to read.
      const numbers = [...traced].map(([place, value]) => [place, values.number(place, value)] as const);
      const reads = new Set(this.#tracer.reads);
      for (const [place, number] of numbers) {
        if (number !== vector[place] || !reads.has(place)) writes.push(place, number);
      }
      return Int32Array.from(writes);
    }
    encode(values, context, (place, number) => {
      if (number !== vector[place]) writes.push(place, number);
    });
    return Int32Array.from(writes);
  }

  #suspicionOf(
    shell: Shell,
    stimulus: number,
    world: World,
    first: WorldStep,
    vector: Int32Array,
  ): Suspicion | null {
    const { checks } = this.#session;
    if (!checks.isOn) return null;
    const changed = this.#values.keys.findIndex(
      (_, place) => !this.#values.isIntact(place, vector[place] as number),
    );
    if (changed !== -1) return mutated(this.#values.keys[changed] ?? "");
    if (!checks.isStepDue()) return null;
    return checks.repeat(world, shell.stimuli[stimulus] as Stimulus, first, null);
  }
}

/** Calls `put` for each key that there is, present or not. */
export function encode(values: Values, context: object, put: (place: number, number: number) => void): void {
  const fields = context as Record<string, unknown>;
  for (const key of Object.keys(fields)) if (!values.place.has(key)) throw new NewKey(key);
  values.keys.forEach((key, place) => {
    put(place, values.number(place, Object.hasOwn(fields, key) ? fields[key] : absent));
  });
}
