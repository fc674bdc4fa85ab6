import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { listenForStop } from "../../../src/cli/run/signals.ts";

/** What was called back after signals at `instants`. */
function listen(...instants: readonly [signal: string, at: number][]): string[] {
  const source = new EventEmitter();
  const heard: string[] = [];
  let now = 0;
  const requests = { onFirst: () => heard.push("first"), onSecond: () => heard.push("second") };
  const end = listenForStop(requests, source, () => now);
  for (const [signal, at] of instants) {
    now = at;
    source.emit(signal);
  }
  end();
  expect(source.eventNames()).toEqual([]);
  return heard;
}

it("tells the first request to stop from the second, whichever signals they are", () => {
  expect(listen(["SIGTERM", 0], ["SIGINT", 2_000])).toEqual(["first", "second"]);
  expect(listen(["SIGHUP", 0])).toEqual(["first"]);
});

it("takes a Ctrl-C that npm passes on for the one that the terminal sent", () => {
  expect(listen(["SIGINT", 1_000], ["SIGINT", 1_249])).toEqual(["first"]);
  expect(listen(["SIGINT", 1_000], ["SIGINT", 1_249], ["SIGINT", 1_250])).toEqual(["first", "second"]);
});
