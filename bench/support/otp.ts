/** Erlang/OTP's own supervisor as a yardstick, where Erlang is installed. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("./storm.erl", import.meta.url));

export interface OtpYardstick {
  /** Milliseconds from the moment at which `count` children crash until each is up again. */
  stormMs(count: number): number;
  remove(): void;
}

/** `null`: Erlang is not installed (`apt-get install erlang-base`). */
export function otpYardstick(): OtpYardstick | null {
  const directory = mkdtempSync(join(tmpdir(), "homeostat-otp-"));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    execFileSync("erlc", ["-o", directory, source]);
  } catch (error) {
    remove();
    if ((error as { code?: unknown }).code === "ENOENT") return null;
    throw error;
  }
  return {
    stormMs(count) {
      const run = `storm:main(${count}), halt().`;
      const us = Number(
        execFileSync("erl", ["-noshell", "-pa", directory, "-eval", run], { encoding: "utf8" }),
      );
      if (!(us > 0)) throw new Error("the storm of OTP gave no time");
      return us / 1_000;
    },
    remove,
  };
}
