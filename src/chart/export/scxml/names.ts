/**
 * Names as SCXML allows them. Where one has to change, the exporter keeps the original in an attribute of its own.
 *
 * @module
 */

/** Gives each thing of a document an XML ID, the same when asked again, and none twice. */
export class Ids {
  readonly #ids = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** `thing` tells apart what may have the same name: a state, an actor, a timer. */
  of(thing: "state" | "actor" | "timer" | "end", name: string): string {
    const key = `${thing}:${name}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const word = name.replace(/[^\w.-]/g, "_").replace(/^(?![A-Za-z_])/, "_");
    let id = word;
    for (let at = 2; this.#taken.has(id); at++) id = `${word}-${at}`;
    this.#ids.set(key, id);
    this.#taken.add(id);
    return id;
  }
}

/** An event descriptor: dotted words, of which the last may be `*`. */
export function eventName(event: string): string {
  if (event === "*") return event;
  const hasWildcard = event.endsWith(".*");
  const words = (hasWildcard ? event.slice(0, -2) : event)
    .split(".")
    .map((it) => it.replace(/[^\w:-]/g, "_") || "_");
  return `${words.join(".")}${hasWildcard ? ".*" : ""}`;
}

/** An expression that is the name itself where it can be one. */
export function expression(kind: "guards" | "delays", name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : `${kind}[${JSON.stringify(name)}]`;
}
