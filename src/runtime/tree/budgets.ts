import type { TreePolicy } from "../../core/child-spec.ts";
import type { SpecProblem } from "../../core/child-spec/problems.ts";
import { type RestartBudget, RestartLedger } from "../../core/restart-budget.ts";
import { type Child, recoveryOf } from "./child.ts";
import type { StoredBudget, StoredBudgets } from "./persisted/parts.ts";

/** One budget: what was spent of it, and how long it refuses. */
export class Budget {
  readonly name: string | null;
  readonly ledger: RestartLedger;
  readonly #limit: () => RestartBudget;
  #refusal: StoredBudget["refusal"];

  constructor(name: string | null, limit: () => RestartBudget, stored?: StoredBudget) {
    this.name = name;
    this.#limit = limit;
    this.ledger = new RestartLedger(stored?.times, stored?.level);
    this.#refusal = stored?.refusal ?? null;
  }

  /** What it is at rest; null: nothing was spent of it. */
  stored(): StoredBudget | null {
    const { times, level } = this.ledger;
    const refusal = this.#refusal;
    return times.length === 0 && refusal === null ? null : { times: [...times], level, refusal };
  }

  get limit(): RestartBudget {
    return this.#limit();
  }

  get refusedUntil(): number | null {
    return this.#refusal?.until ?? null;
  }

  /** `isPause`: what was spent is forgotten at its end, else it ages as it would. */
  refuse(until: number, isPause: boolean): void {
    this.#refusal = { until, isPause };
  }

  /** Whether a refusal has ended by `at` that nobody has seen the end of. */
  settle(at: number): boolean {
    if (this.#refusal === null || at < this.#refusal.until) return false;
    if (this.#refusal.isPause) this.ledger.forget();
    this.#refusal = null;
    return true;
  }

  forget(): void {
    this.ledger.forget();
    this.#refusal = null;
  }
}

/** The budgets of one supervisor; names that it does not know are those of the supervisors above. */
export class Budgets {
  readonly #policy: () => TreePolicy;
  readonly #above: Budgets | null;
  readonly #named = new Map<string, Budget>();
  #shared: Budget;

  constructor(policy: () => TreePolicy, above: Budgets | null) {
    this.#policy = policy;
    this.#above = above;
    this.#shared = new Budget(null, () => policy().limit);
  }

  named(name: string): Budget | null {
    if (!Object.hasOwn(this.#policy().budgets, name)) return this.#above?.named(name) ?? null;
    const known = this.#named.get(name);
    return known ?? this.#make(name);
  }

  #make(name: string, stored?: StoredBudget): Budget {
    // One that is taken out of the policy while its last child runs keeps its last limit.
    let last = this.#policy().budgets[name] as RestartBudget;
    const budget = new Budget(name, () => (last = this.#policy().budgets[name] ?? last), stored);
    this.#named.set(name, budget);
    return budget;
  }

  /** Those of this supervisor that are not of one child alone. */
  stored(): StoredBudgets {
    const named = [...this.#named].flatMap(([name, budget]) => {
      const stored = budget.stored();
      return stored === null ? [] : [[name, stored] as const];
    });
    return { shared: this.#shared.stored(), named: Object.fromEntries(named) };
  }

  /** Those that the policy still has go on. */
  resume({ shared, named }: StoredBudgets): void {
    if (shared !== null) this.#shared = new Budget(null, () => this.#policy().limit, shared);
    for (const [name, stored] of Object.entries(named)) {
      if (Object.hasOwn(this.#policy().budgets, name)) this.#make(name, stored);
    }
  }

  /** One of a child alone, as it was. */
  ownOf(stored: StoredBudget): Budget {
    return new Budget(null, () => this.#policy().limit, stored);
  }

  /** `own`: of the child alone. */
  of({ spec, recovery }: Child): { readonly budget: Budget; readonly isOwn: boolean } {
    const { limit, budget: byPolicy } = this.#policy();
    const name = spec.budget ?? byPolicy;
    const named = name === null ? null : this.named(name);
    if (named !== null) return { budget: named, isOwn: false };
    if (limit.scope === "supervisor") return { budget: this.#shared, isOwn: false };
    const own = recovery?.budget ?? new Budget(null, () => this.#policy().limit);
    return { budget: own, isOwn: true };
  }

  /** The same, kept where it is the child's own. */
  spentBy(child: Child): ReturnType<Budgets["of"]> {
    const found = this.of(child);
    if (found.isOwn) recoveryOf(child).budget = found.budget;
    return found;
  }

  /** Names that `policy` and `specs` use and nobody has. */
  problems(
    policy: TreePolicy,
    specs: Iterable<readonly [path: string, name: string | undefined]>,
  ): SpecProblem[] {
    const used = [...specs, ["policy.budget", policy.budget ?? undefined] as const];
    return used.flatMap(([path, name]) =>
      name === undefined || Object.hasOwn(policy.budgets, name) || this.#above?.named(name)
        ? []
        : [
            {
              code: "unknown_budget",
              path,
              message: `no tree here or above has a budget "${name}"`,
            } as const,
          ],
    );
  }
}
