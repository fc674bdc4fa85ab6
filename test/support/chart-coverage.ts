/**
 * Setup file of the tests: notes which states and transitions of the charts they take, in actors and in pure
 * transitions alike, and writes them to a file of its own in the directory that `CHART_COVERAGE` names, one object of
 * `{ states, transitions }` by chart id. Does nothing without that variable.
 *
 * A test may run a chart with other implementations (`provide`), wrapped, or as a child: what counts is the chart's own
 * configuration. A chart that a test builds by itself, or changes, does not count.
 *
 * @see ../../scripts/chart-coverage.ts
 */
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type AnyActorScope, type AnyMachineSnapshot, type InspectionEvent, StateMachine } from "xstate";
import { nameOf } from "./chart-elements.ts";

interface Taken {
  readonly chart: string;
  readonly states: Set<string>;
  readonly transitions: Set<string>;
}

/** The part of XState's actor system that is used here; pinned by `test/runtime/xstate-contract.test.ts`. */
interface System {
  _sendInspectionEvent(event: InspectionEvent): void;
}

/** Transitions that were noted: a property takes the same few a million times. */
const noted = new WeakSet<object>();
const directory = process.env["CHART_COVERAGE"];
if (directory !== undefined) {
  // A machine binds its methods when it is built: they are replaced before the charts are loaded.
  const charts = new Map<unknown, Taken>();
  watch((event) => note(event, charts));
  const exported = await import("../../machines/index.ts");
  for (const it of Object.values<unknown>(exported)) {
    if (!(it instanceof StateMachine)) continue;
    charts.set(it.config, { chart: it.id, states: new Set(), transitions: new Set() });
  }
  afterAll(() => {
    const lists = [...charts.values()].map(({ chart, states, transitions }) => [
      chart,
      { states: [...states], transitions: [...transitions] },
    ]);
    writeFileSync(join(directory, `${randomUUID()}.json`), JSON.stringify(Object.fromEntries(lists)));
  });
}

/** Calls `observe` with every inspection event of every actor system in which a state machine moves. */
function watch(observe: (event: InspectionEvent) => void): void {
  const watched = new WeakSet<System>();
  const tap = (scope: AnyActorScope): void => {
    const system = scope.system as unknown as System;
    if (watched.has(system)) return;
    watched.add(system);
    const send = system._sendInspectionEvent.bind(system);
    system._sendInspectionEvent = (event) => {
      observe(event);
      send(event);
    };
  };
  const prototype = StateMachine.prototype;
  const transition = Reflect.get(prototype, "transition");
  prototype.transition = function (snapshot, event, scope) {
    tap(scope);
    return transition.call(this, snapshot, event, scope);
  };
  const getInitialSnapshot = Reflect.get(prototype, "getInitialSnapshot");
  prototype.getInitialSnapshot = function (scope, input) {
    tap(scope);
    return getInitialSnapshot.call(this, scope, input);
  };
}

function note(event: InspectionEvent, charts: ReadonlyMap<unknown, Taken>): void {
  if (event.type !== "@xstate.microstep") return;
  const { machine, _nodes: nodes } = event.snapshot as AnyMachineSnapshot;
  const taken = charts.get(machine.config);
  if (taken === undefined) return;
  for (const { id } of nodes) taken.states.add(id);
  for (const transition of event._transitions) {
    if (noted.has(transition)) continue;
    noted.add(transition);
    taken.transitions.add(nameOf(transition));
    // The first step of an actor is no microstep: what it leaves was entered.
    taken.states.add(transition.source.id);
  }
}
