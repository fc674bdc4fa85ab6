import type { Child, ChildFailure } from "./child.ts";
import type { Cause } from "./exit.ts";
import type { QuarantineCause } from "./quarantine.ts";
import type { Records } from "./records.ts";

/** A child that nobody has dealt with: from its quarantine until it is cured or a person has decided. */
export interface TreeEscalation {
  /** Of the child: one is open for each, however often it fails meanwhile. */
  readonly id: string;
  /** Wall-clock time. */
  readonly openedAt: number;
  readonly because: QuarantineCause;
  /** Of the failure that opened it. */
  readonly cause: Cause | null;
  /** The last 20 failures since it was stable, later ones included, oldest first. */
  readonly history: readonly ChildFailure[];
  /** The tree has failed for it, and its parent was told. */
  readonly toParent: boolean;
  readonly acknowledgedBy: string | null;
}

/** One at rest; its history is kept with its child. */
export type StoredEscalation = Omit<TreeEscalation, "history">;

interface Open extends Omit<StoredEscalation, "acknowledgedBy"> {
  readonly child: Child;
  acknowledgedBy: string | null;
}

export class Escalations {
  readonly #records: Records;
  readonly #open = new Map<string, Open>();

  constructor(records: Records) {
    this.#records = records;
  }

  has(id: string): boolean {
    return this.#open.has(id);
  }

  open(child: Child, because: QuarantineCause): void {
    const { id, significant: toParent } = child.spec;
    if (this.#open.has(id)) return;
    const cause = child.recovery?.failures.at(-1)?.cause ?? null;
    const openedAt = this.#records.wallNow();
    this.#open.set(id, { id, openedAt, because, cause, toParent, child, acknowledgedBy: null });
    this.#records.add({ type: "escalation.opened", id, because, cause, toParent });
  }

  stored(): StoredEscalation[] {
    return Array.from(this.#open.values(), ({ id, openedAt, because, cause, toParent, acknowledgedBy }) => {
      return { id, openedAt, because, cause, toParent, acknowledgedBy };
    });
  }

  /** Open since before: nobody is told again. */
  resume(child: Child, stored: StoredEscalation): void {
    this.#open.set(stored.id, { ...stored, child });
  }

  acknowledge(id: string, by: string): void {
    const open = this.#open.get(id);
    if (open === undefined || open.acknowledgedBy !== null) return;
    open.acknowledgedBy = by;
    this.#records.add({ type: "escalation.acknowledged", id, by });
  }

  close(id: string, because: string): void {
    if (this.#open.delete(id)) this.#records.add({ type: "escalation.closed", id, because });
  }

  get(id: string): TreeEscalation | null {
    const open = this.#open.get(id);
    if (open === undefined) return null;
    const { child, ...rest } = open;
    return { ...rest, history: [...(child.recovery?.failures ?? [])] };
  }

  list(): TreeEscalation[] {
    return [...this.#open.keys()].flatMap((id) => this.get(id) ?? []);
  }
}
