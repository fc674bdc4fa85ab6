import { describe, expect, it } from "vitest";
import { recovers, supervision } from "../../bench/explore/supervision.ts";
import { type ComposedProperty, exploreComposition } from "../../src/explore/index.ts";

const size = (plugins: number, options: Parameters<typeof supervision>[1] = {}): unknown => {
  const { states, edges, complete, overflows } = exploreComposition(supervision(plugins, options));
  return { states, edges, complete, overflows };
};
const verdicts = (plugins: number, options: Parameters<typeof supervision>[1]): string[] =>
  exploreComposition(supervision(plugins, options)).properties.map(({ verdict }) => verdict);

describe("a supervisor with plugins and mailboxes", () => {
  it("has every state of its charts and of the messages on their way", () => {
    expect(size(1)).toMatchObject({ states: 25 });
    expect(size(2)).toEqual({ states: 890, edges: 1_692, complete: true, overflows: 0 });
    expect(size(3)).toEqual({ states: 50_298, edges: 107_820, complete: true, overflows: 0 });
  });

  it("has a sixth of them, or so, when like plugins are not told apart", () => {
    expect(size(2, { symmetric: true })).toMatchObject({ states: 451, complete: true });
    expect(size(3, { symmetric: true })).toMatchObject({ states: 8_537, complete: true });
  });

  it("runs a step of a chart once, whatever the others do", () => {
    const { edges, runs } = exploreComposition(supervision(3));
    expect(runs).toBeLessThan(edges / 20);
  });

  it("restarts a dead plugin or leaves it off, if messages arrive and the plugin gets ready", () => {
    const fair = ["deliveries", "p0: ready"];
    expect(verdicts(2, { properties: [recovers], fair })).toEqual(["holds"]);
    expect(verdicts(2, { properties: [recovers], fair: [] })).toEqual(["violated"]);
    expect(verdicts(2, { properties: [recovers], fair, broken: true })).toEqual(["violated"]);
  });

  it("is not judged on what goes on for ever where plugins are not told apart", () => {
    expect(verdicts(2, { properties: [recovers], symmetric: true })).toEqual(["refused"]);
  });

  it("finds what never holds, and the shortest way to what does", () => {
    const reported = (kind: "always" | "sometimes", state: string): ComposedProperty => ({
      kind,
      name: state,
      about: ["supervisor", "p0"],
      holds: ({ supervisor, p0 }) =>
        ((supervisor?.value as Record<string, string> | undefined)?.["p0"] === state) ===
          (kind === "sometimes") ||
        (kind === "always" && p0?.value === "off"),
    });
    const { properties } = exploreComposition(
      supervision(1, { properties: [reported("sometimes", "quarantine"), reported("always", "ok")] }),
    );
    expect(properties.map(({ verdict }) => verdict)).toEqual(["holds", "violated"]);
    expect(properties[0]?.path).toHaveLength(10);
    expect(properties[1]?.path?.at(-1)).toBe('supervisor ← {"type":"up0"}');
  });

  it("says that a mailbox was too small instead of proving anything", () => {
    const narrow = { ...supervision(2), mailbox: 1 };
    const { complete, stoppedBy, overflows } = exploreComposition(narrow);
    expect({ complete, stoppedBy }).toEqual({ complete: false, stoppedBy: "mailbox" });
    expect(overflows).toBeGreaterThan(0);
  });

  it("ends at its budget of states with what it has", () => {
    const { stoppedBy, states } = exploreComposition({ ...supervision(3), maxStates: 1_000 });
    expect({ stoppedBy, states }).toEqual({ stoppedBy: "states", states: 1_000 });
  });
});
