/** One actor as it was at a moment: what its card, its chart and its differences are drawn from. */
import type { Actor } from "./actor.ts";
import { healthOf } from "./health.ts";
import type { ActorSlice } from "./slices.ts";
import type { View } from "./view.ts";
import type { System } from "./system.ts";

export function actorSlice(system: System, { at, pin }: View, actor: Actor): ActorSlice {
  const machine = system.machineOf(actor);
  const value = actor.values.at(at);
  const status = actor.statuses.at(at);
  const index = actor.contexts.indexAt(at);
  const beforeIndex = pin === null ? index - 1 : actor.contexts.indexAt(pin);
  const taken = actor.takenAt(at);
  const { model } = machine?.definition ?? { model: null };
  const { info, source } = actor;
  return {
    key: actor.key,
    source: source.id,
    name: actor.name,
    path: info.path,
    session: info.session,
    src: info.src,
    logic: info.logic,
    machine: machine?.definition.machine ?? null,
    machineVersion: machine?.definition.version ?? null,
    def: info.def,
    createdAt: actor.createdAt,
    status: status?.status ?? "active",
    statusData: status?.data ?? null,
    value: value?.value ?? null,
    state: status?.status ?? value?.text ?? "",
    health: healthOf(actor, machine, at),
    active: activeSince(system, actor, at),
    taken: taken.transitions.flatMap((it) => model?.transitions[it]?.id ?? []),
    takenPos: taken.pos,
    context: actor.contextAt(index),
    contextPos: actor.contexts.get(index)?.pos ?? null,
    before: beforeIndex < 0 ? null : actor.contextAt(beforeIndex),
    beforePos: actor.contexts.get(beforeIndex)?.pos ?? null,
    exactTransitions: source.hello.exactTransitions,
    timeOrigin: source.hello.timeOrigin,
  };
}

/** So far back is looked for the entry of a state. */
const maxSteps = 500;

function activeSince(system: System, actor: Actor, pos: number | null): ActorSlice["active"] {
  const machine = system.machineOf(actor);
  const { values } = actor;
  const index = values.indexAt(pos);
  const value = values.get(index);
  if (machine === undefined || value === undefined) return [];
  const since = new Map(machine.active(value.value).map((id) => [id, value.at]));
  const [root, ...others] = since.keys();
  // The root is active from the first value on.
  if (root !== undefined) since.set(root, values.get(0)?.at ?? value.at);
  const still = new Set(others);
  for (let at = index - 1; at >= Math.max(0, index - maxSteps) && still.size > 0; at--) {
    const earlier = values.get(at);
    if (earlier === undefined) break;
    const active = new Set(machine.active(earlier.value));
    for (const id of still) {
      if (active.has(id)) since.set(id, earlier.at);
      else still.delete(id);
    }
  }
  return [...since].map(([id, at]) => ({ id, since: at }));
}
