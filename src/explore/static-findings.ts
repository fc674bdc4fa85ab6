/**
 * What the explored states say about the chart itself: states that are never entered, transitions that are never taken and
 * why, guards that never matter, events that are never handled, states that lead nowhere.
 *
 * @module
 */
import type { AnyStateNode } from "xstate";
import type { Exploration } from "./explorer.ts";
import type { Finding } from "./explorer/findings.ts";
import { isInternal, matches } from "./explorer/stimuli.ts";
import type { Transition } from "./stepper.ts";
import { activeNodes, transitionsOf } from "./xstate-adapter.ts";

/** Those that only hold when all was explored are left out when it was not. */
export function staticFindings(exploration: Exploration): readonly Finding[] {
  const { complete } = exploration;
  return [
    ...shadowed(exploration),
    ...notImplemented(exploration),
    ...underivable(exploration),
    ...(complete ? [...deadlocks(exploration), ...unreachable(exploration)] : []),
    ...(complete ? [...neverTaken(exploration), ...guards(exploration)] : []),
    ...unhandled(exploration),
  ];
}

const found = (
  finding: Pick<Finding, "kind" | "severity" | "subject" | "message"> & Partial<Finding>,
): Finding => ({
  state: null,
  stimulus: null,
  ...finding,
});

function deadlocks({ graph }: Exploration): Finding[] {
  const seen = new Map<string, number>();
  for (let state = 0; state < graph.states; state++) {
    const { snapshot, timers } = graph.world(state);
    const [first, end] = graph.edgesFrom(state);
    if (snapshot.status !== "active" || first !== end || timers.length > 0) continue;
    const value = JSON.stringify(snapshot.value);
    if (!seen.has(value)) seen.set(value, state);
  }
  return [...seen].map(([value, state]) =>
    found({
      kind: "deadlock",
      severity: "error",
      subject: value,
      message: `nothing can happen any more in ${value}, which is not final: make it final, or give it a way out`,
      state,
    }),
  );
}

function unreachable({ stepper, coverage }: Exploration): Finding[] {
  const never = stepper.table.nodes.filter((it) => it.type !== "history" && !coverage.isActive(it));
  // What is below an unreachable state is unreachable anyway.
  return never
    .filter((it) => it.parent === undefined || !never.includes(it.parent))
    .map(({ id }) =>
      found({ kind: "unreachable", severity: "warning", subject: id, message: `${id} is never entered` }),
    );
}

/** The first candidate before `transition` that is always enabled when it would be asked. */
function shadowOf(transition: Transition, all: readonly Transition[]): Transition | undefined {
  const { source, descriptor, position } = transition;
  return all.find(
    (it) =>
      it.source === source && it.descriptor === descriptor && it.position < position && it.guard === null,
  );
}

function shadowed({ stepper: { table } }: Exploration): Finding[] {
  return table.all.flatMap((transition) => {
    const shadow = shadowOf(transition, table.all);
    if (shadow === undefined) return [];
    const message = `${transition.id} can never be taken: ${shadow.id} comes before it and has no guard`;
    return [found({ kind: "shadowed", severity: "warning", subject: transition.id, message })];
  });
}

function neverTaken({ stepper: { table }, coverage }: Exploration): Finding[] {
  return table.all.flatMap((transition) => {
    if (coverage.isTaken(transition) || transition.forbids) return [];
    if (shadowOf(transition, table.all) !== undefined) return [];
    const message = `${transition.id} is never taken: ${whyNever(transition, coverage)}`;
    return [found({ kind: "neverTaken", severity: "warning", subject: transition.id, message })];
  });
}

function whyNever(transition: Transition, coverage: Exploration["coverage"]): string {
  if (!coverage.isActive(transition.source)) return `${transition.source.id} is never entered`;
  const { wasFalse } = coverage.guardAnswers(transition);
  if (transition.guard !== null && wasFalse) return `its guard ${transition.guard} is never true`;
  return "its event never comes to it: a state below or a candidate before it takes it, or no case has it";
}

function guards({ stepper: { table }, coverage }: Exploration): Finding[] {
  return table.all.flatMap((transition) => {
    const { wasTrue, wasFalse } = coverage.guardAnswers(transition);
    if (transition.guard === null || (wasTrue && wasFalse) || (!wasTrue && !wasFalse)) return [];
    const kind = wasTrue ? "guardNeverFalse" : "guardNeverTrue";
    const message = `the guard ${transition.guard} of ${transition.id} is never ${wasTrue ? "false" : "true"}`;
    return [found({ kind, severity: wasTrue ? "warning" : "note", subject: transition.id, message })];
  });
}

function notImplemented({ stepper }: Exploration): Finding[] {
  const { actors, guards: known, delays } = stepper.machine.implementations;
  const missing = new Map<string, string>();
  for (const { id, invoke, after } of stepper.table.nodes) {
    for (const { src } of invoke) {
      if (typeof src === "string" && !src.startsWith("xstate.invoke.") && !(src in actors)) {
        missing.set(src, `the actor ${src}, invoked by ${id}, is not implemented`);
      }
    }
    for (const { delay } of after) {
      if (typeof delay !== "string" || delay in delays) continue;
      missing.set(delay, `the delay ${delay} of ${id} is not implemented, and XState fires it at once`);
    }
  }
  for (const { guard, id, definition } of stepper.table.all) {
    if (guard === null || guard in known || typeof definition.guard === "function") continue;
    missing.set(guard, `the guard ${guard} of ${id} is not implemented`);
  }
  return [...missing].map(([subject, message]) =>
    found({ kind: "notImplemented", severity: "error", subject, message }),
  );
}

function underivable({ stimuli }: Exploration): Finding[] {
  return [...stimuli.underivable].map((type) =>
    found({
      kind: "underivable",
      severity: "warning",
      subject: type,
      message: `no payload of ${type} could be derived from its schema, it was sent without: give cases (events: { "${type}": [{ … }] })`,
    }),
  );
}

/** Per atomic state, the events that nothing handles while it is active. */
function unhandled({ graph, stimuli }: Exploration): Finding[] {
  const byState = new Map<string, Set<string>>();
  const seen = new Set<string>();
  for (let state = 0; state < graph.states; state++) {
    const snapshot = graph.snapshot(state);
    const nodes = activeNodes(snapshot);
    const key = nodes.map(({ order }) => order).join();
    if (snapshot.status !== "active" || seen.has(key)) continue;
    seen.add(key);
    const handled = nodes.flatMap((it) => transitionsOf(it).map(([descriptor]) => descriptor));
    const types = stimuli.eventTypes.filter(
      (type) => !handled.some((it) => !isInternal(it) && matches(type, it)),
    );
    for (const { id } of nodes.filter(isAtomic)) {
      const known = byState.get(id);
      byState.set(id, new Set(types.filter((it) => known?.has(it) ?? true)));
    }
  }
  return [...byState]
    .filter(([, types]) => types.size > 0)
    .map(([subject, types]) =>
      found({
        kind: "unhandled",
        severity: "note",
        subject,
        message: `ignored in ${subject}: ${[...types].toSorted().join(", ")}`,
      }),
    );
}

const isAtomic = ({ type }: AnyStateNode): boolean => type === "atomic" || type === "final";
