/**
 * Properties along one run, as it happens: of a recorded one, or of a counterexample that is played again.
 *
 * A run that has not ended refutes no `eventually`: what is still owed is `open`. It is violated when the machine is over.
 *
 * @module
 */
import type { ReachedEdge } from "../explorer/types.ts";
import { type Property, stepViewOf, viewOf } from "../properties.ts";
import type { World } from "../world.ts";

/** What a property came to so far. Steps count from 1; 0 is the beginning. */
export type Standing =
  | { readonly verdict: "holds" }
  /** Owed since a step: the end of a `leadsTo` or `eventually`, the witness of a `sometimes`. */
  | { readonly verdict: "open"; readonly since: number }
  /** `problem`: the property itself has thrown this. */
  | { readonly verdict: "violated"; readonly at: number; readonly problem: string | null };

const holds: Standing = { verdict: "holds" };

/** A step of a run. */
export type MonitoredStep = Omit<ReachedEdge, "edge">;

/** The standings at the beginning, in the order of `properties`. */
export function beginMonitor(properties: readonly Property[], world: World): readonly Standing[] {
  return properties.map((property) => judged(0, () => inState(property, firstOf(property), world, 0)));
}

/** The standings after `step`, which has this number. */
export function monitorStep(
  properties: readonly Property[],
  before: readonly Standing[],
  step: MonitoredStep,
  number: number,
): readonly Standing[] {
  return properties.map((property, index) => {
    const standing = before[index] ?? firstOf(property);
    if (standing.verdict === "violated") return standing;
    return judged(number, () => {
      if (property.kind !== "alwaysStep") return inState(property, standing, step.after, number);
      const view = stepViewOf(step);
      if (property.when?.(view) === false || property.holds(view)) return holds;
      return { verdict: "violated", at: number, problem: null };
    });
  });
}

function firstOf({ kind }: Property): Standing {
  return kind === "sometimes" || kind === "eventually" ? { verdict: "open", since: 0 } : holds;
}

function inState(property: Property, standing: Standing, world: World, number: number): Standing {
  const view = viewOf(world);
  switch (property.kind) {
    case "always":
      return property.when?.(view) === false || property.holds(view)
        ? holds
        : { verdict: "violated", at: number, problem: null };
    case "alwaysStep":
      return standing;
    case "sometimes":
      return standing.verdict === "holds" || property.holds(view) ? holds : standing;
    case "eventually":
      if (standing.verdict === "holds" || property.holds(view)) return holds;
      return owed(standing, world, number);
    case "leadsTo":
      if (property.to(view)) return holds;
      if (standing.verdict === "open") return owed(standing, world, number);
      return property.from(view) ? owed({ verdict: "open", since: number }, world, number) : holds;
  }
}

/** Nothing can come any more of a machine that is over. */
function owed(standing: Standing, { snapshot }: World, number: number): Standing {
  return snapshot.status === "active" ? standing : { verdict: "violated", at: number, problem: null };
}

function judged(number: number, judge: () => Standing): Standing {
  try {
    return judge();
  } catch (error) {
    const problem = `the property itself throws: ${error instanceof Error ? error.message : String(error)}`;
    return { verdict: "violated", at: number, problem };
  }
}
