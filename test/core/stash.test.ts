import { describe, expect, it } from "vitest";
import { admit, type Down, WhileDown } from "../../src/core/stash.ts";

const coming = (at: number | null): Down => ({ kind: "coming", because: "restarting", at });
const gone: Down = { kind: "gone", because: "quarantined" };
const stash = WhileDown.parse({ kind: "stash", capacity: 2 });

describe("a message for a child that is down", () => {
  it.each([
    [0, { kind: "stash", retryAfterMs: 250 }],
    [1, { kind: "stash", retryAfterMs: 250 }],
    [2, { kind: "refuse", reason: "stash_full", retryAfterMs: 250 }],
  ])("waits while fewer than the capacity do: %i of 2", (stashed, expected) => {
    expect(admit({ availability: coming(1_250), stashed, at: 1_000 }, stash)).toEqual(expected);
  });

  it("waits for the verdict of the one that a half-open child is tried with", () => {
    const availability: Down = { kind: "coming", because: "half_open", at: null };
    expect(admit({ availability, stashed: 0, at: 0 }, stash)).toEqual({ kind: "stash", retryAfterMs: null });
  });

  it("does not wait for a child that only a person brings back", () => {
    expect(admit({ availability: gone, stashed: 0, at: 0 }, stash)).toEqual({
      kind: "refuse",
      reason: "quarantined",
      retryAfterMs: null,
    });
  });

  it.each([
    [{ kind: "reject" }, { kind: "refuse", reason: "restarting", retryAfterMs: 0 }],
    [
      { kind: "reply", reply: "later" },
      { kind: "reply", reply: "later" },
    ],
  ] as const)("is answered at once: %o", (policy, expected) => {
    // An instant that is past already is no negative wait.
    expect(admit({ availability: coming(5), stashed: 0, at: 9 }, policy)).toEqual(expected);
  });
});

it("a stash holds 100 messages, without grace and without trial", () => {
  expect(WhileDown.parse({ kind: "stash" })).toEqual({
    kind: "stash",
    capacity: 100,
    graceMs: null,
    trial: false,
  });
});
