import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { childEnvironment, redact, secretsOf } from "../../../src/node/process/environment.ts";
import { StderrTail } from "../../../src/node/process/stderr-tail.ts";

describe("the environment of a server", () => {
  it("has a few variables of the host, its own, and the mark of its run", () => {
    const host = {
      PATH: "/bin",
      HOME: "/somewhere",
      HOST_SECRET: "s",
      HOMEOSTAT_OWNER: "outer",
      TERM: undefined,
    };
    expect(childEnvironment(host, { HOME: "/srv", A: "1" }, "run")).toEqual({
      PATH: "/bin",
      HOME: "/srv",
      A: "1",
      HOMEOSTAT_OWNER: "run",
    });
  });
});

describe("secrets", () => {
  it.each([
    ["API_TOKEN", "abcdef", true],
    ["api_key", "abcdef", true],
    ["DB_PASSWORD", "abcdef", true],
    ["GITHUB_PAT", "abcdef", true],
    ["API_TOKEN", "abcde", false],
    ["PATTERN", "abcdef", false],
    ["LOG_LEVEL", "verbose", false],
  ])("%s=%s is one: %s", (name, value, isSecret) => {
    expect(secretsOf({ [name]: value })).toEqual(isSecret ? [value] : []);
  });

  it("are the passwords within URLs too", () => {
    expect(secretsOf({ DATABASE_URL: "postgres://me:pass%40word@host/db" })).toEqual([
      "pass%40word",
      "pass@word",
    ]);
    expect(secretsOf({ DATABASE_URL: "postgres://me:100%25%zz-percent@host/db" })).toContain(
      "100%25%zz-percent",
    );
  });

  it("are replaced as wholes, the longest first", () => {
    const secrets = secretsOf({ A_KEY: "abcdef", B_KEY: "abcdefgh" });
    expect(redact("see abcdefgh and abcdef", secrets)).toBe("see [redacted] and [redacted]");
  });
});

describe("the tail of stderr", () => {
  it("is the end of what was written, within its limit", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.integer({ min: 1, max: 50 }), (chunks, limit) => {
        const tail = new StderrTail([], limit);
        for (const chunk of chunks) tail.append(Buffer.from(chunk));
        expect(Buffer.from(chunks.join("")).subarray(-limit).toString()).toBe(tail.toString());
      }),
    );
  });

  it("never shows a part of a secret, wherever it was cut", () => {
    const secret = "s3cr3t-of-the-server";
    fc.assert(
      fc.property(fc.nat({ max: 60 }), fc.nat({ max: 60 }), (before, after) => {
        const tail = new StderrTail([secret], 40);
        tail.append(Buffer.from(`${"x".repeat(before)}${secret}${"y".repeat(after)}`));
        expect(tail.toString().replaceAll("[redacted]", "")).toMatch(/^x*y*$/);
      }),
    );
  });

  it("starts with a whole character", () => {
    const tail = new StderrTail([], 5);
    tail.append(Buffer.from("äöü"));
    expect(tail.toString()).toBe("öü");
  });
});
