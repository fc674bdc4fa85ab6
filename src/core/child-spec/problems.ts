/**
 * What is wrong with a specification or a policy, one code for each fault.
 *
 * @module
 */
import * as z from "zod";
import type { PolicyProblem } from "./recovery.ts";

export type SpecFault =
  | "missing_id"
  | "duplicate_id"
  | "unknown_key"
  | PolicyProblem["code"]
  /** no tree here or above has a budget of this name */
  | "unknown_budget"
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

type Issue = z.core.$ZodIssue;

/** `at` is the place of what was parsed. */
export function problemsOf(
  { issues }: z.ZodError,
  at: string,
  codeOf: (issue: Issue) => SpecFault,
): SpecProblem[] {
  return issues.map((issue) => {
    const keys = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
    const path = z.core.toDotPath([...issue.path, ...keys]);
    const code = issue.code === "unrecognized_keys" ? "unknown_key" : codeOf(issue);
    return { code, path: at === "" || path === "" ? at + path : `${at}.${path}`, message: issue.message };
  });
}

export function codeOfChildIssue({ path, message }: Issue): SpecFault {
  const field = path[0];
  if (field === undefined) return "invalid_spec";
  if (field === "id" && message.includes("undefined")) return "missing_id";
  return `invalid_${snake(String(field))}`;
}

/** A field of a limit is named by itself, one of another part by that part. */
export function codeOfPolicyIssue({ path }: Issue): SpecFault {
  const field = path[0] === "limit" ? (path[1] ?? "limit") : path[0];
  if (field === "periodMs") return "invalid_period";
  return `invalid_${snake(String(field ?? "policy"))}`;
}

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (it) => `_${it.toLowerCase()}`);
