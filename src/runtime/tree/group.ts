import type { Strategy } from "../../core/supervision.ts";
import type { Child } from "./child.ts";
import type { Children } from "./children.ts";
import type { Deadline, Deadlines } from "./deadlines.ts";
import type { Ending } from "./exit.ts";
import type { Records } from "./records.ts";

interface Pending {
  readonly members: Set<Child>;
  /** The longest wait that any of them has to keep. */
  readonly dueAt: number;
  stage: "stopping" | "waiting" | "starting";
}

/** The restart of several children: stopped in reverse order, then started in order. At most one is pending; more merge. */
export class Group {
  readonly #children: Children;
  readonly #deadlines: Deadlines;
  readonly #records: Records;
  readonly #onFailed: (child: Child, ending: Ending) => void;
  #pending: Pending | null = null;
  #deadline: Deadline | null = null;

  constructor(
    children: Children,
    deadlines: Deadlines,
    records: Records,
    onFailed: (child: Child, ending: Ending) => void,
  ) {
    this.#children = children;
    this.#deadlines = deadlines;
    this.#records = records;
    this.#onFailed = onFailed;
  }

  /** What is to be restarted, and when. */
  get pending(): { readonly members: readonly Child[]; readonly dueAt: number } | null {
    return this.#pending && { members: [...this.#pending.members], dueAt: this.#pending.dueAt };
  }

  /** The same, in another host: everything is down by now. */
  resume(members: readonly Child[], dueAt: number): void {
    this.#pending = { members: new Set(members), dueAt, stage: "waiting" };
    this.#wait(this.#pending, false);
  }

  has(child: Child): boolean {
    return this.#pending?.members.has(child) === true;
  }

  isStopping(child: Child): boolean {
    return this.#pending?.stage === "stopping" && this.#pending.members.has(child);
  }

  leave(child: Child): void {
    this.#pending?.members.delete(child);
  }

  /** Nothing is pending any more; what is down stays so. */
  dissolve(): void {
    this.#children.cancel(this.#deadline);
    this.#deadline = null;
    this.#pending = null;
  }

  /** Restarts `trigger` with those that its strategy takes along; `isNow`: in this turn, if nobody has to be waited for. */
  join(trigger: Child, strategy: Exclude<Strategy, "oneForOne">, dueAt: number, isNow: boolean): void {
    const before = this.#pending;
    const all = [...this.#children.values()];
    const taken = new Set(strategy === "oneForAll" ? all : all.slice(all.indexOf(trigger)));
    const members = new Set(
      all.filter(
        (it) => before?.members.has(it) === true || it === trigger || (taken.has(it) && isAlive(it)),
      ),
    );
    this.dissolve();
    const merged = before !== null && before.stage !== "starting";
    const pending: Pending = {
      members,
      dueAt: Math.max(dueAt, merged ? before.dueAt : dueAt),
      stage: "stopping",
    };
    this.#pending = pending;
    const ids = [...members].map(({ spec: { id } }) => id);
    this.#records.add({
      type: "group.restarting",
      trigger: trigger.spec.id,
      members: ids,
      dueAt: pending.dueAt,
      merged,
    });
    const running = [...members].filter((it) => it !== trigger).toReversed();
    this.#children.terminateAll(running, () => {
      if (this.#pending === pending) this.#wait(pending, isNow);
    });
  }

  #wait(pending: Pending, isNow: boolean): void {
    pending.stage = "waiting";
    const now = this.#deadlines.clock.now();
    if (isNow && pending.dueAt <= now) return this.#start(pending);
    this.#deadline = this.#children.deadline(Math.max(now, pending.dueAt), () => {
      this.#deadline = null;
      if (this.#pending === pending) this.#start(pending);
    });
  }

  #start(pending: Pending): void {
    pending.stage = "starting";
    // In the order of the children, which is not that of their joining.
    for (const child of this.#children.values()) {
      if (!pending.members.has(child)) continue;
      // Each that runs is done with; those that are left are tried again if one fails.
      pending.members.delete(child);
      const launch = this.#children.launch(child);
      if (launch.kind !== "failed") continue;
      this.#onFailed(child, launch.ending);
      return;
    }
    this.dissolve();
  }
}

const isAlive = ({ state }: Child): boolean => state === "running" || state === "restarting";
