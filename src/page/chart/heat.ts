/**
 * Coverage on the picture: what was seen is green, the more the stronger; what was not is red, dashed and hatched, with a 0.
 *
 * @module
 */
import type { PlacedChart } from "../../chart/layout.ts";

export interface Heat {
  readonly states: { readonly [id: string]: number };
  readonly transitions: { readonly [id: string]: number };
}

const svgNamespace = "http://www.w3.org/2000/svg";

/** Draws it into the picture; returns the way to take it off again. */
export function countHeat(
  root: HTMLElement,
  chart: PlacedChart,
  heat: Heat | null,
): (() => void) | undefined {
  const svg = root.querySelector("svg");
  if (heat === null || svg === null) return undefined;
  svg.classList.add("heat");
  const added: Element[] = [];
  const make = (
    name: string,
    attributes: Readonly<Record<string, string | number>>,
    parent: Element,
  ): Element => {
    const element = document.createElementNS(svgNamespace, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    parent.append(element);
    if (parent === svg) added.push(element);
    return element;
  };
  const defs = make("defs", {}, svg);
  const hatch = make(
    "pattern",
    { id: "hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    defs,
  );
  make("rect", { class: "hatch-ground", width: 7, height: 7 }, hatch);
  make("path", { class: "hatch-line", d: "M0 0V7" }, hatch);

  const most = Math.max(1, ...Object.values(heat.states));
  const classOf = (count: number): string => {
    if (count === 0) return "cold";
    const part = Math.log(1 + count) / Math.log(1 + most);
    return part > 0.66 ? "hot3" : part > 0.33 ? "hot2" : "hot1";
  };
  for (const it of svg.querySelectorAll<SVGElement>(".box")) {
    const box = chart.boxes.find(({ state }) => state === it.dataset["state"]);
    if (box === undefined || box.isOpen) continue;
    it.classList.add(classOf(heat.states[box.state] ?? 0));
  }
  const countOf = (ids: readonly string[]): number =>
    ids.reduce((sum, id) => sum + (heat.transitions[id] ?? 0), 0);
  for (const it of svg.querySelectorAll<SVGElement>(".edge:not(.initial)")) {
    const edge = chart.edges.find(({ id }) => id === it.dataset["edge"]);
    if (edge === undefined || edge.transitions.length === 0) continue;
    it.classList.add(countOf(edge.transitions) === 0 ? "cold" : "hot2");
  }
  for (const pill of chart.pills) {
    const count = countOf(pill.transitions);
    const text = String(count);
    const width = 9 + text.length * 6.2;
    const [x, y] = [pill.x + pill.width - width / 2, pill.y - 7];
    const badge = make("g", { class: count === 0 ? "count cold" : "count" }, svg);
    make("rect", { x, y, width, height: 14, rx: 7 }, badge);
    make("text", { x: x + width / 2, y: y + 10.5, "text-anchor": "middle" }, badge).textContent = text;
  }
  return () => {
    svg.classList.remove("heat");
    for (const it of added) it.remove();
    for (const it of svg.querySelectorAll(".cold, .hot1, .hot2, .hot3")) {
      it.classList.remove("cold", "hot1", "hot2", "hot3");
    }
  };
}
