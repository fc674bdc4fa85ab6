/**
 * Chart model → Mermaid `stateDiagram-v2`, in the subset that every host draws.
 *
 * Mermaid cannot draw a line between a state and what lies in it, nor one that ends at a region of a parallel state. A
 * line that comes from around is drawn from a small "from anywhere in …" state inside; one that leads to a state
 * around, or to a region, ends at the state that is entered then, and a comment says so.
 *
 * @module
 */
import { behaviourOf, transitionLabel } from "../labels.ts";
import { type ChartIndex, type ChartModel, type ChartState, indexOf } from "../model.ts";

export function toMermaid(model: ChartModel): string {
  const index = indexOf(model);
  const names = namesOf(model);
  const context = { index, nameOf: (id: string) => names.get(id) ?? "", model };
  const arrows = model.transitions.flatMap((it) => {
    const label = transitionLabel(it, index.state(it.source));
    return it.targets.map((target) => arrow(it.source, target, label, context));
  });
  const defaults = model.states.flatMap(({ id, history }) =>
    (history?.targets ?? []).map((target) => arrow(id, target, "", context)),
  );
  const anywhere = new Set([...arrows, ...defaults].flatMap((it) => it.anywhere ?? []));
  return `${[
    "stateDiagram-v2",
    ...stateLines(index.root, { ...context, anywhere }).map((it) => `  ${it}`),
    ...[...defaults, ...arrows].flatMap((it) => it.lines.map((line) => `  ${line}`)),
  ].join("\n")}\n`;
}

interface Context {
  readonly model: ChartModel;
  readonly index: ChartIndex;
  readonly nameOf: (id: string) => string;
}

function stateLines(
  state: ChartState,
  context: Context & { readonly anywhere: ReadonlySet<string> },
): string[] {
  const { index, nameOf, anywhere } = context;
  const name = nameOf(state.id);
  const children = index.children(state.id);
  const title = state.kind === "history" ? (state.history?.depth === "deep" ? "H*" : "H") : state.key;
  const start = `state "${escaped(title)}" as ${name}`;
  const texts = [
    ...behaviourOf(state).map(([when, what]) => `${when} / ${what}`),
    ...index
      .transitions(state.id)
      .filter((it) => it.targets.length === 0)
      .map((it) => transitionLabel(it, state)),
  ];
  if (children.length === 0) {
    return [
      start,
      ...texts.map((it) => `${name} : ${escaped(it)}`),
      ...(state.kind === "final" ? [`${name} --> [*]`] : []),
    ];
  }
  const from = `state "from anywhere in ${escaped(state.key)}" as ${name}__any`;
  const blocks = children.map((it) => stateLines(it, context));
  const inside = [
    ...(state.initial === null
      ? []
      : [`[*] --> ${nameOf(entered(index.state(state.initial.target), index).id)}`]),
    ...(anywhere.has(state.id) ? [from] : []),
    ...(state.kind === "parallel"
      ? blocks.flatMap((it, at) => (at === 0 ? it : ["--", ...it]))
      : blocks.flat()),
  ];
  // A composite state shows no text of its own in Mermaid: a note beside it does.
  const note =
    texts.length === 0 || state.isRegion
      ? []
      : [`note right of ${name}`, ...texts.map((it) => `  ${escaped(it)}`), "end note"];
  return [`${start} {`, ...inside.map((it) => `  ${it}`), "}", ...note];
}

interface Arrow {
  readonly lines: readonly string[];
  /** The state that needs a "from anywhere" state inside. */
  readonly anywhere?: string;
}

function arrow(from: string, to: string, label: string, { index, nameOf }: Context): Arrow {
  const source = index.state(from);
  const target = index.state(to);
  const isOpen = (it: ChartState): boolean => index.children(it.id).length > 0;
  const isAround = (outer: string, inner: string): boolean =>
    outer !== inner && index.ancestry(inner).includes(outer);
  const fromAnywhere = isOpen(source) && (source.isRegion || isAround(from, to) || from === to);
  const end =
    isOpen(target) && (target.isRegion || isAround(to, from) || from === to)
      ? entered(target, index)
      : target;
  const comment = end === target ? [] : [`%% enters ${to}`];
  const text = label === "" ? "" : ` : ${escaped(label)}`;
  const start = `${nameOf(from)}${fromAnywhere ? "__any" : ""}`;
  const lines = [...comment, `${start} --> ${nameOf(end.id)}${text}`];
  return fromAnywhere ? { lines, anywhere: from } : { lines };
}

/** The leaf that is entered with `state`; of a parallel state the one in its first region. */
function entered(state: ChartState, index: ChartIndex): ChartState {
  const inner = state.initial === null ? index.children(state.id)[0] : index.state(state.initial.target);
  return inner === undefined ? state : entered(inner, index);
}

/** Mermaid's ids are words: one for each state, from its id, told apart by a number where two would be the same. */
function namesOf({ states }: ChartModel): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    states.map(({ id }) => {
      const word = `s_${id.replace(/[^A-Za-z0-9]+/g, "_")}`;
      let name = word;
      for (let at = 2; taken.has(name); at++) name = `${word}_${at}`;
      taken.add(name);
      return [id, name] as const;
    }),
  );
}

/** What Mermaid could take for syntax, as numbered entities. */
function escaped(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[^\p{L}\p{N} .,/()[\]+*=!?'_✓✗→-]|--+/gu, (found) =>
      Array.from(found, (it) => `#${it.codePointAt(0)};`).join(""),
    );
}
