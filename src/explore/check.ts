/**
 * Explores a machine, checks its properties, and says what else is wrong with it: one report, all of it JSON.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import { asLine, asSequence, asTable, traceOf } from "./counterexample.ts";
import { type Exploration, explore, type ExploreOptions } from "./explorer.ts";
import { defaultBudget, isAbstract } from "./explorer/types.ts";
import type { Finding, FindingKind } from "./explorer/findings.ts";
import { type Property, PropertyChecker, type PropertyResult } from "./properties.ts";
import { staticFindings } from "./static-findings.ts";

export interface CheckOptions extends ExploreOptions {
  readonly properties?: readonly Property[];
  /** Findings that are known and meant: their kind, and what they are about. */
  readonly accept?: Readonly<Partial<Record<FindingKind, readonly string[]>>>;
}

/** A way to what was found, in three forms. */
export interface Example {
  readonly line: string;
  /** Markdown. */
  readonly table: string;
  /** Mermaid. */
  readonly sequence: string;
}

export interface CheckedProperty extends Omit<PropertyResult, "path" | "loop"> {
  /** Of a violation; the witness of a `sometimes`. */
  readonly example: Example | null;
}

export interface CheckedFinding extends Omit<Finding, "state"> {
  /** How to get there. */
  readonly example: Example | null;
}

/** What "all states" means. */
export interface Bounds {
  readonly maxStates: number;
  readonly maxSeconds: number;
  /** States were taken for one by what an abstraction keeps of their context. */
  readonly isAbstract: boolean;
  /** Types of the events that were sent; those of timers and actors come of themselves. */
  readonly events: readonly string[];
}

export interface CheckReport {
  readonly machine: string;
  /** `proven`: all was explored, every property holds, nothing is wrong. `unproven`: nothing was found, not all was explored. */
  readonly verdict: "proven" | "violated" | "unproven" | "unexplorable";
  readonly states: number;
  readonly edges: number;
  readonly transitions: { readonly taken: number; readonly of: number };
  readonly complete: boolean;
  readonly stoppedBy: Exploration["stoppedBy"];
  readonly properties: readonly CheckedProperty[];
  readonly findings: readonly CheckedFinding[];
  readonly bounds: Bounds;
  readonly elapsedMs: number;
}

const unexplorable = new Set<FindingKind>(["impure", "mutated", "cyclic", "abstractionInexact"]);

export function check(machine: AnyStateMachine, options: CheckOptions = {}): CheckReport {
  const startedAt = globalThis.performance.now();
  const { properties = [], accept = {}, ...exploring } = options;
  const checker = new PropertyChecker(properties);
  const exploration = explore(machine, exploring, checker);
  const { graph, stepper, coverage, complete, stoppedBy } = exploration;

  const example = (path: readonly number[], loop: readonly number[] | null = null): Example => {
    const trace = traceOf(stepper, graph, path, loop);
    return { line: asLine(trace), table: asTable(trace), sequence: asSequence(trace) };
  };
  const checked = checker.results(exploration).map(({ path, loop, ...result }): CheckedProperty => ({
    ...result,
    example: path === null ? null : example(path, loop),
  }));
  const findings = [...exploration.findings, ...staticFindings(exploration)]
    .filter(({ kind, subject }) => accept[kind]?.includes(subject) !== true)
    .map(({ state, ...finding }): CheckedFinding => ({
      ...finding,
      example: state === null ? null : example(graph.pathTo(state)),
    }));
  return {
    machine: machine.id,
    verdict: verdictOn(complete, checked, findings),
    states: graph.states,
    edges: graph.edges,
    transitions: {
      taken: stepper.table.all.filter((it) => coverage.isTaken(it)).length,
      of: stepper.table.all.length,
    },
    complete,
    stoppedBy,
    properties: checked,
    findings,
    bounds: boundsOf(exploration, exploring),
    elapsedMs: Math.round(globalThis.performance.now() - startedAt),
  };
}

function boundsOf({ graph }: Exploration, options: ExploreOptions): Bounds {
  const sent = graph.labels.filter(({ kind }) => kind === "event").map(({ action }) => action);
  return {
    maxStates: options.maxStates ?? defaultBudget.maxStates,
    maxSeconds: options.maxSeconds ?? defaultBudget.maxSeconds,
    isAbstract: isAbstract(options),
    events: [...new Set(sent)].toSorted(),
  };
}

function verdictOn(
  complete: boolean,
  properties: readonly CheckedProperty[],
  findings: readonly CheckedFinding[],
): CheckReport["verdict"] {
  if (findings.some(({ kind }) => unexplorable.has(kind))) return "unexplorable";
  const isWrong = findings.some(({ severity, kind }) => severity === "error" && kind !== "diverging");
  if (isWrong || properties.some(({ verdict }) => verdict === "violated")) return "violated";
  const isOpen = properties.some(({ verdict }) => verdict === "unproven" || verdict === "vacuous");
  return complete && !isOpen ? "proven" : "unproven";
}
