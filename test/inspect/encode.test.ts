import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode, Fold, type InspectionRecord } from "../../src/inspect/index.ts";

describe("encoding", () => {
  it.each([
    [new Map<unknown, unknown>([["a", new Set([1, undefined])]])],
    [new Date(0)],
    [[undefined, Number.NaN, Number.NEGATIVE_INFINITY, 12n]],
    [{ $t: "map", v: 1 }],
    [Object.assign(new TypeError("no", { cause: new Error("why") }), { stack: "here" })],
  ])("keeps %s", (value) => {
    const sent: unknown = JSON.parse(JSON.stringify(encode(value)));
    expect(decode(sent as never)).toEqual(value);
  });

  it("keeps every value of JSON, under keys that name no secret", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const sent: unknown = JSON.parse(JSON.stringify(encode(value, { isSecret: () => false })));
        expect(decode(sent as never)).toEqual(value);
      }),
    );
  });

  it("is total: cycles, proxies that throw, depth and size are cut and say so", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const hostile = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error("mine");
        },
      },
    );
    let deep: unknown = 1;
    for (let i = 0; i < 100; i++) deep = [deep];
    expect(encode(cycle)).toEqual({ self: { $t: "circular" } });
    expect(encode(hostile)).toEqual({ $t: "cut", v: "could not be read: mine" });
    expect(JSON.stringify(encode(deep))).toContain("too deep");
    expect(encode([1, 2, 3, 4], { maxPlaces: 2 })).toEqual([1, 2, { $t: "cut", v: "4 items" }]);
    expect(encode("abcdef", { maxLength: 3 })).toEqual({ $t: "cut", v: "abc… (6 characters)" });
  });

  it.each(["password", "apiKey", "API_KEY", "authorization", "refreshToken"])("hides %s", (key) => {
    expect(encode({ [key]: "x", deep: [{ [key]: { a: 1 } }], map: new Map([[key, 1]]) })).toEqual({
      [key]: { $t: "redacted" },
      deep: [{ [key]: { $t: "redacted" } }],
      map: { $t: "map", v: [[key, { $t: "redacted" }]] },
    });
  });

  it("hides all of an environment, and what shows by itself that it is a credential", () => {
    expect(encode({ env: { HOME: "/root" }, line: "Bearer abcdefghijkl" })).toEqual({
      env: { HOME: { $t: "redacted" } },
      line: "Bearer ***",
    });
  });
});

describe("a fold", () => {
  const patches: InspectionRecord[] = [
    ["p", 2, 0, 1, { a: 2, b: 1 }, []],
    ["p", 3, 0, 1, { c: 1 }, ["a"]],
    ["p", 4, 0, 1, { a: 9 }, ["b"]],
  ];

  it("makes a whole context of a whole one and its changes", () => {
    const fold = new Fold();
    for (const it of [["c", 1, 0, 1, { a: 1, z: 1 }], ...patches] as InspectionRecord[]) fold.add(it);
    expect(fold.records()).toEqual([["c", 4, 0, 1, { z: 1, c: 1, a: 9 }]]);
  });

  it("makes one change of several", () => {
    const fold = new Fold();
    for (const it of patches) fold.add(it);
    expect(fold.records()).toEqual([["p", 4, 0, 1, { c: 1, a: 9 }, ["b"]]]);
  });

  it("forgets the oldest of the actors that have ended, and no other", () => {
    const fold = new Fold(1);
    for (const actor of [1, 2, 3]) fold.add(["v", actor, 0, actor, "on"]);
    for (const actor of [2, 3]) fold.add(["s", actor + 10, 0, actor, "stopped", null]);
    expect(fold.records().map(([kind, , , actor]) => [kind, actor])).toEqual([
      ["v", 1],
      ["v", 3],
      ["s", 3],
    ]);
  });
});
