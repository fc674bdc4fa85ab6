import { type AnyMachineSnapshot, type AnyStateNode, createActor, type InspectionEvent } from "xstate";
import {
  type AbortOutcome,
  type ConfirmOutcome,
  type RecoveryChartEvent,
  type RecoveryInput,
  type RecoveryJob,
  recoveryMachine,
  type RecoveryReport,
  type RecoveryStepInput,
  type StepOutcome,
} from "../../machines/recovery.ts";
import { type Failure, HomeostatError } from "../../src/core/errors.ts";
import { FailureFacts } from "../../src/core/recovery.ts";
import { VirtualClock } from "../../src/runtime/virtual-clock.ts";
import { ManualActor } from "./manual-actor.ts";

export const broken: Failure = { code: "internal", message: "it broke" };

/** What every chart of this module took, by state and by transition. */
export const taken = { states: new Set<string>(), transitions: new Set<string>() };

/** A recovery chart on a virtual clock whose three actors are settled by hand. */
export function startRecovery(input: RecoveryInput = {}) {
  const clock = new VirtualClock();
  const step = new ManualActor<RecoveryStepInput, StepOutcome>(clock);
  const confirm = new ManualActor<RecoveryJob, ConfirmOutcome>(clock);
  const abort = new ManualActor<RecoveryJob, AbortOutcome>(clock);
  const actors = { step: step.logic, confirm: confirm.logic, abort: abort.logic };
  const machine = recoveryMachine.provide({ actors });
  const names = transitionNames(machine.root);
  const reports: RecoveryReport[] = [];
  const actor = createActor(machine, {
    input: { subject: "files", ...input },
    clock,
    inspect: (event) => record(event, names),
  });
  actor.on("*", (report) => reports.push(report));
  actor.start();

  return {
    actor,
    clock,
    reports,
    step,
    confirm,
    abort,
    get context() {
      return actor.getSnapshot().context;
    },
    /** The state as text: `alerting.acknowledged`. */
    get state(): string {
      const { value } = actor.getSnapshot();
      return typeof value === "string" ? value : Object.entries(value).flat().join(".");
    },
    types: (): string[] => reports.map(({ type }) => type),
    /** The last report of `type`. */
    last<T extends RecoveryReport["type"]>(type: T): Extract<RecoveryReport, { type: T }> | undefined {
      return reports.findLast((it): it is Extract<RecoveryReport, { type: T }> => it.type === type);
    },
    send: (event: UntimedEvent): void => actor.send({ ...event, at: clock.now() }),
    fail: (
      facts: Partial<FailureFacts> = { plugin: "files", failedServers: ["read"], trusted: true },
    ): void => actor.send({ type: "failure.reported", at: clock.now(), facts: FailureFacts.parse(facts) }),
    stepDone: (): void => step.running.succeed({ outcome: "succeeded", at: clock.now() }),
    stepFails: (failure: Failure = broken): void =>
      step.running.succeed({ outcome: "failed", at: clock.now(), failure }),
    confirmed: (healthy = true): void => confirm.running.succeed({ healthy, at: clock.now() }),
  };
}
export type RecoveryHost = ReturnType<typeof startRecovery>;

/** A chart event without its instant. */
export type UntimedEvent = RecoveryChartEvent extends infer E
  ? E extends RecoveryChartEvent
    ? Omit<E, "at">
    : never
  : never;

export const notProvidedError = new HomeostatError("not_provided", 'this chart needs "step"');

/** Every state and every transition of the chart, by name. */
export function everything(): { readonly states: string[]; readonly transitions: string[] } {
  const nodes = [...allNodes(recoveryMachine.root)];
  return {
    states: nodes.filter(({ type }) => type === "atomic").map(({ id }) => id),
    transitions: [...transitionNames(recoveryMachine.root).values()],
  };
}

function* allNodes(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* allNodes(child);
}

/** `state -- event [its place among those of this event]`, by transition object. */
function transitionNames(root: AnyStateNode): Map<unknown, string> {
  const names = new Map<unknown, string>();
  for (const node of allNodes(root)) {
    for (const [event, list] of [...node.transitions, ["always", node.always ?? []] as const]) {
      for (const [index, it] of list.entries()) names.set(it, `${node.id} -- ${event} [${index}]`);
    }
  }
  return names;
}

function record(event: InspectionEvent, names: ReadonlyMap<unknown, string>): void {
  if (event.type !== "@xstate.microstep") return;
  for (const it of event._transitions) taken.transitions.add(names.get(it) ?? "a transition without a name");
  const { _nodes: nodes } = event.snapshot as AnyMachineSnapshot;
  for (const node of nodes) if (node.type === "atomic") taken.states.add(node.id);
}
