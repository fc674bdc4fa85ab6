import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type OwnedProcess, startProcess } from "../../../src/node/process/owned-process.ts";
import { isAlive, readStat } from "../../../src/node/process/proc.ts";
import { temporaryFolder } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

it("P6: delivers the last message even if the end is seen before it", async () => {
  // The ends of all children are seen together, at the end of a turn of the event loop. So a process that ends during a
  // turn is seen to end in it, while its last output waits for the next one.
  const messages: unknown[] = [];
  const early = await start("read line");
  const last = await start(`read line; echo '{"jsonrpc":"2.0","id":"last"}'`, (it) => messages.push(it));
  const trigger = await start(`read line; echo '{"jsonrpc":"2.0","id":"trigger"}'`, () => {
    void last.send("\n");
    waitForEnd(last);
  });
  void Promise.all([early.send("\n"), trigger.send("\n")]);
  waitForEnd(early);
  waitForEnd(trigger);
  await last.exited.then(() => expect(messages).toEqual([{ jsonrpc: "2.0", id: "last" }]));
});

it("P3: is not blamed for a closed pipe when it ends by itself, however late that is seen", async () => {
  const owned = await start("read line; exec >&-; read line; exit 6");
  await owned.send("\n");
  await until("stdout is closed", () => !existsSync(`/proc/${owned.pid}/fd/1`));
  // The host sees that, and then stands still for longer than it waits for the end.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  void owned.send("\n");
  const standsStillUntil = performance.now() + 100;
  waitForEnd(owned);
  while (performance.now() < standsStillUntil);
  expect(await owned.exited).toMatchObject({ cause: "exited", code: 6 });
});

it("P1: leads a group of its own", async () => {
  const { pid } = await start("read line");
  expect(readStat(pid)?.pgid).toBe(pid);
});

it("P5: takes the rest of its group along when it ends by itself", async () => {
  const rests: number[] = [];
  const leader = await start(
    `sleep 600 & echo "{\\"jsonrpc\\":\\"2.0\\",\\"pid\\":$!}"; read line; exit 4`,
    (it) => typeof it["pid"] === "number" && rests.push(it["pid"]),
  );
  await leader.send("\n");
  expect(await leader.exited).toMatchObject({ cause: "exited", code: 4 });
  expect(await leader.gone()).toBe(true);
  expect(rests.map(isAlive)).toEqual([false]);
});

it("P5: lets the rest of its group end in good order when it is closed", async () => {
  const sign = join(temporaryFolder(), "tidy");
  const ready: unknown[] = [];
  const tidyUp = `setTimeout(() => (require("fs").writeFileSync("${sign}", ""), process.exit()), 200)`;
  const rest = `process.on("SIGTERM", () => ${tidyUp}); setInterval(() => {}, 1e6); console.log('{"jsonrpc":"2.0"}')`;
  const leader = await start(
    `"${process.execPath}" -e "$REST" & read line; sleep 600`,
    (it) => ready.push(it),
    { REST: rest },
  );
  await until("the rest is ready", () => ready.length === 1);
  await leader.send("\n");
  expect(await leader.close({ eofMs: 50, termMs: 5_000 })).toMatchObject({ signal: "SIGTERM" });
  expect(existsSync(sign)).toBe(true);
});

async function start(
  script: string,
  onMessage: (message: Readonly<Record<string, unknown>>) => void = () => {},
  env: Readonly<Record<string, string>> = {},
): Promise<OwnedProcess> {
  const owned = await startProcess({
    command: "sh",
    args: ["-c", script],
    cwd: null,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    secrets: [],
    maxMessageBytes: 1_000,
    onMessage,
  });
  onTestFinished(async () => {
    owned.kill("requested");
    await owned.gone();
  });
  return owned;
}

/** Blocks the event loop until the process is a zombie: ended, but not yet seen to be. */
function waitForEnd({ pid }: OwnedProcess): void {
  const giveUpAt = performance.now() + 5_000;
  while (readStat(pid)?.state !== "Z") {
    if (performance.now() > giveUpAt) throw new Error(`process ${pid} does not end`);
  }
}
