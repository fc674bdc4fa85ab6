import {
  checkChildSpec,
  checkChildSpecs,
  checkPolicy,
  problemsOfRequires,
  type SpecProblem,
  treePresets,
} from "../../core/child-spec.ts";
import { HomeostatError } from "../../core/errors.ts";
import type { CheckedTree, TreeOptions } from "./api.ts";
import type { TreeDefinition } from "./result.ts";

/** Every fault of `options`, or the definition with all defaults; starts nothing. */
export function checkTree({
  preset = "product",
  policy: given = {},
  children = [],
  template,
}: TreeOptions): CheckedTree {
  const base = Object.hasOwn(treePresets, preset) ? treePresets[preset] : undefined;
  if (base === undefined) {
    const message = `expected one of ${Object.keys(treePresets).join(", ")}`;
    return { ok: false, problems: [{ code: "invalid_preset", path: "preset", message }] };
  }
  const problems: SpecProblem[] = [];
  const policy = checkPolicy(given, base);
  if (!policy.ok) problems.push(...policy.problems.map((it) => ({ ...it, path: `policy.${it.path}` })));
  const inForce = policy.ok ? policy.value : base;
  const specs = checkChildSpecs(children, inForce);
  if (!specs.ok) problems.push(...specs.problems);
  const pool = template === undefined ? null : checkChildSpec(template, inForce, "template");
  if (pool !== null && !pool.ok) problems.push(...pool.problems);
  if (pool?.ok === true) problems.push(...problemsOfRequires(pool.value, new Set(), "template.requires"));
  if (pool !== null && children.length > 0)
    problems.push({
      code: "template_with_children",
      path: "children",
      message: "a pool has no children but the instances of its template",
    });
  if (pool !== null && inForce.strategy !== "oneForOne")
    problems.push({
      code: "template_with_strategy",
      path: "policy.strategy",
      message: "the instances of a pool are restarted one for one",
    });
  if (problems.length > 0 || !policy.ok || !specs.ok) return { ok: false, problems };
  return {
    ok: true,
    value: { policy: policy.value, children: specs.value, template: pool?.ok === true ? pool.value : null },
  };
}

/** Throws `child_spec_invalid` with every problem in its details. */
export function definitionOf(options: TreeOptions): TreeDefinition {
  const checked = checkTree(options);
  if (checked.ok) return checked.value;
  throw specError(checked.problems);
}

export function specError(problems: readonly SpecProblem[]): HomeostatError {
  const list = problems.map(({ code, path, message }) => `\n  ${path}: ${message} (${code})`).join("");
  return new HomeostatError("child_spec_invalid", `the tree cannot be started:${list}`, { problems });
}
