import { expect, it } from "vitest";
import { mayReplay } from "../../src/core/tools.ts";
import { tool } from "../fakes/fake-servers.ts";

it.each([
  ["neither declares it", {}, {}, false],
  ["only the lost server declares it", { readOnly: true }, {}, false],
  ["only the new server declares it", {}, { readOnly: true }, false],
  ["both are read-only", { readOnly: true }, { readOnly: true }, true],
  ["both are idempotent", { idempotent: true }, { idempotent: true }, true],
  ["one is read-only, the other idempotent", { readOnly: true }, { idempotent: true }, true],
])("a lost call may be sent again when %s", (_, before, after, expected) => {
  expect(mayReplay(tool("t", before), tool("t", after))).toBe(expected);
});

it("a lost call is not sent again to a server without the tool", () => {
  expect(mayReplay(tool("t", { readOnly: true }), undefined)).toBe(false);
});
