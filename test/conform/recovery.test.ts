import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { recoveryLedgerDecisions } from "../../src/conform/decisions/recovery-ledger.ts";
import { recoveryRecipesDecisions } from "../../src/conform/decisions/recovery-recipes.ts";
import { recoveryLedgerMachines } from "../../src/conform/machines/recovery-ledger.ts";
import { recoveryRecipesMachines } from "../../src/conform/machines/recovery-recipes.ts";
import { type CreateSubject, RecordedCase } from "../../src/conform/subject.ts";

/** The recorded cases of `kind`. */
function recorded(kind: string): RecordedCase[] {
  const text = readFileSync(new URL(`../vectors/${kind}.jsonl`, import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => RecordedCase.parse(JSON.parse(line)));
}

/** What a fresh subject answers to `ops`. */
function replay(create: CreateSubject, { ops }: RecordedCase): unknown[] {
  const subject = create();
  try {
    return ops.map((op) => subject.answer(op));
  } finally {
    subject.dispose?.();
  }
}

/** `value` with the number at the end of the first path to one raised by 1; `null` when it holds none. */
function withOneNumberChanged(value: unknown): unknown {
  if (typeof value === "number") return value + 1;
  if (typeof value !== "object" || value === null) return null;
  for (const [key, it] of Object.entries(value)) {
    const changed = withOneNumberChanged(it);
    if (changed === null) continue;
    return Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed };
  }
  return null;
}

const kinds = [
  { kind: "recovery_recipes", count: 200, variant: "decisions", create: recoveryRecipesDecisions },
  { kind: "recovery_recipes", count: 200, variant: "charts", create: recoveryRecipesMachines },
  { kind: "x_recovery_ledger", count: 100, variant: "decisions", create: recoveryLedgerDecisions },
  { kind: "x_recovery_ledger", count: 100, variant: "charts", create: recoveryLedgerMachines },
];

describe.each(kinds)("$kind through $variant", ({ kind, count, create }) => {
  const cases = recorded(kind);

  it(`answers all ${count} recordings as the original did`, () => {
    expect(cases.length).toBe(count);
    for (const it of cases)
      expect({ case: it["case"], answers: replay(create, it) }).toEqual({
        case: it["case"],
        answers: it.expected,
      });
  });

  it("differs from every recording in which one number was changed", () => {
    const changed = cases.flatMap((it) => {
      const expected = withOneNumberChanged(it.expected);
      return expected === null ? [] : [{ recording: it, expected }];
    });
    expect(changed.length).toBeGreaterThan(count * 0.9);
    for (const { recording, expected } of changed) expect(replay(create, recording)).not.toEqual(expected);
  });

  it.each([
    { op: "attempt", scenario: "coffee_spilled" },
    { op: "attempt" },
    { op: "new", fail_at_step: -1 },
    { op: "dance" },
  ])("refuses $op that does not fit", (operation) => {
    expect(() => create().answer(operation)).toThrow(expect.objectContaining({ code: "invalid_event" }));
  });
});
