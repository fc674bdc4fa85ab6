import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { migrationRecoveryDecisions } from "../../src/conform/decisions/migration-recovery.ts";
import { retryDelayDecisions } from "../../src/conform/decisions/retry-delay.ts";
import { rollbackInfoDecisions } from "../../src/conform/decisions/rollback-info.ts";
import { rollbackValidatorDecisions } from "../../src/conform/decisions/rollback-validator.ts";
import { migrationRecoveryMachines } from "../../src/conform/machines/migration-recovery.ts";
import { retryDelayMachines } from "../../src/conform/machines/retry-delay.ts";
import { rollbackInfoMachines } from "../../src/conform/machines/rollback-info.ts";
import { rollbackValidatorMachines } from "../../src/conform/machines/rollback-validator.ts";
import { overflowCase } from "../../src/conform/wire/migration.ts";
import { type CreateSubject, RecordedCase } from "../../src/conform/subject.ts";

const subjects = [
  ["migration_recovery", 200, "decisions", migrationRecoveryDecisions],
  ["migration_recovery", 200, "machines", migrationRecoveryMachines],
  ["rollback_info", 200, "decisions", rollbackInfoDecisions],
  ["rollback_info", 200, "machines", rollbackInfoMachines],
  ["x_rollback_validator", 100, "decisions", rollbackValidatorDecisions],
  ["x_rollback_validator", 100, "machines", rollbackValidatorMachines],
  ["retry_delay_overflow", 40, "decisions", retryDelayDecisions],
  ["retry_delay_overflow", 40, "machines", retryDelayMachines],
] as const;

function casesOf(kind: string): RecordedCase[] {
  const lines = readFileSync(new URL(`../vectors/${kind}.jsonl`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => {
    const parsed: unknown = JSON.parse(line);
    return kind === "retry_delay_overflow" ? overflowCase(parsed) : RecordedCase.parse(parsed);
  });
}

function answers(create: CreateSubject, { ops }: RecordedCase): unknown[] {
  const subject = create();
  const given = ops.map((op) => subject.answer(op));
  subject.dispose?.();
  return given;
}

describe.each(subjects)("%s", (kind, count, variant, create) => {
  it(`is answered as recorded by the ${variant}`, () => {
    const cases = casesOf(kind);
    expect(cases).toHaveLength(count);
    for (const recorded of cases) {
      expect(answers(create, recorded), `case ${String(recorded["case"])}`).toStrictEqual(recorded.expected);
    }
  });
});

describe.each(subjects)("%s, %s cases", (kind, _, variant, create) => {
  it(`is not answered by the ${variant} as a recording with one number changed says`, () => {
    const differing = casesOf(kind).filter((recorded) => {
      const changed = { ...recorded, expected: withOneNumberChanged(recorded.expected) };
      return JSON.stringify(changed.expected) !== JSON.stringify(recorded.expected);
    });
    expect(differing).not.toEqual([]);
    for (const recorded of differing.slice(0, 20)) {
      expect(answers(create, recorded)).not.toEqual(withOneNumberChanged(recorded.expected));
    }
  });

  it(`is refused by the ${variant} when an operation is malformed`, () => {
    const subject = create();
    expect(() => subject.answer({ op: "no_such_operation" })).toThrow(
      expect.objectContaining({ name: "HomeostatError", code: "invalid_event" }),
    );
    subject.dispose?.();
  });
});

describe("overflowCase", () => {
  it("makes a line one operation under its config, answered by what saturates", () => {
    const config = { initial_retry_delay_secs: 10, max_retry_delay_secs: 300, use_exponential_backoff: true };
    const line = { kind: "retry_delay_overflow", config, attempt: 32, in_range: false, saturating: 300 };
    expect(overflowCase(line)).toEqual({
      kind: "retry_delay_overflow",
      ops: [{ op: "retry_delay", config, attempt: 32 }],
      expected: [{ delay_secs: 300 }],
    });
  });

  it("refuses a line of another shape", () => {
    expect(() => overflowCase({ kind: "rollback_info" })).toThrow(
      expect.objectContaining({ code: "invalid_event" }),
    );
  });
});

/** `value` with 1 added to the last number in it; without a number, `value`. */
function withOneNumberChanged(value: unknown): unknown {
  const text = JSON.stringify(value);
  const last = [...text.matchAll(/(?<=[:[,])-?[0-9]+(?=[,}\]])/g)].at(-1);
  if (last === undefined) return value;
  const changed = `${text.slice(0, last.index)}${Number(last[0]) + 1}${text.slice(last.index + last[0].length)}`;
  return JSON.parse(changed);
}
