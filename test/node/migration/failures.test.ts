import { describe, expect, it } from "vitest";
import { ErrorCode, HomeostatError } from "../../../src/core/errors.ts";
import { MigrationErrorType } from "../../../src/core/migration.ts";
import { errorTypeOf, hostError, toPortFailure } from "../../../src/node/migration/failures.ts";

describe("an error of the operating system", () => {
  it.each([
    ["ENOSPC", "resource_exhausted", "InsufficientResources"],
    ["EMFILE", "resource_exhausted", "InsufficientResources"],
    ["EBUSY", "host_busy", "NetworkTransient"],
    ["ECONNRESET", "host_busy", "NetworkTransient"],
    ["ENOENT", "host_unreachable", "TargetUnreachable"],
    ["EACCES", "host_unreachable", "TargetUnreachable"],
    ["ESTALE", "host_unreachable", "TargetUnreachable"],
  ])("%s is %s, and %s at a target", (errno, code, errorType) => {
    const thrown = Object.assign(new Error(`${errno}: no luck`), { code: errno });
    const error = hostError(thrown, "b", "copied");
    expect(error).toMatchObject({ code, details: { host: "b", errno }, cause: thrown });
    expect(error.message).toMatch(/^host "b" failed while it copied: .*no luck; \w/);
    expect(toPortFailure(error, "b")).toEqual({ outcome: "failed", errorType, message: error.message });
  });

  it("at the source never excludes the target", () => {
    const error = hostError(Object.assign(new Error("full"), { code: "ENOSPC" }), "a", "copied");
    expect(toPortFailure(error, "b").errorType).toBe("NetworkPermanent");
    expect(toPortFailure(error, null).errorType).toBe("NetworkPermanent");
  });
});

it("an abort is a time-out", () => {
  const error = hostError(AbortSignal.abort().reason, "b", "copied");
  expect(error.code).toBe("aborted");
  expect(toPortFailure(error, "b").errorType).toBe("Timeout");
});

it("an error that says what it is keeps its code, its words and its host", () => {
  const known = new HomeostatError("state_corrupt", "flipped", { host: "a" });
  expect(hostError(known, "b", "copied")).toMatchObject({
    code: "state_corrupt",
    message: "flipped",
    details: { host: "a" },
  });
});

it("what is no error of the system is a bug", () => {
  expect(hostError("odd", "b", "copied").code).toBe("internal");
  expect(toPortFailure(new TypeError("odd"), "b").errorType).toBe("Unknown");
});

it("every one of the eight types is given to some code", () => {
  const given = new Set(ErrorCode.options.map(errorTypeOf));
  expect([...given].toSorted()).toEqual(MigrationErrorType.options.toSorted());
});
