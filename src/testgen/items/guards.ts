/**
 * What a microstep says of the guards that were asked for it.
 *
 * @module
 */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode } from "xstate";
import { matches } from "../../explore/explorer/stimuli.ts";
import { answerOf, guardTree, type GuardTree, partsOf } from "../../explore/guard-tree.ts";
import type { Microstep, Transition, TransitionTable } from "../../explore/stepper.ts";
import { activeNodes } from "../../explore/xstate-adapter.ts";
import type { Items } from "../items.ts";

export interface GuardItems {
  readonly hasCompound: boolean;
  /** Whether each guard that was asked said yes or no. */
  answers(microstep: Microstep): number[];
  /** Where the machine rests, none of its eventless transitions is enabled. */
  resting(snapshot: AnyMachineSnapshot): number[];
  /** Of each composed guard that was asked, the parts that decided it: the other answer of one would have changed it. */
  parts(microstep: Microstep): number[];
}

export function createGuardItems(items: Items, machine: AnyStateMachine, table: TransitionTable): GuardItems {
  const byNode = Map.groupBy(table.all, ({ source }) => source);
  const trees = new Map<Transition, GuardTree>();
  for (const it of table.all) {
    if (it.guard === null) continue;
    const tree = guardTree(it.definition.guard, machine);
    if (partsOf(tree).length > 1) trees.set(it, tree);
  }

  /** In the order in which XState asks them. */
  function candidates(node: AnyStateNode, type: string): Transition[] {
    const own = byNode.get(node) ?? [];
    const exact = own.filter((it) => it.descriptor === type);
    const wild = own.filter((it) => type !== "" && it.descriptor !== type && matches(type, it.descriptor));
    return [...exact, ...wild.toSorted((a, b) => b.descriptor.length - a.descriptor.length)];
  }

  function asked(microstep: Microstep): [Transition, boolean][] {
    const { before, selected, event } = microstep;
    const isEventless = selected[0]?.descriptor === "";
    const nodes = activeNodes(before);
    // By number: another stepper of the machine has other objects for them.
    const chosen = new Set(selected.map(({ index }) => index));
    const found: [Transition, boolean][] = [];
    const askNode = (node: AnyStateNode, type: string): boolean => {
      for (const it of candidates(node, type)) {
        const isChosen = chosen.has(it.index);
        if (it.guard !== null) found.push([it, isChosen]);
        if (isChosen) return true;
      }
      return false;
    };
    const active = new Set(nodes);
    const ask = (node: AnyStateNode, type: string): boolean => {
      let below = false;
      for (const child of Object.values<AnyStateNode>(node.states)) {
        if (active.has(child) && ask(child, type)) below = true;
      }
      return below || askNode(node, type);
    };
    // Of eventless ones only those of the regions that have one chosen are known to have been asked.
    if (!isEventless) ask(machine.root, event.type);
    else for (const source of new Set(selected.map((it) => it.source))) askNode(source, "");
    return found;
  }

  return {
    hasCompound: trees.size > 0,
    resting: (snapshot) =>
      activeNodes(snapshot)
        .flatMap((node) => candidates(node, ""))
        .map(({ guard, id }) => items.intern("guards", `${guard} is false for ${id}`)),
    answers: (microstep) =>
      asked(microstep).map(([{ guard, id }, answer]) =>
        items.intern("guards", `${guard} is ${answer} for ${id}`),
      ),
    parts: (microstep) =>
      asked(microstep).flatMap(([transition]) => {
        const tree = trees.get(transition);
        if (tree === undefined) return [];
        const parts = partsOf(tree);
        const answers = parts.map(({ holds }) => holds(microstep.before, microstep.event));
        const whole = answerOf(tree, answers);
        return parts.flatMap(({ name }, index) => {
          const others = answers.with(index, answers[index] !== true);
          if (answerOf(tree, others) === whole) return [];
          const text = `${name} decides the guard of ${transition.id}, being ${answers[index] === true}`;
          return [items.intern("guards", text)];
        });
      }),
  };
}
