/**
 * The semi-internal surface of XState that exploring needs, and nothing else touches: the actor scope, the inspection
 * record of a microstep, the nodes of a configuration. Pinned by `test/explore/xstate-contract.test.ts`.
 *
 * XState's public `transition()` builds an actor for every call, runs the context factory again and does not say which
 * transitions were taken; one inert scope, used for all steps, costs a third and says it.
 *
 * @module
 */
import {
  type AnyActorRef,
  type AnyActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  type AnyTransitionDefinition,
  createEmptyActor,
} from "xstate";

/** One microstep as XState reports it. */
export interface RawMicrostep {
  readonly event: AnyEventObject;
  readonly before: AnyMachineSnapshot;
  readonly after: AnyMachineSnapshot;
  /** The transitions that were selected; of those that conflict not all are taken. */
  readonly selected: readonly AnyTransitionDefinition[];
}

/** An action that a running actor would execute. */
export interface RawAction {
  readonly type: string;
  readonly params: unknown;
}

export interface RawStep {
  readonly snapshot: AnyMachineSnapshot;
  readonly microsteps: readonly RawMicrostep[];
  readonly actions: readonly RawAction[];
}

/** Runs macrosteps of one machine; nothing is started, sent, scheduled or executed. */
export interface InertMachine {
  /** Stands in for the actor that would run the machine. */
  readonly self: AnyActorRef;
  /** A machine that throws on its way into the initial state gives a snapshot with status `error`. */
  initial(input: unknown): RawStep;
  /** Throws what a guard, an assign or a parameter function throws. */
  transition(snapshot: AnyMachineSnapshot, event: AnyEventObject): RawStep;
}

/** The part of XState's actor system that its pure steps use. */
interface InnerSystem {
  _sendInspectionEvent(record: InnerRecord): void;
  _set(systemId: string, actor: AnyActorRef): void;
  _unregister(actor: AnyActorRef): void;
  get(systemId: string): AnyActorRef | undefined;
}
interface InnerRecord {
  readonly type: string;
  readonly actorRef?: AnyActorRef;
  readonly event?: AnyEventObject;
  readonly snapshot?: AnyMachineSnapshot;
  readonly _transitions?: readonly AnyTransitionDefinition[];
}

/**
 * @param maxMicrosteps More in one macrostep throw: XState itself would loop for ever.
 */
export function createInertMachine(machine: AnyStateMachine, maxMicrosteps: number): InertMachine {
  const self = createEmptyActor() as unknown as AnyActorRef;
  let microsteps: RawMicrostep[] = [];
  let actions: RawAction[] = [];
  let last: AnyMachineSnapshot | null = null;
  let count = 0;
  const keyed = new Map<string, AnyActorRef>();

  const system: InnerSystem = Object.assign(Object.create(self.system) as object, {
    _sendInspectionEvent({ type, actorRef, event, snapshot, _transitions }: InnerRecord): void {
      if (type !== "@xstate.microstep") return;
      if (++count > maxMicrosteps) {
        throw new Error(
          `more than ${maxMicrosteps} microsteps without rest: eventless or raised transitions go round for ever`,
        );
      }
      if (actorRef !== self || event === undefined || snapshot === undefined) return;
      microsteps.push({ event, before: last ?? snapshot, after: snapshot, selected: _transitions ?? [] });
      last = snapshot;
    },
    _set(systemId: string, actor: AnyActorRef): void {
      const existing = keyed.get(systemId);
      if (existing !== undefined && existing !== actor) {
        throw new Error(`Actor with system ID '${systemId}' already exists.`);
      }
      keyed.set(systemId, actor);
    },
    _unregister: forget,
    get: (systemId: string) => keyed.get(systemId),
  });
  Object.assign(self, { system });

  const scope = {
    self,
    id: self.id,
    sessionId: self.sessionId,
    logger: () => {},
    defer: () => {},
    emit: () => {},
    stopChild: () => {},
    system,
    actionExecutor(action: RawAction) {
      actions.push(action);
      // A running actor frees the name at once, so that a successor can have it within the same step.
      if (action.type === "xstate.stopChild") forget(action.params as AnyActorRef | undefined);
    },
  } as unknown as AnyActorScope;

  function forget(actor: AnyActorRef | undefined): void {
    const { systemId } = (actor ?? {}) as { systemId?: string };
    if (systemId !== undefined && keyed.get(systemId) === actor) keyed.delete(systemId);
  }

  function begin(snapshot: AnyMachineSnapshot | null): void {
    microsteps = [];
    actions = [];
    count = 0;
    last = snapshot;
    keyed.clear();
    if (snapshot === null) return;
    for (const id in snapshot.children) {
      const child = snapshot.children[id] as (AnyActorRef & { systemId?: string }) | undefined;
      if (child?.systemId !== undefined) keyed.set(child.systemId, child);
    }
  }

  return {
    self,
    initial(input) {
      begin(null);
      const snapshot = machine.getInitialSnapshot(scope, input) as AnyMachineSnapshot;
      return { snapshot, microsteps, actions };
    },
    transition(before, event) {
      begin(before);
      const snapshot = machine.transition(before, event, scope) as AnyMachineSnapshot;
      return { snapshot, microsteps, actions };
    },
  };
}

/** The active nodes, ancestors included, in the order in which they were entered. */
export function activeNodes(snapshot: AnyMachineSnapshot): readonly AnyStateNode[] {
  return snapshot._nodes;
}

/** The nodes that each history node would restore, by its id. */
export function historyOf(snapshot: AnyMachineSnapshot): Readonly<Record<string, readonly AnyStateNode[]>> {
  return snapshot.historyValue;
}

/** The event descriptors that `node` itself has a transition for. */
export function ownDescriptors(node: AnyStateNode): readonly string[] {
  return node.ownEvents as readonly string[];
}

/** The transitions of `node` by event descriptor, in document order; eventless ones under `""`. */
export function transitionsOf(
  node: AnyStateNode,
): readonly (readonly [string, readonly AnyTransitionDefinition[]])[] {
  const own = [...node.transitions] as [string, AnyTransitionDefinition[]][];
  return node.always === undefined ? own : [...own, ["", node.always as AnyTransitionDefinition[]]];
}

/** What a history state stands for before its parent was ever left. */
export function historyDefault(history: AnyStateNode): readonly AnyStateNode[] {
  const { parent } = history;
  if (parent === undefined) return [];
  const chosen = history.config.target as string | readonly string[] | undefined;
  if (chosen !== undefined) return [chosen].flat().map((it) => resolvePath(parent, it));
  return parent.type === "parallel" ? [parent] : parent.initial.target;
}

/** The node that `path` names: `#id`, or keys separated by dots from `node` on. */
function resolvePath(node: AnyStateNode, path: string): AnyStateNode {
  if (path.startsWith("#")) return node.machine.getStateNodeById(path);
  const keys = path.split(".").filter((key) => key !== "");
  return keys.reduce((at: AnyStateNode, key) => at.states[key] as AnyStateNode, node);
}
