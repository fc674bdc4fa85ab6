/** Statecharts as pictures and documents: any XState v5 machine → chart model → layout → SVG, or an export. */
export { toDot } from "./export/dot.ts";
export { toMermaid } from "./export/mermaid.ts";
export { toScxml } from "./export/scxml.ts";
export { fromStatelyJson, MachineJson, StateJson, toStatelyJson } from "./export/stately-json.ts";
export { toText } from "./export/text.ts";
export { delayLabel, eventLabel, guardLabel, transitionLabel } from "./labels.ts";
export {
  defaultCapMs,
  type Direction,
  foldable,
  inlineEngine,
  layoutChart,
  type LayoutEngine,
  type LayoutOptions,
  type PlacedBox,
  type PlacedChart,
  type PlacedEdge,
  type PlacedPill,
  type Point,
  type Rectangle,
  type TextRow,
  type TextSpan,
  type TextStyle,
} from "./layout.ts";
export { modelOf, transitionIdsOf, type TransitionObject } from "./model-of.ts";
export {
  ChartAction,
  ChartGuard,
  type ChartIndex,
  ChartInvoke,
  ChartModel,
  ChartState,
  ChartStateKind,
  ChartTransition,
  ChartTransitionKind,
  indexOf,
} from "./model.ts";
export { type SvgOptions, type Theme, themes, toSvg } from "./svg.ts";
