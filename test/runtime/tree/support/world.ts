import { type AnyActorRef, assign, createMachine, fromCallback, sendTo } from "xstate";
import {
  type ChildSpecInput,
  createTree,
  type RootTree,
  type TreeOptions,
  type TreeRecord,
  VirtualClock,
} from "../../../../src/index.ts";
import { type ChildExit, childExit } from "../../../../src/runtime/tree.ts";

/** What the outside does to the children of one tree: which starts fail, and in which order they start and stop. */
export class World {
  readonly clock = new VirtualClock();
  readonly records: TreeRecord[] = [];
  /** `+a` a started, `-a` a was stopped, in order. */
  readonly log: string[] = [];
  /** How many of the next starts of a child fail. */
  readonly failing = new Map<string, number>();
  /** What a start fails with, and children that have nothing to do. */
  readonly error: { value: unknown } = { value: new Error("no start") };
  readonly #parents = new Map<string, AnyActorRef | undefined>();
  readonly ignoring = new Set<string>();

  tree(options: TreeOptions, id?: string): RootTree {
    return createTree(
      { clock: this.clock, onRecord: (it) => void this.records.push(it), ...options },
      { id },
    );
  }

  async started(options: TreeOptions, id?: string): Promise<RootTree> {
    const tree = this.tree(options, id);
    const start = await tree.start();
    if (!start.ok) throw new Error(`the tree did not start: ${start.code}`);
    return tree;
  }

  /** Under the preset `otp`, with what is given over it. */
  otp(options: Omit<TreeOptions, "preset">, id?: string): Promise<RootTree> {
    return this.started({ preset: "otp", ...options }, id);
  }

  /** Worker `id`: does what its events say. */
  worker(id: string, spec: Partial<ChildSpecInput> = {}): ChildSpecInput {
    return { id, logic: this.logic(id), ...spec };
  }

  /** Ends as `end` says, throws on `crash`; fails to start while the world says so. */
  logic(id: string) {
    const presence = fromCallback(() => {
      this.log.push(`+${id}`);
      return () => void this.log.push(`-${id}`);
    });
    const { failing, ignoring, error } = this;
    return createMachine({
      context: () => {
        const left = failing.get(id) ?? 0;
        if (left > 0) {
          failing.set(id, left - 1);
          throw error.value;
        }
        return { output: ignoring.has(id) ? childExit("ignore") : (null as unknown) };
      },
      output: ({ context }) => context["output"],
      initial: "starting",
      states: {
        starting: {
          always: [{ guard: () => ignoring.has(id), target: "ended" }, { target: "up" }],
        },
        up: {
          invoke: { src: presence },
          on: {
            crash: {
              actions: ({ event }) => {
                throw event["error"] ?? new Error(`${id} crashed`);
              },
            },
            end: {
              target: "ended",
              actions: assign({ output: ({ event }) => event["output"] ?? null }),
            },
            relay: { actions: sendTo(({ event }) => event["to"] as AnyActorRef, { type: "relayed" }) },
          },
        },
        ended: { type: "final" },
      },
    });
  }

  /** Hears `child.shutdown`, and takes until `finish` to end; a stubborn one never does. */
  orderly(id: string, { stubborn = false } = {}) {
    const presence = fromCallback(({ self }) => {
      this.log.push(`+${id}`);
      this.#parents.set(id, self._parent);
      return () => void this.log.push(`-${id}`);
    });
    return createMachine({
      initial: "up",
      output: childExit("shutdown"),
      invoke: { src: presence },
      states: {
        up: { on: { "child.shutdown": "closing" } },
        closing: stubborn ? {} : { on: { finish: "closed" } },
        closed: { type: "final" },
      },
    });
  }

  /** Lets an orderly one end that is closing, also one that no list shows any more. */
  finish(id: string): void {
    const actor = this.#parents.get(id);
    if (actor?.getSnapshot().status === "active") actor.send({ type: "finish" });
  }

  types(): string[] {
    return this.records.map(({ type }) => type);
  }

  of<T extends TreeRecord["type"]>(type: T): Extract<TreeRecord, { type: T }>[] {
    return this.records.filter((it): it is Extract<TreeRecord, { type: T }> => it.type === type);
  }

  /** What was logged since the last call. */
  recent(): string[] {
    return this.log.splice(0);
  }
}

/** The running incarnation of `id`; throws if there is none. */
export function ref(tree: { children: RootTree["children"] }, id: string): AnyActorRef {
  const found = child(tree, id)?.ref;
  if (found === null || found === undefined) throw new Error(`"${id}" does not run`);
  return found;
}

export function child(tree: { children: RootTree["children"] }, id: string) {
  const list = tree.children.list();
  return list.ok ? list.children.find((it) => it.id === id) : undefined;
}

/** `id: state#incarnation` of each child. */
export function states(tree: { children: RootTree["children"] }): string[] {
  const list = tree.children.list();
  return list.ok
    ? list.children.map(({ id, state, incarnation }) => `${id}: ${state}#${incarnation}`)
    : [list.code];
}

export function crash(tree: { children: RootTree["children"] }, id: string, error?: unknown): void {
  ref(tree, id).send({ type: "crash", error });
}

export function end(
  tree: { children: RootTree["children"] },
  id: string,
  reason: "normal" | ChildExit["reason"] = "normal",
  info: unknown = null,
): void {
  ref(tree, id).send({ type: "end", output: reason === "normal" ? info : childExit(reason, info) });
}

export function counts(tree: { children: RootTree["children"] }): { specs: number; active: number } | null {
  const answer = tree.children.count();
  return answer.ok ? { specs: answer.counts.specs, active: answer.counts.active } : null;
}
