/**
 * Guards that XState's `and`, `or` and `not` compose, taken apart, and their parts evaluated one by one. What XState keeps of
 * them is semi-internal: `test/testgen/guard-tree.test.ts` holds that the parts together say what XState says.
 *
 * @module
 */
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from "xstate";

export type GuardTree =
  | { readonly kind: "and" | "or" | "not"; readonly of: readonly GuardTree[] }
  | { readonly kind: "leaf"; readonly name: string; readonly holds: GuardPart };

type GuardPart = (snapshot: AnyMachineSnapshot, event: AnyEventObject) => boolean;
type GuardFunction = ((args: object, params: unknown) => boolean) & {
  readonly check?: (snapshot: AnyMachineSnapshot, args: object, guard: unknown) => boolean;
  readonly guards?: readonly unknown[];
};

export function guardTree(guard: unknown, machine: AnyStateMachine): GuardTree {
  const resolved = resolve(guard, machine);
  if (typeof resolved !== "function") return guardTree(resolved, machine);
  const { check, guards = [], name } = resolved as GuardFunction;
  if (check !== undefined && guards.length > 0 && (name === "and" || name === "or" || name === "not")) {
    return { kind: name, of: guards.map((it) => guardTree(it, machine)) };
  }
  const evaluate = resolved as GuardFunction;
  return {
    kind: "leaf",
    name: nameOf(guard),
    holds(snapshot, event) {
      const args = { context: snapshot.context as unknown, event };
      if (check !== undefined) return check(snapshot, args, evaluate);
      const given = (guard as { params?: unknown }).params;
      return evaluate(args, typeof given === "function" ? (given as (args: object) => unknown)(args) : given);
    },
  };
}

/** The parts of a guard that are no `and`, `or` or `not` themselves, in the order in which they are written. */
export function partsOf(tree: GuardTree): readonly Extract<GuardTree, { kind: "leaf" }>[] {
  return tree.kind === "leaf" ? [tree] : tree.of.flatMap(partsOf);
}

/** What the whole is when its parts are `answers`, in the order of {@link partsOf}. */
export function answerOf(tree: GuardTree, answers: readonly boolean[]): boolean {
  let next = 0;
  const answer = (it: GuardTree): boolean => {
    if (it.kind === "leaf") return answers[next++] === true;
    const inner = it.of.map(answer);
    if (it.kind === "not") return inner[0] !== true;
    return it.kind === "and" ? inner.every(Boolean) : inner.some(Boolean);
  };
  return answer(tree);
}

function resolve(guard: unknown, machine: AnyStateMachine): unknown {
  if (typeof guard === "function") return guard;
  const name = nameOf(guard);
  const known = (machine.implementations.guards as Readonly<Record<string, unknown>>)[name];
  return known ?? (() => false);
}

function nameOf(guard: unknown): string {
  if (typeof guard === "string") return guard;
  const { type, name } = guard as { type?: unknown; name?: unknown };
  return typeof type === "string" ? type : typeof name === "string" && name !== "" ? name : "(inline)";
}
