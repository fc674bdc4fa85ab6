import { describe, expect, it } from "vitest";
import { HomeostatError, toFailure } from "../../src/core/errors.ts";
import { describeExit } from "../../src/core/server.ts";
import { exit } from "../fakes/fake-servers.ts";

describe("toFailure", () => {
  it("keeps the code of our own errors", () => {
    expect(toFailure(new HomeostatError("not_found", "no plugin"))).toEqual({
      code: "not_found",
      message: "no plugin",
    });
  });

  it.each([
    [new Error("boom"), "boom"],
    ["text", "text"],
    [undefined, "undefined"],
  ])("calls anything else internal: %s", (thrown, message) => {
    expect(toFailure(thrown)).toEqual({ code: "internal", message });
  });
});

describe("describeExit", () => {
  it.each([
    [{ signal: "SIGKILL", stderrTail: "listening\n" }, "killed by SIGKILL"],
    [{ signal: "SIGABRT", stderrTail: "Error: heap limit\n" }, "killed by SIGABRT (Error: heap limit)"],
    [
      { signal: null, code: 3, stderrTail: "start\nfatal: missing API_KEY\n" },
      "exited with code 3 (fatal: missing API_KEY)",
    ],
    [{ cause: "stdinClosed" as const }, "closed its stdin"],
    [{ cause: "stdoutClosed" as const }, "closed its stdout"],
    [{ cause: "oversize" as const }, "sent a message over the size limit"],
    [{ cause: "unresponsive" as const }, "missed its probes and was replaced"],
    [{ signal: null, code: null }, "ended"],
  ])("%o", (facts, expected) => {
    expect(describeExit(exit(facts))).toBe(expected);
  });
});
