/**
 * A counterexample of a check, gone again: what a generated test file does until the machine is mended.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import type { CheckOptions } from "../explore/check.ts";
import { createKeys } from "../explore/explorer/keys.ts";
import { createLabels } from "../explore/explorer/labels.ts";
import { plainInput } from "../explore/explorer/stimuli.ts";
import { beginMonitor, monitorStep } from "../explore/properties/monitor.ts";
import { createStepper } from "../explore/stepper.ts";
import { initialWorld } from "../explore/world.ts";
import { applyWayStep, type WayStep } from "../explore/way.ts";
import { HomeostatError } from "../core/errors.ts";
import { literal } from "./emit.ts";

/**
 * Goes `steps` and says what the property of this name comes to: `holds`, or how it is violated. The machine may take no
 * such way any more: that holds too. Of a way that repeats itself from step `loopFrom` on, what is owed is owed for ever.
 */
export function reproduce(
  machine: AnyStateMachine,
  {
    properties = [],
    input = plainInput(machine),
    ...options
  }: Pick<CheckOptions, "properties" | "input" | "abstract" | "ignore">,
  name: string,
  steps: readonly WayStep[],
  loopFrom: number | null = null,
): string {
  const property = properties.find((it) => it.name === name);
  if (property === undefined) throw new HomeostatError("not_found", `there is no property "${name}"`);
  const stepper = createStepper(machine);
  const labelOf = createLabels(stepper.table.nodes);
  const keys = createKeys({ timed: true, abstract: options.abstract, ignore: options.ignore });
  let { world } = initialWorld(stepper, input);
  let standings = beginMonitor([property], world);
  let loopKey = loopFrom === 0 ? keys.of(world) : null;
  for (const [index, step] of steps.entries()) {
    let gone: ReturnType<typeof applyWayStep>;
    try {
      gone = applyWayStep({ stepper }, world, step);
    } catch {
      return "holds";
    }
    const taken = gone.steps.flatMap(({ microsteps }) => microsteps.flatMap((it) => it.taken));
    const effects = gone.steps.flatMap((it) => it.effects);
    const label = labelOf(gone.stimulus, world);
    standings = monitorStep(
      [property],
      standings,
      { before: world, after: gone.world, label, effects, taken },
      index + 1,
    );
    ({ world } = gone);
    if (index + 1 === loopFrom) loopKey = keys.of(world);
  }
  const [standing] = standings;
  if (standing?.verdict === "violated")
    return `violated after step ${standing.at}${standing.problem === null ? "" : `: ${standing.problem}`}`;
  if (standing?.verdict === "open" && loopFrom !== null && keys.of(world) === loopKey)
    return "violated for ever";
  return "holds";
}

export interface ReproductionOptions {
  /** Where the file imports this package's test tools from; `homeostat/testing` by default. */
  readonly from?: string | undefined;
  /** Where the machine is imported from, and the name of its export. */
  readonly machine: { readonly module: string; readonly name: string };
  /** Where its check options are imported from, and what they are there: `explore`, or `explore.NAME`. */
  readonly explore: { readonly module: string; readonly expression: string };
}

/** A file of vitest that fails as long as the property is violated. */
export function emitReproduction(
  {
    name,
    line,
    way,
  }: { name: string; line: string; way: { steps: readonly WayStep[]; loopFrom: number | null } },
  { from = "homeostat/testing", machine, explore }: ReproductionOptions,
): string {
  const loop = way.loopFrom === null ? "" : `, ${way.loopFrom}`;
  const quoted = JSON.stringify;
  const imports = [
    ["vitest", "expect, it"],
    [from, "reproduce"],
    [machine.module, machine.name],
    [explore.module, "explore"],
  ] as const;
  const byModule = Map.groupBy(imports, ([module]) => module);
  return [
    ...[...byModule].map(
      ([module, names]) => `import { ${names.map(([, it]) => it).join(", ")} } ${"from"} ${quoted(module)};`,
    ),
    "",
    `it(${quoted(name)}, () => {`,
    ...line.split("\n").map((it) => `  // ${it}`),
    "  const steps = [",
    ...way.steps.map((it) => `    ${literal(it)},`),
    "  ];",
    `  expect(reproduce(${machine.name}, ${explore.expression}, ${quoted(name)}, steps as never${loop})).toBe("holds");`,
    "});",
    "",
  ].join("\n");
}
