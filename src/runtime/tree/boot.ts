import { HomeostatError } from "../../core/errors.ts";
import { specError } from "./definition.ts";
import type { Engine } from "./engine.ts";

/** Whether all budgets that are named are there; else the tree ends with the error. */
export function hasItsBudgets(engine: Engine): boolean {
  const { policy, template, definition } = engine;
  const named = definition.children.map(({ id, budget }) => [`${id}.budget`, budget] as const);
  const problems = engine.restarts.budgets.problems(policy, [
    ...named,
    ["template.budget", template?.budget],
  ]);
  if (problems.length === 0) return true;
  const error = specError(problems);
  engine.shutdown(error.message, { status: "error", output: undefined, error });
  return false;
}

/** Starts the static children in order; the first that fails takes those before it down again, in reverse. */
export function boot(engine: Engine): void {
  engine.phase = "starting";
  if (!hasItsBudgets(engine)) return;
  for (const spec of engine.definition.children) {
    const child = engine.children.register(spec);
    const launch = engine.children.launch(child);
    if (launch.kind !== "failed") continue;
    const { cause, error: thrown } = launch.ending;
    if (spec.firstStart === "retry") {
      engine.restarts.failed(child, launch.ending, null);
      // It may have been given up at once, and the tree with it.
      if (!isStarting(engine)) return;
      continue;
    }
    engine.record({ type: "tree.startFailed", id: spec.id, cause });
    const message = `failed_to_start_child "${spec.id}": ${cause?.message ?? "it ended at once"}`;
    const error = new HomeostatError("failed_to_start_child", message, { id: spec.id, cause }, thrown);
    return engine.shutdown(`failed to start "${spec.id}"`, { status: "error", output: undefined, error });
  }
  engine.phase = "running";
  engine.record({ type: "tree.started", children: engine.children.size });
}

const isStarting = ({ phase }: Engine): boolean => phase === "starting";
