/** A machine of XState 5 in the words of XState 4. */
import { createMachine } from "xstate";
import type { ConfigLike } from "./v5.ts";

type Many = readonly unknown[];

const isObject = (it: unknown): it is ConfigLike => typeof it === "object" && it !== null;
const many = (it: unknown): Many => (it === undefined || it === null ? [] : Array.isArray(it) ? it : [it]);
const mapped = (it: unknown, change: (value: unknown) => unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(isObject(it) ? it : {}).map(([key, value]) => [key, change(value)]));

/** The name of an action, a guard or an actor; of a function its own. */
function nameOf(it: unknown): string {
  if (typeof it === "string") return it;
  if (typeof it === "function") return it.name === "" ? "inline" : it.name;
  if (!isObject(it)) return "inline";
  if (typeof it["type"] !== "string") return "inline";
  return it["type"];
}

const names = (them: unknown): string[] => many(them).map(nameOf);

/** Only members that are there: XState 4 takes `undefined` for a value. */
const present = (members: ConfigLike): ConfigLike =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

function transition(it: unknown): ConfigLike {
  if (typeof it === "string") return { target: it };
  if (!isObject(it)) return {};
  return present({
    target: it["target"],
    cond: it["guard"] === undefined ? undefined : nameOf(it["guard"]),
    actions: it["actions"] === undefined ? undefined : names(it["actions"]),
    description: it["description"],
  });
}

const transitions = (them: unknown): unknown =>
  Array.isArray(them) ? them.map(transition) : them === undefined ? {} : transition(them);

function invocation(it: unknown, index: number): ConfigLike {
  const given = isObject(it) ? it : {};
  return present({
    id: given["id"] ?? `invoke${index}`,
    src: nameOf(given["src"]),
    onDone: given["onDone"] === undefined ? undefined : transitions(given["onDone"]),
    onError: given["onError"] === undefined ? undefined : transitions(given["onError"]),
  });
}

function stateNode(config: ConfigLike): ConfigLike {
  const { initial } = config;
  return present({
    id: config["id"],
    type: config["type"],
    history: config["history"],
    target: config["type"] === "history" ? config["target"] : undefined,
    initial: isObject(initial) ? initial["target"] : initial,
    description: config["description"],
    tags: config["tags"] === undefined ? undefined : many(config["tags"]),
    entry: config["entry"] === undefined ? undefined : names(config["entry"]),
    exit: config["exit"] === undefined ? undefined : names(config["exit"]),
    on: config["on"] === undefined ? undefined : mapped(config["on"], transitions),
    after: config["after"] === undefined ? undefined : mapped(config["after"], transitions),
    always: config["always"] === undefined ? undefined : transitions(config["always"]),
    onDone: config["onDone"] === undefined ? undefined : transitions(config["onDone"]),
    invoke: config["invoke"] === undefined ? undefined : many(config["invoke"]).map(invocation),
    states:
      config["states"] === undefined
        ? undefined
        : mapped(config["states"], (it) => stateNode(isObject(it) ? it : {})),
  });
}

/**
 * The definition of a machine as XState 4 writes it, as JSON text; `id` where the machine has none.
 *
 * @throws what XState 4 throws at a configuration that it does not understand.
 */
export function definitionOf(config: ConfigLike, id: string): string {
  const machine = createMachine({
    ...stateNode(config),
    id: typeof config["id"] === "string" ? config["id"] : id,
    predictableActionArguments: true,
  });
  // Without it, XState 4 complains once more where the viewer reads this.
  return JSON.stringify({ ...machine.definition, predictableActionArguments: true });
}
