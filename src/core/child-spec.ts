/**
 * What a supervisor is told: specifications of children and the policy, after Erlang/OTP `supervisor`. Each fault has a
 * code of its own and names its field.
 *
 * @see https://www.erlang.org/doc/apps/stdlib/supervisor.html#t:child_spec/0
 * @module
 */
import * as z from "zod";
import { Logic } from "./actor-logic.ts";
import { BackoffSchedule, Jitter } from "./backoff.ts";
import { HealthPolicy } from "./health-checks.ts";
import { WhileDown } from "./stash.ts";
import { RestartType, Strategy } from "./supervision.ts";
import { DurationMs } from "./time.ts";

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

const withShutdown = <S extends { type: "worker" | "supervisor"; shutdown?: Shutdown | undefined }>(
  spec: S,
): S & { shutdown: Shutdown } => ({
  ...spec,
  shutdown: spec.shutdown ?? (spec.type === "supervisor" ? "infinity" : workerShutdownMs),
});

export const ChildSpec = z.strictObject({ id: z.string().min(1), ...shape }).transform(withShutdown);
export type ChildSpec = z.output<typeof ChildSpec>;
export type ChildSpecInput = z.input<typeof ChildSpec>;

const Limit = z.strictObject({
  /** `supervisor`: one count for all children, as in OTP. `child`: one for each. */
  scope: z.enum(["supervisor", "child"]),
  intensity: z.int().nonnegative(),
  periodMs: DurationMs,
});

const Policy = z.strictObject({
  strategy: Strategy,
  /** More than `intensity` restarts, failed ones included, less than `periodMs` old exhaust it. */
  limit: Limit,
  /** `null`: at once. */
  backoff: BackoffSchedule.nullable(),
  jitter: Jitter,
  /** Uptime that takes back-off to its first step and, where each child has its own count, forgets it; `null`: none. */
  stabilityMs: DurationMs.nullable(),
  /**
   * `shutdown`: the siblings are stopped in reverse order, then the supervisor ends with reason shutdown. `quarantine`:
   * the child stays down; the supervisor fails only for a significant one.
   */
  onExhausted: z.enum(["shutdown", "quarantine"]),
  autoShutdown: z.enum(["never", "anySignificant", "allSignificant"]),
  /** `null`: as many as there are. A child that waits for its restart keeps its place. */
  maxChildren: z.int().nonnegative().nullable(),
  /** Whether an end of the whole tree that a child asked for is handed on to the parent. */
  propagate: z.boolean(),
});
export type TreePolicy = z.output<typeof Policy>;
export type TreePolicyInput = Partial<Omit<z.input<typeof Policy>, "limit">> & {
  readonly limit?: Partial<z.input<typeof Limit>>;
};

const neutral = { strategy: "oneForOne", autoShutdown: "never", maxChildren: null, propagate: true } as const;

export const treePresets = {
  /** Each child has its own count, waits longer each time, and is quarantined when it is exhausted. */
  product: {
    ...neutral,
    limit: { scope: "child", intensity: 3, periodMs: 60_000 },
    backoff: { kind: "exponential", initialMs: 250, factor: 2, maxMs: 30_000 },
    jitter: "none",
    stabilityMs: 60_000,
    onExhausted: "quarantine",
  },
  /** @see https://www.erlang.org/doc/apps/stdlib/supervisor.html#t:sup_flags/0 */
  otp: {
    ...neutral,
    limit: { scope: "supervisor", intensity: 1, periodMs: 5_000 },
    backoff: null,
    jitter: "none",
    stabilityMs: null,
    onExhausted: "shutdown",
  },
} as const satisfies Record<string, TreePolicy>;
export type TreePreset = keyof typeof treePresets;

export type SpecFault =
  | "missing_id"
  | "duplicate_id"
  | "unknown_key"
  | "zero_intensity_with_window"
  | "template_with_children"
  | "template_with_strategy"
  | `invalid_${string}`;

/** `path` as in `children[2].restart`; `message` says what was expected. */
export interface SpecProblem {
  readonly code: SpecFault;
  readonly path: string;
  readonly message: string;
}
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly SpecProblem[] };

/** One specification; `at` is its place, for the paths. */
export function checkChildSpec(given: unknown, policy: TreePolicy, at = ""): Checked<ChildSpec> {
  const parsed = ChildSpec.safeParse(given);
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error, at, codeOfChildIssue) };
  const spec = parsed.data;
  const path = at === "" ? "significant" : `${at}.significant`;
  const refused = (message: string): Checked<ChildSpec> => ({
    ok: false,
    problems: [{ code: "invalid_significant", path, message }],
  });
  if (!spec.significant) return { ok: true, value: spec };
  if (spec.restart === "permanent")
    return refused("a permanent child is always restarted and cannot be significant");
  if (policy.onExhausted === "shutdown" && policy.autoShutdown === "never")
    return refused("a significant child needs autoShutdown anySignificant or allSignificant");
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
export function checkChildSpecs(given: readonly unknown[], policy: TreePolicy): Checked<ChildSpec[]> {
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
      seen.add(checked.value.id);
      specs.push(checked.value);
    }
  }
  return problems.length === 0 ? { ok: true, value: specs } : { ok: false, problems };
}

/** `given` over the defaults of `base`: a preset, or the policy in force. */
export function checkPolicy(given: TreePolicyInput, base: TreePolicy): Checked<TreePolicy> {
  const limit = isObject(given.limit) ? { ...base.limit, ...given.limit } : (given.limit ?? base.limit);
  const parsed = Policy.safeParse({ ...base, ...given, limit });
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error, "", codeOfPolicyIssue) };
  if (parsed.data.limit.intensity === 0 && given.limit?.periodMs !== undefined) {
    const message = "an intensity of 0 allows no restart in any period: leave periodMs out";
    return { ok: false, problems: [{ code: "zero_intensity_with_window", path: "limit.periodMs", message }] };
  }
  return { ok: true, value: parsed.data };
}

const isObject = (it: unknown): it is object => typeof it === "object" && it !== null;

type Issue = z.core.$ZodIssue;

function problemsOf({ issues }: z.ZodError, at: string, codeOf: (issue: Issue) => SpecFault): SpecProblem[] {
  return issues.map((issue) => {
    const keys = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
    const path = z.core.toDotPath([...issue.path, ...keys]);
    const code = issue.code === "unrecognized_keys" ? "unknown_key" : codeOf(issue);
    return { code, path: at === "" || path === "" ? at + path : `${at}.${path}`, message: issue.message };
  });
}

function codeOfChildIssue({ path, message }: Issue): SpecFault {
  const field = path[0];
  if (field === undefined) return "invalid_spec";
  if (field === "id" && message.includes("undefined")) return "missing_id";
  return `invalid_${snake(String(field))}`;
}

function codeOfPolicyIssue({ path }: Issue): SpecFault {
  const field = path[0] === "limit" ? (path[1] ?? "limit") : path[0];
  if (field === "periodMs") return "invalid_period";
  return `invalid_${snake(String(field ?? "policy"))}`;
}

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (it) => `_${it.toLowerCase()}`);
