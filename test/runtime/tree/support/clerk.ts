import { type AnyActorRef, createMachine, type EventObject } from "xstate";
import type { ChildSpecInput, RootTree } from "../../../../src/index.ts";
import { World } from "./world.ts";

/** A child that works on items: notes each as `item@incarnation`, answers at once, late or never, dies of a poisoned one. */
export class Clerk {
  readonly world = new World();
  readonly got: string[] = [];
  /** Who wants an answer that has none yet. */
  readonly askers: AnyActorRef[] = [];

  logic(name = "") {
    let incarnations = 0;
    return createMachine({
      context: () => ({ incarnation: ++incarnations }),
      on: {
        work: {
          actions: ({ context, event }) => {
            const { item, replyTo } = event as unknown as { item: string; replyTo?: AnyActorRef };
            this.got.push(`${item}@${name}${context.incarnation}`);
            if (item.startsWith("poison")) throw new Error("poisoned");
            if (item.startsWith("slow")) this.askers.push(...(replyTo === undefined ? [] : [replyTo]));
            else replyTo?.send({ type: "worked", item });
          },
        },
        crash: {
          actions: () => {
            throw new Error("crashed");
          },
        },
      },
    });
  }

  /** A tree of one clerk, `c`, restarted 250 ms after a crash, then 500 ms. */
  async tree(spec: Partial<ChildSpecInput> = {}, intensity = 9): Promise<RootTree> {
    const c = { id: "c", logic: this.logic(), ...spec };
    return this.world.started({ policy: { limit: { intensity } }, children: [c] });
  }

  /** What was got since the last call. */
  recent(): string[] {
    return this.got.splice(0);
  }

  /** Dropped messages with the reason. */
  dropped(): string[] {
    return this.world.of("message.dropped").map(({ message, reason }) => `${message}: ${reason}`);
  }
}

export const work = (item: string): EventObject & { item: string } => ({ type: "work", item });
