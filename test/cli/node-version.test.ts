import { expect, it } from "vitest";
import { nodeProblem } from "../../src/cli/node-version.ts";

it.each([
  ["20.20.2", false],
  ["22.17.9", false],
  ["22.18.0", true],
  ["24.21.0", true],
])("Node.js %s is new enough: %s", (version, isEnough) => {
  expect(nodeProblem(version) === null).toBe(isEnough);
});
