import type { Strategy } from "../../core/supervision.ts";
import type { Child } from "./child.ts";
import type { Children } from "./children.ts";
import { type Deadline, type Deadlines, dueOf } from "./deadlines.ts";
import type { Ending } from "./exit.ts";
import type { StoredGroup } from "./persisted/parts.ts";
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

  /** What is to be restarted, and when; `due` null: it is not all down yet. */
  stored(): StoredGroup | null {
    if (this.#pending === null) return null;
    const { members, dueAt } = this.#pending;
    return { members: Array.from(members, ({ spec: { id } }) => id), dueAt, due: dueOf(this.#deadline) };
  }

  has(child: Child): boolean {
    return this.#pending?.members.has(child) === true;
  }

  /** Goes on in another host, where everything is down. */
  resume(members: readonly Child[], { dueAt, due }: StoredGroup): void {
    this.#pending = { members: new Set(members), dueAt, stage: "waiting" };
    this.#wait(this.#pending, false, due?.order);
  }

  dueAt(child: Child): number | null {
    return this.has(child) ? (this.#pending?.dueAt ?? null) : null;
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

  /** `child` is left down; if it failed in the start of its group, so are those that are left of it: they are returned. */
  abandon(child: Child): readonly Child[] {
    if (this.#pending?.stage !== "starting") {
      this.leave(child);
      return [];
    }
    const left = [...this.#pending.members];
    this.dissolve();
    return left;
  }

  /**
   * Restarts `trigger` with those that its strategy takes along, and `companions`; `isNow`: in this turn, if nobody has
   * to be waited for.
   */
  join(
    trigger: Child,
    strategy: Exclude<Strategy, "oneForOne">,
    dueAt: number,
    isNow: boolean,
    companions: readonly Child[] = [],
  ): void {
    const before = this.#pending;
    const all = [...this.#children.values()];
    const taken = new Set(strategy === "oneForAll" ? all : all.slice(all.indexOf(trigger)));
    const members = new Set(
      all.filter(
        (it) =>
          before?.members.has(it) === true ||
          it === trigger ||
          companions.includes(it) ||
          (taken.has(it) && isAlive(it)),
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

  #wait(pending: Pending, isNow: boolean, order?: number): void {
    pending.stage = "waiting";
    const now = this.#deadlines.clock.now();
    if (isNow && pending.dueAt <= now) return this.#start(pending);
    const start = (): void => {
      this.#deadline = null;
      if (this.#pending === pending) this.#start(pending);
    };
    this.#deadline = this.#children.deadline(Math.max(now, pending.dueAt), start, order);
  }

  #start(pending: Pending): void {
    pending.stage = "starting";
    // In the order of the children, which is not that of their joining.
    for (const child of this.#children.values()) {
      if (!pending.members.has(child)) continue;
      // Each that runs is done with; those that are left are tried again if one fails.
      pending.members.delete(child);
      if (child.ref !== null) continue;
      const launch = this.#children.launch(child);
      if (launch.kind !== "failed") continue;
      this.#onFailed(child, launch.ending);
      return;
    }
    this.dissolve();
  }
}

const isAlive = ({ state }: Child): boolean => state === "running" || state === "restarting";
