/** Recipes as data: the original's table, and how a host adds its own. */
import * as z from "zod";
import { HomeostatError } from "../errors.ts";
import { FailureScenario, ScenarioName } from "./scenarios.ts";
import { RecoveryStep, recoveryStepKinds } from "./steps.ts";

/** What happens when the automatic attempts did not help. */
export const EscalationPolicy = z.enum([
  /** an escalation is opened and waits for a person */
  "alert_human",
  /** the subject goes on, degraded */
  "log_and_continue",
  /** the subject is stopped */
  "abort",
]);
export type EscalationPolicy = z.infer<typeof EscalationPolicy>;

export const RecoveryRecipe = z.strictObject({
  scenario: ScenarioName,
  /** Done in this order. */
  steps: z.array(RecoveryStep).min(1),
  /**
   * What undoes the step of the same place, `null`: nothing. Run in reverse, once each, for the steps that were done when
   * a later one failed and none may be tried again. Must be idempotent: the host may end in the middle.
   */
  compensations: z.array(RecoveryStep.nullable()).optional(),
  /** Automatic attempts per episode. @see claw-code: one before escalation */
  maxAttempts: z.int().positive().default(1),
  escalationPolicy: EscalationPolicy,
});
export type RecoveryRecipe = z.output<typeof RecoveryRecipe>;
export type RecoveryRecipeInput = z.input<typeof RecoveryRecipe>;

/** Recipes by scenario. */
export type RecipeTable = Readonly<Record<string, RecoveryRecipe>>;

/** A step of a host's own: what its arguments have to be. */
export interface CustomStep {
  readonly args: z.ZodType;
}

const handshake = (timeoutMs: number) => ({ kind: "retry_mcp_handshake", timeoutMs }) as const;

const table = {
  trust_prompt_unresolved: [[{ kind: "accept_trust_prompt" }], "alert_human"],
  prompt_misdelivery: [[{ kind: "redirect_prompt_to_agent" }], "alert_human"],
  stale_branch: [[{ kind: "rebase_branch" }, { kind: "clean_build" }], "alert_human"],
  compile_red_cross_crate: [[{ kind: "clean_build" }], "alert_human"],
  mcp_handshake_failure: [[handshake(5_000)], "abort"],
  partial_plugin_startup: [[{ kind: "restart_plugin" }, handshake(3_000)], "log_and_continue"],
  provider_failure: [[{ kind: "restart_worker" }], "alert_human"],
} as const satisfies Record<
  FailureScenario,
  readonly [readonly z.input<typeof RecoveryStep>[], EscalationPolicy]
>;

/** The seven recipes of the original; what they act on comes from the failure's facts. */
export const recoveryRecipes: Readonly<Record<FailureScenario, RecoveryRecipe>> = fromTable((scenario) => {
  const [steps, escalationPolicy] = table[scenario];
  return defineRecipe({ scenario, steps: [...steps], escalationPolicy });
});

/** The same with the original's placeholder: it restarts a plugin called "stalled", whatever failed. */
export const referenceRecipes: Readonly<Record<FailureScenario, RecoveryRecipe>> = fromTable((scenario) => {
  const recipe = recoveryRecipes[scenario];
  const steps = recipe.steps.map((it) =>
    it.kind === "restart_plugin" ? { ...it, name: "stalled", servers: [] } : it,
  );
  return { ...recipe, steps };
});

/**
 * A recipe that can be run.
 *
 * @throws HomeostatError `invalid_event` when it cannot; `details.issues` lists each `{ path, reason }`
 */
export function defineRecipe(
  recipe: RecoveryRecipeInput,
  customSteps: Readonly<Record<string, CustomStep>> = {},
): RecoveryRecipe {
  const parsed = RecoveryRecipe.safeParse(recipe);
  const issues = parsed.success
    ? [...customIssues(parsed.data, customSteps), ...compensationIssues(parsed.data)]
    : parsed.error.issues.map((issue) => describeIssue(issue, recipe));
  if (!parsed.success || issues.length > 0) {
    const list = issues.map(({ path, reason }) => `${path}: ${reason}`).join("; ");
    throw new HomeostatError("invalid_event", `this recipe cannot be run: ${list}`, { issues });
  }
  return parsed.data;
}

/**
 * `base` with a host's own recipes; one for a scenario of `base` replaces it.
 *
 * @throws HomeostatError `invalid_event` when a recipe cannot be run, or two are for one scenario
 */
export function extendRecipes(
  base: RecipeTable,
  recipes: readonly RecoveryRecipeInput[],
  customSteps: Readonly<Record<string, CustomStep>> = {},
): RecipeTable {
  const own = new Map<string, RecoveryRecipe>();
  for (const [index, it] of recipes.entries()) {
    const recipe = defineRecipe(it, customSteps);
    if (own.has(recipe.scenario)) {
      const issues = [{ path: `${index}.scenario`, reason: `a second recipe for "${recipe.scenario}"` }];
      throw new HomeostatError("invalid_event", `${issues[0]?.path}: ${issues[0]?.reason}`, { issues });
    }
    own.set(recipe.scenario, recipe);
  }
  return Object.fromEntries([...Object.entries(base), ...own]);
}

/**
 * The recipe for `scenario`.
 *
 * @throws HomeostatError `invalid_event` when the table has none
 */
export function recipeFor(recipes: RecipeTable, scenario: ScenarioName): RecoveryRecipe {
  const recipe = Object.hasOwn(recipes, scenario) ? recipes[scenario] : undefined;
  if (recipe !== undefined) return recipe;
  const known = Object.keys(recipes).join(", ");
  throw new HomeostatError("invalid_event", `no recipe for "${scenario}"; there are ones for ${known}`);
}

interface RecipeIssue {
  readonly path: string;
  readonly reason: string;
}

function compensationIssues({ steps, compensations = [] }: RecoveryRecipe): RecipeIssue[] {
  const tooMany = compensations.length - steps.length;
  const count = { path: "compensations", reason: `there are ${tooMany} more than steps` };
  const asking = compensations.flatMap((it, index) =>
    it?.kind === "escalate_to_human"
      ? [{ path: `compensations.${index}`, reason: "a person cannot be asked to undo a step: leave it null" }]
      : [],
  );
  return [...(tooMany > 0 ? [count] : []), ...asking];
}

function customIssues(
  { steps, compensations = [] }: RecoveryRecipe,
  customSteps: Readonly<Record<string, CustomStep>>,
): RecipeIssue[] {
  const all = [
    ...steps.map((step, index) => ({ step, path: `steps.${index}` })),
    ...compensations.map((step, index) => ({ step, path: `compensations.${index}` })),
  ];
  return all.flatMap(({ step, path }) => {
    if (step?.kind !== "custom") return [];
    const declared = Object.hasOwn(customSteps, step.name) ? customSteps[step.name] : undefined;
    if (declared === undefined)
      return [{ path: `${path}.name`, reason: unknownKind(step.name, customSteps) }];
    const args = declared.args.safeParse(step.args);
    const issues = args.error?.issues ?? [];
    return issues.map((it) => ({ path: [path, "args", ...it.path].join("."), reason: it.message }));
  });
}

function describeIssue(issue: z.core.$ZodIssue, recipe: unknown): RecipeIssue {
  const path = issue.path.join(".");
  if (issue.code !== "invalid_union" || issue.path.at(-1) !== "kind") return { path, reason: issue.message };
  return { path, reason: unknownKind(valueAt(recipe, issue.path), {}) };
}

function unknownKind(kind: unknown, customSteps: Readonly<Record<string, CustomStep>>): string {
  const known = [...recoveryStepKinds, ...Object.keys(customSteps)];
  return `unknown step kind ${JSON.stringify(kind)}; there are ${known.join(", ")}`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (it, key) => (it as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key],
    root,
  );
}

function fromTable(
  recipe: (scenario: FailureScenario) => RecoveryRecipe,
): Readonly<Record<FailureScenario, RecoveryRecipe>> {
  const entries = FailureScenario.options.map((scenario) => [scenario, recipe(scenario)] as const);
  return Object.fromEntries(entries) as Record<FailureScenario, RecoveryRecipe>;
}
