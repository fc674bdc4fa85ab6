import { describe, expect, it } from "vitest";
import { type AnyStateMachine, type AnyStateNode, initialTransition, isMachineSnapshot } from "xstate";
import * as exported from "../../machines/index.ts";

const machines = Object.entries<unknown>(exported).filter((it): it is [string, AnyStateMachine] =>
  it[0].endsWith("Machine"),
);
/** What a chart cannot do without. */
const inputs: Record<string, unknown> = { pluginLifecycleMachine: { name: "plugin" } };

/** What every chart in this package promises; see CONTRIBUTING, "A machine". */
describe.each(machines)("%s", (exportName, machine) => {
  const nodes = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodes)];
  const all = nodes(machine.root);
  const transitions = all.flatMap((node) => [...node.transitions.values(), node.always ?? []].flat());
  const [initial] = initialTransition(machine, inputs[exportName] ?? {});

  it("is exported under its id", () => {
    expect(exportName).toBe(`${machine.id}Machine`);
  });

  it("has a version, which its snapshots carry", () => {
    expect(machine.version).toMatch(/^[1-9]\d*$/);
  });

  it("has an initial configuration", () => {
    expect(isMachineSnapshot(initial) && initial.status).toBe("active");
  });

  it("declares schemas for input, context and events", () => {
    expect(machine.schemas).toMatchObject({ input: {}, context: {}, events: {} });
  });

  it("names every guard and action", () => {
    const used = transitions.flatMap(({ guard, actions }) => [guard, ...actions]);
    const entered = all.flatMap(({ entry, exit }) => [...entry, ...exit]);
    // `after` adds XState's own raise and cancel, which have no name of ours.
    const inline = [...used, ...entered].filter((it) => typeof it === "function" && !("resolve" in it));
    expect(inline).toEqual([]);
  });

  it("implements every guard, action, actor and delay that it names", () => {
    const { guards, actions, actors, delays } = machine.implementations;
    const nameOf = (it: unknown): string[] =>
      typeof it === "string"
        ? [it]
        : typeof it === "object" && it !== null && "type" in it
          ? [String(it.type)]
          : [];
    const usedGuards = transitions.flatMap(({ guard }) => nameOf(guard));
    const usedActions = [
      ...transitions.flatMap((it) => it.actions),
      ...all.flatMap((it) => [...it.entry, ...it.exit]),
    ];
    const usedActors = all
      .flatMap(({ invoke }) => invoke.map(({ src }) => src))
      .filter((it) => typeof it === "string");
    const usedDelays = all
      .flatMap(({ after }) => after.map(({ delay }) => delay))
      .filter((it) => typeof it === "string");
    const unknown = [
      ...usedGuards.filter((it) => !(it in guards)),
      ...usedActions.flatMap(nameOf).filter((it) => !(it in actions) && !it.startsWith("xstate.")),
      ...usedActors.filter((it) => !(it in actors)),
      // XState fires an unresolved delay at once.
      ...usedDelays.filter((it) => !(it in delays)),
    ];
    expect(unknown).toEqual([]);
  });

  it("has no wildcard that would swallow a child's crash", () => {
    expect(all.filter((node) => node.transitions.has("*")).map(({ id }) => id)).toEqual([]);
  });

  it("has a JSON context", () => {
    const context: unknown = isMachineSnapshot(initial) ? initial.context : undefined;
    expect(JSON.parse(JSON.stringify(context))).toEqual(context);
  });
});
