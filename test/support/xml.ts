/** A strict reader of the XML that homeostat writes: elements, attributes in double quotes, text, five entities. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Of this element alone. */
  readonly text: string;
}

interface Open {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

const tag = /<(\/?)([a-zA-Z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/y;
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The root; throws on anything that is not well-formed. */
export function parseXml(xml: string): XmlElement {
  const root: Open = { name: "", attributes: {}, children: [], text: "" };
  const open: Open[] = [root];
  let position = 0;
  while (position < xml.length) {
    const current = open.at(-1) ?? root;
    if (xml[position] !== "<") {
      const end = xml.indexOf("<", position);
      current.text += decode(xml.slice(position, end < 0 ? undefined : end));
      position = end < 0 ? xml.length : end;
      continue;
    }
    tag.lastIndex = position;
    const match = tag.exec(xml);
    if (match === null) throw new Error(`no tag at ${position}: ${xml.slice(position, position + 40)}`);
    position = tag.lastIndex;
    const [, closing, name = "", attributes = "", empty] = match;
    if (closing !== "") {
      if (current.name !== name) throw new Error(`</${name}> closes <${current.name}>`);
      open.pop();
      continue;
    }
    const element: Open = { name, attributes: readAttributes(attributes), children: [], text: "" };
    current.children.push(element);
    if (empty === "") open.push(element);
  }
  const [only, ...others] = root.children;
  if (open.length !== 1 || only === undefined || others.length > 0 || root.text.trim() !== "") {
    throw new Error("not one closed element");
  }
  return only;
}

function readAttributes(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(
    ([, name = "", value = ""]) => [name, decode(value)] as const,
  );
  const attributes = Object.fromEntries(pairs);
  if (Object.keys(attributes).length !== pairs.length) throw new Error(`an attribute twice: ${text}`);
  return attributes;
}

function decode(text: string): string {
  if (/&(?!(?:amp|lt|gt|quot|apos);)/.test(text)) throw new Error(`a bare &: ${text}`);
  if (text.includes("]]>")) throw new Error(`]]> in ${text}`);
  return text.replaceAll(/&(\w+);/g, (_, name: string) => entities[name] ?? "");
}

/** All elements named `name` at or below `element`, in document order. */
export function elements(element: XmlElement, name: string): XmlElement[] {
  const below = element.children.flatMap((it) => elements(it, name));
  return element.name === name ? [element, ...below] : below;
}
