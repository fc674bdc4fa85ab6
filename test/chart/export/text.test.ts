import { expect, it } from "vitest";
import { modelOf, toText } from "../../../src/chart/index.ts";
import { checkoutMachine, formMachine, wizardMachine } from "../../fixtures/machines/index.ts";

it("writes a chart as indented text", () => {
  expect(toText(modelOf(wizardMachine))).toBe(`wizard
  "Three steps; what was filled in survives a pause."
  ▸ steps
    PAUSE → paused
    RESTART → steps (re-enters)
    ▸ account
      "Name & address <of the user>"
      NEXT [isComplete] → plan
    plan
      NEXT → payment
      BACK → account
    payment
      SUBMIT → confirmed
      BACK → plan
    last (shallow history)
      default → account
  paused
    RESUME → steps.last
  confirmed (final)
    entry / sendReceipt
`);
});

it("writes several targets, internal transitions, invokes and initial actions", () => {
  expect(toText(modelOf(formMachine))).toContain("form.reset → editing.name.empty & editing.email.empty\n");
  expect(toText(modelOf(formMachine))).toContain("email.typed / complain\n");
  expect(toText(modelOf(checkoutMachine))).toContain("initial / freezeCart, log\n");
  expect(toText(modelOf(checkoutMachine))).toContain("invoke chargeCard\n");
});
