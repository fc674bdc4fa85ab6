/**
 * Answers to what a viewer asks of a source. What asks changes nothing: `whatIf` runs the machine's own pure transition on
 * the live snapshot in an inert scope, where nothing is started, sent, scheduled or executed; guards and assigns do run,
 * as pure as their author wrote them.
 *
 * @module
 */
import type { AnyActorRef, AnyEventObject, AnyMachineSnapshot, AnyTransitionDefinition } from "xstate";
import * as z from "zod";
import { guardOf } from "../chart/model/names.ts";
import { activeNodes, createInertMachine, transitionsOf } from "../explore/xstate-adapter.ts";
import type { Queue } from "./inspector/queue.ts";
import type { Seen } from "./inspector/raw.ts";
import type { Writer } from "./inspector/writer.ts";
import type { Accepts, Answer, AnswerCode, AnswerResult, Command } from "./protocol/command.ts";
import type { Encoded } from "./protocol/encoded.ts";
import type { InspectedSupervisor } from "./supervision.ts";

interface Asked {
  readonly queue: Queue;
  readonly writer: Writer;
  readonly supervisor: InspectedSupervisor | null;
  /** The last one that was sent. */
  readonly seq: number;
}

/** More in one macrostep: the machine would go round for ever. */
const maxMicrosteps = 1_000;

/** Throws what the app throws: the caller answers `failed`. */
export function answerCommand(command: Exclude<Command, { name: "pause" }>, asked: Asked): Answer {
  switch (command.name) {
    case "send":
    case "whatIf":
    case "accepts":
    case "snapshot":
      return withActor(command, asked);
    case "act":
    case "restart":
    case "resetBudget":
    case "explain":
      return asked.supervisor === null
        ? refuse("unsupported", "this source has no supervisor")
        : superviseBy(command, asked.supervisor);
  }
}

function withActor(command: Extract<Command, { actor: number }>, { queue, writer, seq }: Asked): Answer {
  const seen = queue.find(command.actor);
  if (seen === undefined) return refuse("notFound", `no actor ${command.actor} is alive`);
  if (command.name === "snapshot") return done(snapshotOf(seen, { queue, writer, seq }));
  const snapshot = seen.actor.getSnapshot() as AnyMachineSnapshot;
  if (snapshot.status !== "active") return refuse("ended", "the actor has ended");
  if (command.name === "accepts") {
    return seen.isMachine ? done(acceptsOf(snapshot, writer)) : refuse("unsupported", "it is no machine");
  }
  const event = command.event as AnyEventObject;
  const problem = problemOf(seen, snapshot, event);
  if (problem !== null) return refuse("invalid", problem);
  if (command.name === "send") {
    (seen.actor as unknown as AnyActorRef).send(event);
    return done({ kind: "sent" });
  }
  return seen.isMachine ? done(whatIf(snapshot, event, writer)) : refuse("unsupported", "it is no machine");
}

function whatIf(before: AnyMachineSnapshot, event: AnyEventObject, writer: Writer): AnswerResult {
  // The chart itself, not what a host wraps around it: a refusal would be reported as if it had happened.
  const { machine } = before;
  const { snapshot, microsteps, actions } = createInertMachine(machine, maxMicrosteps).transition(
    before,
    event,
  );
  const transitions = microsteps.flatMap((it) =>
    writer.definitions.taken(it.selected, {
      machine,
      before: it.before,
      after: it.after,
      event: it.event.type,
    }),
  );
  return {
    kind: "whatIf",
    accepted: microsteps.some(({ selected }) => selected.length > 0),
    value: z.json().parse(snapshot.value),
    context: writer.encode(snapshot.context),
    status: snapshot.status,
    transitions,
    actions: actions.map(({ type, params }) => ({
      name: type,
      params: params === undefined ? null : writer.encode(params),
    })),
  };
}

function acceptsOf(snapshot: AnyMachineSnapshot, writer: Writer): Accepts {
  const { machine } = snapshot;
  const candidates = new Map<string, AnyTransitionDefinition[]>();
  // From the leaves up: the order in which XState asks.
  const nodes = [...activeNodes(snapshot)].sort((a, b) => b.path.length - a.path.length || a.order - b.order);
  for (const [descriptor, list] of nodes.flatMap((node) => [...transitionsOf(node)])) {
    if (descriptor === "" || isInternal(descriptor)) continue;
    candidates.set(descriptor, [...(candidates.get(descriptor) ?? []), ...list]);
  }
  const events = [...candidates].map(([type, list]) => {
    const reason = whyNot(snapshot, type, list);
    const places = writer.definitions.taken(list, {
      machine,
      before: undefined,
      after: snapshot,
      event: type,
    });
    return { type, accepted: reason === null, candidates: [...places], reason };
  });
  return { kind: "accepts", events };
}

/** Events that XState makes itself; nobody sends them. */
function isInternal(descriptor: string): boolean {
  return descriptor.startsWith("xstate.");
}

function whyNot(
  snapshot: AnyMachineSnapshot,
  type: string,
  candidates: readonly AnyTransitionDefinition[],
): string | null {
  try {
    if (snapshot.can({ type })) return null;
  } catch (error) {
    return `a guard needs more than the type: ${error instanceof Error ? error.message : "it threw"}`;
  }
  const guards = candidates.flatMap(({ guard }) => guardOf(guard)?.name ?? []);
  return guards.length === 0 ? "its transition does nothing" : `${guards.join(", ")}: not now`;
}

/** By the machine's own schemas, where it has them. */
function problemOf(
  { isMachine }: Seen,
  { machine }: AnyMachineSnapshot,
  event: AnyEventObject,
): string | null {
  if (isInternal(event.type)) return `"${event.type}" is an event of XState's own`;
  if (!isMachine) return null;
  const schema = (machine.schemas as { events?: Record<string, unknown> } | undefined)?.events?.[event.type];
  if (!(schema instanceof z.ZodType)) return null;
  const { type: _, ...payload } = event;
  const parsed = schema.safeParse(payload);
  return parsed.success ? null : z.prettifyError(parsed.error);
}

function snapshotOf(
  { actor, isMachine }: Seen,
  { queue, writer, seq }: Pick<Asked, "queue" | "writer" | "seq">,
): AnswerResult {
  const snapshot = actor.getSnapshot() as AnyMachineSnapshot & { readonly input?: unknown };
  const orNull = (value: unknown): Encoded => (value === undefined ? null : writer.encode(value));
  const children = Object.entries<object | undefined>(snapshot.children ?? {}).flatMap(([id, child]) => {
    const number = child === undefined ? undefined : queue.numberOf(child);
    return number === undefined ? [] : [[id, number] as const];
  });
  return {
    kind: "snapshot",
    seq,
    status: snapshot.status,
    value: isMachine ? z.json().parse(snapshot.value) : null,
    context: orNull(snapshot.context ?? snapshot.input),
    output: orNull(snapshot.output),
    error: orNull(snapshot.error),
    tags: isMachine ? [...snapshot.tags] : [],
    children: Object.fromEntries(children),
  };
}

function superviseBy(
  command: Extract<Command, { name: "act" | "restart" | "resetBudget" | "explain" }>,
  supervisor: InspectedSupervisor,
): Answer {
  switch (command.name) {
    case "act":
      if (!supervisor.health().escalations.some(({ id }) => id === command.escalation)) {
        return refuse("notFound", `no escalation ${command.escalation} is open`);
      }
      supervisor.act(command.escalation, command.verb, command.by ?? undefined);
      return done({ kind: "sent" });
    case "restart":
      supervisor.restart(command.plugin, command.server ?? undefined);
      return done({ kind: "sent" });
    case "resetBudget":
      supervisor.resetBudget(command.plugin, command.server);
      return done({ kind: "sent" });
    case "explain": {
      const explanations = supervisor.explain(command.subject).map((it) => z.json().parse(it));
      return done({ kind: "explained", explanations });
    }
  }
}

function done(result: AnswerResult): Answer {
  return { ok: true, result };
}

function refuse(code: AnswerCode, message: string): Answer {
  return { ok: false, code, message };
}
