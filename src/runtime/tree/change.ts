import {
  checkChildSpec,
  checkChildSpecs,
  checkPolicy,
  type ChildSpec,
  type SpecProblem,
  type TreePolicy,
} from "../../core/child-spec.ts";
import type { Answer, TreeChange } from "./api.ts";
import type { Engine } from "./engine.ts";

/** Another definition for a running tree, all of it or nothing. */
export function change(engine: Engine, given: TreeChange): Answer {
  const problems: SpecProblem[] = [];
  const policy = checkPolicy(given.policy ?? {}, engine.policy);
  if (!policy.ok) problems.push(...policy.problems.map((it) => ({ ...it, path: `policy.${it.path}` })));
  const inForce = policy.ok ? policy.value : engine.policy;
  const specs = checkChildSpecs(given.children ?? [], inForce, engine.children.keys());
  if (!specs.ok) problems.push(...specs.problems);
  else problems.push(...problemsOfBudgets(engine, inForce, specs.value));
  const template = checkTemplate(engine, given, problems);
  if (engine.template !== null && inForce.strategy !== "oneForOne")
    problems.push({
      code: "template_with_strategy",
      path: "policy.strategy",
      message: "the instances of a pool are restarted one for one",
    });
  if (problems.length > 0 || !policy.ok || !specs.ok) {
    engine.record({ type: "policy.refused", problems });
    return { ok: false, code: "invalid_spec", problems };
  }
  engine.policy = policy.value;
  engine.children.starts.pump();
  if (template !== null) changeTemplate(engine, template);
  for (const spec of specs.value) {
    const child = engine.children.get(spec.id);
    if (child !== undefined) {
      child.spec = spec;
      engine.care.changed(child);
    } else {
      engine.children.register(spec);
      engine.record({ type: "child.registered", id: spec.id });
    }
  }
  engine.record({
    type: "policy.changed",
    changed: [...Object.keys(given.policy ?? {}), ...specs.value.map(({ id }) => id)],
  });
  return { ok: true };
}

/** Budgets that are named and not there, by the new specifications and by the children that are left as they are. */
function problemsOfBudgets(engine: Engine, policy: TreePolicy, specs: readonly ChildSpec[]): SpecProblem[] {
  const changed = new Set(specs.map(({ id }) => id));
  const kept = [...engine.children.values()].flatMap(({ spec }) => (changed.has(spec.id) ? [] : [spec]));
  const named = [...specs, ...kept].map(({ id, budget }) => [`${id}.budget`, budget] as const);
  return engine.restarts.budgets.problems(policy, named);
}

/** How instances are stopped and restarted; what they are stays as it is, each with its own id and input. */
function changeTemplate(engine: Engine, template: ChildSpec): void {
  engine.template = template;
  for (const child of engine.children.values()) {
    const { id, input, systemId } = child.spec;
    child.spec = { ...template, id, input, systemId };
    engine.care.changed(child);
  }
}

/** A tree becomes no pool by a change, nor a pool a tree. */
function checkTemplate(engine: Engine, given: TreeChange, problems: SpecProblem[]): ChildSpec | null {
  if (given.template === undefined) {
    if (engine.template !== null && (given.children ?? []).length > 0)
      problems.push({ code: "template_with_children", path: "children", message: "a pool has no children" });
    return null;
  }
  const { template: before } = engine;
  if (given.template === null || before === null) {
    if (given.template === null && before === null) return null;
    const message = before === null ? "this tree is no pool" : "a pool keeps its template";
    problems.push({ code: "invalid_template", path: "template", message });
    return null;
  }
  const checked = checkChildSpec(given.template, engine.policy, "template");
  if (!checked.ok) problems.push(...checked.problems);
  else if (checked.value.id !== before.id)
    problems.push({ code: "invalid_template", path: "template.id", message: `expected "${before.id}"` });
  return checked.ok ? checked.value : null;
}
