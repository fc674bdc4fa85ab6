/**
 * What a supervisor is told: specifications of children and the policy, after Erlang/OTP `supervisor`. Each fault has a
 * code of its own and names its field.
 *
 * @see https://www.erlang.org/doc/apps/stdlib/supervisor.html#t:child_spec/0
 * @module
 */
import * as z from "zod";
import { Logic } from "./actor-logic.ts";
import {
  type Checked,
  codeOfChildIssue,
  codeOfPolicyIssue,
  problemsOf,
  type SpecProblem,
} from "./child-spec/problems.ts";
import { problemsOfRecovery, recoveryShape } from "./child-spec/recovery.ts";
import type { RestartLimit } from "./restart-budget.ts";
import { hasReadiness, HealthPolicy } from "./health-checks.ts";
import { WhileDown } from "./stash.ts";
import { RestartType, Strategy } from "./supervision.ts";
import { DurationMs } from "./time.ts";

export type { Checked, SpecFault, SpecProblem } from "./child-spec/problems.ts";

/** Ends a child at once, gives it so many milliseconds, or all the time it takes. */
export const Shutdown = z.union([z.literal("brutalKill"), z.literal("infinity"), DurationMs]);
export type Shutdown = z.infer<typeof Shutdown>;

/** @see https://www.erlang.org/doc/apps/stdlib/supervisor.html, `default_shutdown` */
const workerShutdownMs = 5_000;

const shape = {
  logic: Logic,
  input: z.unknown().optional(),
  /** Under this name the actor is known to its whole system. */
  systemId: z.string().min(1).optional(),
  restart: RestartType.default("permanent"),
  /** Default: 5,000 ms for a worker, infinity for a supervisor. */
  shutdown: Shutdown.optional(),
  /** The budget, of this tree or of one above, that its restarts are spent from. Default: the policy's. */
  budget: z.string().min(1).optional(),
  /** Children before it that have to be ready whenever it is started; until then it waits. */
  requires: z.array(z.string().min(1)).default([]),
  /**
   * `reported`: it is ready when it says so (`childHealthy`), and has failed if it does not in `readyWithinMs`. `checked`,
   * the default with readiness checks: when they pass.
   */
  ready: z.enum(["started", "reported", "checked"]).optional(),
  readyWithinMs: DurationMs.default(30_000),
  /** What becomes of it if its first start fails: nothing is registered, or it is tried again as after a crash. */
  firstStart: z.enum(["fail", "retry"]).default("fail"),
  /** Its end may end the supervisor; its exhaustion escalates. */
  significant: z.boolean().default(false),
  type: z.enum(["worker", "supervisor"]).default("worker"),
  /**
   * `event`: it gets `{ type: "child.shutdown" }` and ends by itself before its deadline. `stop`: its actor is stopped.
   * Default: `event` for a tree and for a machine that names that event, else `stop`.
   */
  stopBy: z.enum(["event", "stop"]).optional(),
  /** What those get who send it something (`send`, `ask`) while it is down. */
  whileDown: WhileDown.default({ kind: "reject" }),
  /** How it is found out that it is broken although it runs; default: not at all. */
  health: HealthPolicy.optional(),
  /** What `add` and `start` answer about a child that has just started. */
  info: z
    .custom<(snapshot: unknown) => unknown>((it) => typeof it === "function", "expected a function")
    .optional(),
};

interface Defaulted {
  readonly type: "worker" | "supervisor";
  readonly shutdown?: Shutdown | undefined;
  readonly ready?: "started" | "reported" | "checked" | undefined;
  readonly health?: HealthPolicy | undefined;
}

const withDefaults = <S extends Defaulted>(
  spec: S,
): S & { shutdown: Shutdown; ready: NonNullable<Defaulted["ready"]> } => ({
  ...spec,
  shutdown: spec.shutdown ?? (spec.type === "supervisor" ? "infinity" : workerShutdownMs),
  ready: spec.ready ?? (hasReadiness(spec.health) ? "checked" : "started"),
});

export const ChildSpec = z.strictObject({ id: z.string().min(1), ...shape }).transform(withDefaults);
export type ChildSpec = z.output<typeof ChildSpec>;
export type ChildSpecInput = z.input<typeof ChildSpec>;

const Policy = z.strictObject({
  strategy: Strategy,
  ...recoveryShape,
  autoShutdown: z.enum(["never", "anySignificant", "allSignificant"]),
  /** `null`: as many as there are. A child that waits for its restart keeps its place. */
  maxChildren: z.int().nonnegative().nullable(),
  /** Whether an end of the whole tree that a child asked for is handed on to the parent. */
  propagate: z.boolean(),
});
export type TreePolicy = z.output<typeof Policy>;
export type TreePolicyInput = Partial<Omit<z.input<typeof Policy>, "limit">> & {
  /** What is left out is as in the preset, if it is of the same kind. */
  readonly limit?: Partial<RestartLimit>;
};

const neutral = {
  strategy: "oneForOne",
  autoShutdown: "never",
  maxChildren: null,
  propagate: true,
  budgets: {},
  budget: null,
  stabilityBy: "uptime",
  resume: "timer",
  pauseMs: null,
  outerLimit: null,
  probe: null,
  errorAfter: 3,
  startSlots: null,
} as const;

export const treePresets = {
  /** Each child has its own count, waits longer each time, and is quarantined when it is exhausted. */
  product: {
    ...neutral,
    limit: { kind: "sliding", scope: "child", intensity: 3, periodMs: 60_000 },
    backoff: { kind: "exponential", initialMs: 250, factor: 2, maxMs: 30_000 },
    jitter: "none",
    stabilityMs: 60_000,
    onExhausted: "quarantine",
  },
  /** @see https://www.erlang.org/doc/apps/stdlib/supervisor.html#t:sup_flags/0 */
  otp: {
    ...neutral,
    limit: { kind: "sliding", scope: "supervisor", intensity: 1, periodMs: 5_000 },
    backoff: null,
    jitter: "none",
    stabilityMs: null,
    onExhausted: "shutdown",
  },
  /**
   * One count that decays; too many failures pause all restarts, and nothing else. It never gives up.
   *
   * @see https://pkg.go.dev/github.com/thejerf/suture/v4#Spec
   */
  suture: {
    ...neutral,
    limit: { kind: "decay", scope: "supervisor", threshold: 5, halfLifeMs: 30_000 },
    backoff: null,
    jitter: { above: 0.5 },
    stabilityMs: null,
    onExhausted: "refuse",
    pauseMs: 15_000,
  },
} as const satisfies Record<string, TreePolicy>;
export type TreePreset = keyof typeof treePresets;

/** One specification; `at` is its place, for the paths. */
export function checkChildSpec(given: unknown, policy: TreePolicy, at = ""): Checked<ChildSpec> {
  const parsed = ChildSpec.safeParse(given);
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error, at, codeOfChildIssue) };
  const spec = parsed.data;
  const refused = (field: "ready" | "significant", message: string): Checked<ChildSpec> => ({
    ok: false,
    problems: [{ code: `invalid_${field}`, path: at === "" ? field : `${at}.${field}`, message }],
  });
  if (spec.ready === "checked" && !hasReadiness(spec.health))
    return refused("ready", "without a readiness check it would never be ready: add one, or leave ready out");
  if (!spec.significant) return { ok: true, value: spec };
  if (spec.restart === "permanent")
    return refused("significant", "a permanent child is always restarted and cannot be significant");
  if (policy.onExhausted === "shutdown" && policy.autoShutdown === "never")
    return refused("significant", "a significant child needs autoShutdown anySignificant or allSignificant");
  return { ok: true, value: spec };
}

const Instance = z.strictObject({
  id: z.string().min(1).optional(),
  input: shape.input,
  systemId: shape.systemId,
});

/** An instance of a pool's template; `nextId` is asked where it has no id of its own. */
export function checkInstance(given: unknown, template: ChildSpec, nextId: () => string): Checked<ChildSpec> {
  const parsed = Instance.safeParse(given);
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error, "", codeOfChildIssue) };
  const { id = nextId(), input = template.input, systemId } = parsed.data;
  return { ok: true, value: { ...template, id, input, systemId } };
}

/** Several, in order; an id that is there twice is reported at its second place. */
export function checkChildSpecs(
  given: readonly unknown[],
  policy: TreePolicy,
  present: Iterable<string> = [],
): Checked<ChildSpec[]> {
  const known = new Set(present);
  const specs: ChildSpec[] = [];
  const problems: SpecProblem[] = [];
  const seen = new Set<string>();
  for (const [index, it] of given.entries()) {
    const checked = checkChildSpec(it, policy, `children[${index}]`);
    if (!checked.ok) problems.push(...checked.problems);
    else if (seen.has(checked.value.id)) {
      const path = `children[${index}].id`;
      problems.push({ code: "duplicate_id", path, message: `"${checked.value.id}" is already taken` });
    } else {
      problems.push(...problemsOfRequires(checked.value, known, `children[${index}].requires`));
      seen.add(checked.value.id);
      known.add(checked.value.id);
      specs.push(checked.value);
    }
  }
  return problems.length === 0 ? { ok: true, value: specs } : { ok: false, problems };
}

/** `given` over the defaults of `base`: a preset, or the policy in force. */
export function checkPolicy(given: TreePolicyInput, base: TreePolicy): Checked<TreePolicy> {
  const limit = isObject(given.limit) ? limitOver(given.limit, base.limit) : (given.limit ?? base.limit);
  const parsed = Policy.safeParse({ ...base, ...given, limit });
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error, "", codeOfPolicyIssue) };
  const problems = problemsOfRecovery(parsed.data, given);
  return problems.length === 0 ? { ok: true, value: parsed.data } : { ok: false, problems };
}

/** Fields of another kind of limit would be unknown ones. */
function limitOver(given: object, base: RestartLimit): object {
  const { kind = base.kind } = given as { readonly kind?: unknown };
  return (kind === "decay") === (base.kind === "decay")
    ? { ...base, ...given }
    : { scope: base.scope, ...given };
}

/** Only what stands before it: so none waits for itself. */
export function problemsOfRequires(
  { id, requires }: ChildSpec,
  known: { has(id: string): boolean },
  path: string,
): SpecProblem[] {
  const missing = requires.find((it) => it === id || !known.has(it));
  if (missing === undefined) return [];
  return [{ code: "invalid_requires", path, message: `expected children before it, found "${missing}"` }];
}

const isObject = (it: unknown): it is object => typeof it === "object" && it !== null;
