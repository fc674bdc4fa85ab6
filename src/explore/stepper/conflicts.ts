/**
 * Which of several selected transitions are taken: two whose exit sets overlap exclude each other.
 *
 * XState reports what it selected, regions that lose to another one included.
 *
 * @see SCXML, appendix D, `removeConflictingTransitions`
 * @module
 */
import type { AnyMachineSnapshot, AnyStateNode, AnyTransitionDefinition } from "xstate";
import { activeNodes, historyDefault, historyOf } from "../xstate-adapter.ts";

/** `selected` without those that another one pre-empts, in the order in which they are taken. */
export function takenOf(
  selected: readonly AnyTransitionDefinition[],
  before: AnyMachineSnapshot,
): readonly AnyTransitionDefinition[] {
  if (selected.length < 2) return selected;
  const exits = new Map<AnyTransitionDefinition, ReadonlySet<AnyStateNode>>();
  for (const it of selected) exits.set(it, exitSet(it, before));
  const overlap = (a: AnyTransitionDefinition, b: AnyTransitionDefinition): boolean => {
    const others = exits.get(b);
    return [...(exits.get(a) ?? [])].some((node) => others?.has(node));
  };

  const taken = new Set<AnyTransitionDefinition>();
  for (const candidate of selected) {
    const rivals: AnyTransitionDefinition[] = [];
    let isPreempted = false;
    for (const rival of taken) {
      if (!overlap(candidate, rival)) continue;
      isPreempted = !isBelow(candidate.source, rival.source);
      if (isPreempted) break;
      rivals.push(rival);
    }
    if (isPreempted) continue;
    for (const rival of rivals) taken.delete(rival);
    taken.add(candidate);
  }
  return [...taken];
}

function exitSet(transition: AnyTransitionDefinition, before: AnyMachineSnapshot): ReadonlySet<AnyStateNode> {
  const exited = new Set<AnyStateNode>();
  if (transition.target === undefined || transition.target.length === 0) return exited;
  const domain = domainOf(transition, historyOf(before));
  if (domain !== undefined && transition.reenter && transition.source === domain) exited.add(domain);
  for (const node of activeNodes(before)) {
    if (domain === undefined || isBelow(node, domain)) exited.add(node);
  }
  return exited;
}

/** The state inside which `transition` changes something; `undefined`: the whole machine, root included. */
function domainOf(
  transition: AnyTransitionDefinition,
  history: ReturnType<typeof historyOf>,
): AnyStateNode | undefined {
  const { source, reenter } = transition;
  const targets = effectiveTargets(transition.target ?? [], history);
  if (!reenter && targets.every((it) => it === source || isBelow(it, source))) return source;
  const [first, ...others] = [...targets, source];
  for (let node = first?.parent; node !== undefined; node = node.parent) {
    if (others.every((it) => isBelow(it, node))) return node;
  }
  return reenter ? undefined : source.machine.root;
}

/** `targets` with each history state replaced by what it stands for. */
function effectiveTargets(
  targets: readonly AnyStateNode[],
  history: ReturnType<typeof historyOf>,
): AnyStateNode[] {
  return [
    ...new Set(
      targets.flatMap((target) =>
        target.type === "history"
          ? (history[target.id] ?? effectiveTargets(historyDefault(target), history))
          : [target],
      ),
    ),
  ];
}

function isBelow(node: AnyStateNode, ancestor: AnyStateNode): boolean {
  for (let it = node.parent; it !== undefined; it = it.parent) if (it === ancestor) return true;
  return false;
}
