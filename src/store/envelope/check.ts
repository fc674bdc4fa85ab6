/** Whether a chart can go on from a persisted snapshot. */
import { type AnyStateMachine, type AnyStateNode, StateMachine, type StateValue } from "xstate";
import * as z from "zod";
import { type PersistedChild, PersistedSnapshot } from "./schemas.ts";

/** What is wrong, and what a person can do about it. */
export interface Problem {
  readonly what: string;
  readonly toDo: string;
}

const startAnew = "start the chart anew, or open it with a chart that fits it";

/** The first thing that keeps `machine` from going on from `snapshot`; `null`: nothing does. */
export function problemOf(machine: AnyStateMachine, snapshot: PersistedSnapshot): Problem | null {
  const { status, value, context, children, historyValue } = snapshot;
  if (status === "error" || status === "stopped") {
    const what = `its actor ${status === "error" ? "had failed" : "was stopped"} and takes no event any more`;
    return { what, toDo: "take it before that: XState restores the status as well" };
  }
  const ids = new Set(idsOf(machine.root));
  const remembered = Object.entries(historyValue).flatMap(([id, states]) => [
    id,
    ...states.map((it) => it.id),
  ]);
  const wrong = wrongValue(machine.root, value);
  if (wrong !== null) {
    const what = `the chart "${machine.id}" cannot be in its state ${JSON.stringify(value)}: ${wrong}`;
    return { what, toDo: startAnew };
  }
  const unknown = remembered.find((id) => !ids.has(id));
  if (unknown !== undefined) {
    return {
      what: `it remembers "${unknown}", which the chart "${machine.id}" does not have`,
      toDo: startAnew,
    };
  }
  return (
    problemOfContext(machine, context) ??
    first(Object.entries(children), ([id, child]) => problemOfChild(machine, id, child))
  );
}

/** Why `value` is not how XState writes a full configuration of `node`; `null`: it is. */
function wrongValue(node: AnyStateNode, value: StateValue): string | null {
  const named: Readonly<Record<string, StateValue | undefined>> =
    typeof value === "string" ? { [value]: {} } : value;
  const names = Object.keys(named);
  const strange = names.find((it) => stateOf(node, it) === undefined);
  if (strange !== undefined) return `there is no "${[...node.path, strange].join(".")}"`;
  // XState would enter what is not named, without its entry actions.
  const needed = node.type === "compound" ? 1 : Object.keys(node.states).length;
  if (names.length !== needed) {
    const place = node.path.length === 0 ? "it" : `"${node.path.join(".")}"`;
    return `${place} names ${names.length} of the ${needed} states that it is in`;
  }
  return first(names, (name) => {
    const child = stateOf(node, name);
    const within = child === undefined ? null : wrongValue(child, named[name] ?? {});
    if (within !== null || typeof value === "string" || node.type === "parallel") return within;
    return child?.type === "compound" || child?.type === "parallel"
      ? null
      : `"${name}" is written as an object`;
  });
}

/** The state of that name which `node` can be in. */
function stateOf(node: AnyStateNode, name: string): AnyStateNode | undefined {
  const child: AnyStateNode | undefined = Object.hasOwn(node.states, name) ? node.states[name] : undefined;
  return child?.type === "history" ? undefined : child;
}

function problemOfContext({ id, schemas }: AnyStateMachine, context: unknown): Problem | null {
  const schema = (schemas as { context?: unknown } | undefined)?.context;
  if (!(schema instanceof z.ZodType)) return null;
  const { error } = schema.safeParse(context);
  if (error === undefined) return null;
  return { what: `its context is none of "${id}":\n${z.prettifyError(error)}\n`, toDo: startAnew };
}

function problemOfChild(
  machine: AnyStateMachine,
  id: string,
  { src, snapshot }: PersistedChild,
): Problem | null {
  const logic = logicOf(machine, src);
  if (logic === undefined) {
    // XState would leave the child out, and its parent would wait for it for ever.
    return {
      what: `its child "${id}" runs "${src}", which the chart "${machine.id}" does not have`,
      toDo: `give it with machine.provide({ actors: { ${src} } })`,
    };
  }
  // What has ended is not started again.
  if (!(logic instanceof StateMachine) || snapshot.status !== "active") return null;
  const parsed = PersistedSnapshot.safeParse(snapshot);
  if (!parsed.success) {
    return { what: `its child "${id}" is no chart:\n${z.prettifyError(parsed.error)}\n`, toDo: startAnew };
  }
  const problem = problemOf(logic, parsed.data);
  return problem && { ...problem, what: `in its child "${id}", ${problem.what}` };
}

/** What `src` names: an actor by name, or XState's own name for one that an `invoke` holds itself. */
function logicOf(machine: AnyStateMachine, src: string): unknown {
  const { actors } = machine.implementations;
  if (Object.hasOwn(actors, src)) return actors[src];
  const [, index = "", nodeId] = /^xstate\.invoke\.(\d+)\.(.*)$/s.exec(src) ?? [];
  const node = [...nodesOf(machine.root)].find(({ id }) => id === nodeId);
  return [node?.config.invoke].flat()[Number(index)]?.src;
}

function* nodesOf(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* nodesOf(child);
}

const idsOf = (root: AnyStateNode): string[] => [...nodesOf(root)].map(({ id }) => id);

/** The first of `items` that `find` has something for. */
function first<T, R>(items: readonly T[], find: (item: T) => R | null): R | null {
  for (const item of items) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
}
