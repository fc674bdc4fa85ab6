/** The operations of the kinds `recovery_recipes` and `x_recovery_ledger`, as recorded. */
import * as z from "zod";
import { HomeostatError } from "../../core/errors.ts";
import { FailureScenario, SeedWorkerFailureKind, WorkerFailureKind } from "../../core/recovery.ts";
import type { Operation } from "../subject.ts";

const stepIndex = z.int().nonnegative();
const created = z.object({ op: z.literal("new"), fail_at_step: stepIndex.nullable() });
const onScenario = <O extends string>(op: O) => z.object({ op: z.literal(op), scenario: FailureScenario });

export const RecipesOperation = z.discriminatedUnion("op", [
  created,
  z.object({ op: z.literal("set_fail_at_step"), index: stepIndex }),
  onScenario("attempt"),
  z.object({ op: z.literal("attempt_worker_failure"), kind: SeedWorkerFailureKind }),
  onScenario("attempt_count"),
  onScenario("recipe"),
  z.object({ op: z.literal("event_names") }),
]);

export const LedgerOperation = z.discriminatedUnion("op", [
  created,
  onScenario("attempt"),
  onScenario("status_report"),
  z.object({ op: z.literal("scenario_for"), kind: WorkerFailureKind }),
  z.object({ op: z.literal("ledger_ids") }),
]);

/** `operation` as `schema` has it; throws a `HomeostatError` with `invalid_event` when it does not fit. */
export function readOperation<S extends z.ZodType>(schema: S, operation: Operation): z.output<S> {
  const parsed = schema.safeParse(operation);
  if (parsed.success) return parsed.data;
  throw new HomeostatError(
    "invalid_event",
    `the operation "${operation.op}" does not fit: ${z.prettifyError(parsed.error)}`,
  );
}
