import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differences, isSame, renderDifferences } from "../../src/conform/diff.ts";

describe("renderDifferences", () => {
  it.each([
    ["a number", { a: { b: 1 } }, { a: { b: 2 } }, ["a.b: 1 -> 2"]],
    ["an element", { a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, ["a[1].b: 2 -> 3"]],
    ["a missing key", { a: null }, {}, ["a: null -> nothing"]],
    ["a key too many", {}, { a: 1 }, ["a: nothing -> 1"]],
    ["a list that is shorter", [1, 2], [1], ["[1]: 2 -> nothing"]],
    ["a list for an object", { a: [] }, { a: {} }, ["a: [] -> {}"]],
    ["the whole answer", 1, "1", ['answer: 1 -> "1"']],
    ["an odd key", { "a b": { "": 1 } }, { "a b": { "": 2 } }, ['["a b"][""]: 1 -> 2']],
    ["no own key", {}, JSON.parse('{"__proto__":1}'), ["__proto__: nothing -> 1"]],
    ["undefined", { a: null }, { a: undefined }, ["a: null -> undefined"]],
  ])("shows %s", (_, expected, actual, lines) => {
    expect(renderDifferences(differences(expected, actual))).toEqual(lines);
  });
});

describe("isSame", () => {
  it("holds exactly where there is no difference", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (a, b) => {
        expect(isSame(a, b)).toBe(differences(a, b).length === 0);
        expect(isSame(a, JSON.parse(JSON.stringify(a)))).toBe(true);
      }),
    );
  });

  it("does not look at the order of keys", () => {
    expect(isSame({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  });

  it.each([
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: 1 }],
    [{ a: 1 }, { b: 1 }],
    [[], {}],
    [null, {}],
  ])("tells %j from %j", (a, b) => {
    expect(isSame(a, b)).toBe(false);
  });
});
