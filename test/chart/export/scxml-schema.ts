/**
 * What SCXML 1.0 allows of the elements that the exporter writes, from the tables of the Recommendation.
 *
 * @see https://www.w3.org/TR/scxml/
 */
import { XMLParser } from "fast-xml-parser";

const executable = ["raise", "if", "foreach", "log", "assign", "script", "send", "cancel"];
const behaviour = ["onentry", "onexit", "transition", "datamodel", "invoke"];

/** Kinds of attribute values. */
const types = {
  id: /^[A-Za-z_][\w.-]*$/,
  ids: /^[A-Za-z_][\w.-]*( [A-Za-z_][\w.-]*)*$/,
  /** Dotted words, several with spaces, each may end in a wildcard. */
  event: /^(\*|[\w:-]+(\.[\w:-]+)*(\.\*)?( [\w:-]+(\.[\w:-]+)*(\.\*)?)*)$/,
  /** What is raised has no wildcard. */
  eventName: /^[\w:-]+(\.[\w:-]+)*$/,
  duration: /^\d*(\.\d+)?(ms|s|m|h|d)$/,
  expression: /^\S.*$/,
  token: /^[\w:.-]+$/,
  uri: /^[\w#%:./?=&!~*'()-]+$/,
  version: /^1\.0$/,
  transitionType: /^(internal|external)$/,
  historyType: /^(shallow|deep)$/,
} as const;

interface Rule {
  readonly attributes: Readonly<Record<string, RegExp>>;
  readonly required?: readonly string[];
  readonly children: readonly string[];
  /** Whether elements of other namespaces may stand in it as executable content. */
  readonly isExecutable?: boolean;
}

const block: Rule = { attributes: {}, children: executable, isExecutable: true };

const rules: Readonly<Record<string, Rule>> = {
  scxml: {
    attributes: { initial: types.ids, name: types.token, version: types.version, datamodel: types.token },
    required: ["version"],
    children: ["state", "parallel", "final", "datamodel", "script"],
  },
  state: {
    attributes: { id: types.id, initial: types.ids },
    children: [...behaviour, "initial", "state", "parallel", "final", "history"],
  },
  parallel: { attributes: { id: types.id }, children: [...behaviour, "state", "parallel", "history"] },
  final: { attributes: { id: types.id }, children: ["onentry", "onexit", "donedata"] },
  initial: { attributes: {}, children: ["transition"] },
  history: { attributes: { id: types.id, type: types.historyType }, children: ["transition"] },
  transition: {
    attributes: { event: types.event, cond: types.expression, target: types.ids, type: types.transitionType },
    children: executable,
    isExecutable: true,
  },
  onentry: block,
  onexit: block,
  send: {
    attributes: { id: types.id, event: types.eventName, delay: types.duration, delayexpr: types.expression },
    children: [],
  },
  cancel: { attributes: { sendid: types.id }, required: ["sendid"], children: [] },
  invoke: { attributes: { id: types.id, type: types.uri, src: types.uri }, children: [] },
};

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
}

const attributesKey = ":@";

/** The elements of a document, in order, without comments and the declaration. */
export function parseXml(text: string): XmlElement[] {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: "",
    parseAttributeValue: false,
    ignoreDeclaration: true,
  });
  return elements(parser.parse(text));
}

function elements(nodes: readonly Record<string, unknown>[]): XmlElement[] {
  return nodes.flatMap((node) => {
    const name = Object.keys(node).find((it) => it !== attributesKey) ?? "";
    const children = elements(node[name] as Record<string, unknown>[]);
    return [{ name, attributes: (node[attributesKey] ?? {}) as Record<string, string>, children }];
  });
}

/** Everything in the document that SCXML does not allow, in words. */
export function violations(root: XmlElement): string[] {
  const ids = everyElement(root).flatMap((it) => it.attributes["id"] ?? []);
  const states = new Set(
    everyElement(root)
      .filter((it) => ["state", "parallel", "final", "history"].includes(it.name))
      .map((it) => it.attributes["id"] ?? ""),
  );
  const twice = ids.filter((it, at) => ids.indexOf(it) !== at).map((it) => `id ${it} is there twice`);
  return [
    ...twice,
    ...(root.name === "scxml" ? [] : ["no scxml"]),
    ...everyElement(root).flatMap((it) => wrong(it, states, ids)),
  ];
}

export function everyElement(root: XmlElement): XmlElement[] {
  return [root, ...root.children.flatMap(everyElement)];
}

const isForeign = (name: string): boolean => name.includes(":");

function wrong(element: XmlElement, states: ReadonlySet<string>, ids: readonly string[]): string[] {
  const { name, attributes, children } = element;
  if (isForeign(name)) return [];
  const rule = rules[name];
  if (rule === undefined) return [`<${name}> is unknown`];
  const found: string[] = [];
  for (const [key, value] of Object.entries(attributes)) {
    if (isForeign(key) || key === "xmlns") continue;
    const type = rule.attributes[key];
    if (type === undefined) found.push(`<${name}> has no ${key}`);
    else if (!type.test(value)) found.push(`${key} of <${name}> cannot be ${JSON.stringify(value)}`);
  }
  for (const key of rule.required ?? []) if (!(key in attributes)) found.push(`<${name}> needs ${key}`);
  for (const child of children) {
    const isAllowed = isForeign(child.name) ? rule.isExecutable === true : rule.children.includes(child.name);
    if (!isAllowed) found.push(`<${child.name}> cannot be in <${name}>`);
  }
  for (const target of (attributes["target"] ?? "").split(" ")) {
    if (target !== "" && !states.has(target)) found.push(`no state ${target}`);
  }
  return [...found, ...wrongCombination(element, ids)];
}

function wrongCombination({ name, attributes, children }: XmlElement, ids: readonly string[]): string[] {
  const count = (child: string): number => children.filter((it) => it.name === child).length;
  switch (name) {
    case "scxml":
      return ids.includes(attributes["initial"] ?? "") ? [] : ["scxml starts nowhere"];
    case "transition":
      return ["event", "cond", "target"].some((it) => it in attributes)
        ? []
        : ["a transition without event, cond and target"];
    case "state":
      return count("initial") > 1 || (count("initial") === 1 && "initial" in attributes)
        ? ["two initial states"]
        : [];
    case "initial":
    case "history": {
      const [transition] = children;
      const isPlain =
        transition !== undefined &&
        "target" in transition.attributes &&
        !("event" in transition.attributes) &&
        !("cond" in transition.attributes);
      return children.length === 1 && isPlain ? [] : [`<${name}> needs one transition with only a target`];
    }
    case "send":
      return "delay" in attributes && "delayexpr" in attributes ? ["delay and delayexpr"] : [];
    case "cancel":
      return ids.includes(attributes["sendid"] ?? "") ? [] : [`nothing to cancel: ${attributes["sendid"]}`];
    default:
      return [];
  }
}
