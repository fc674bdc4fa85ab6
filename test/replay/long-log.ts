import { createActor, fromTransition } from "xstate";
import { supervisorMachine } from "../../machines/supervisor.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { Recorder } from "../../src/runtime/recorder.ts";
import { VirtualClock } from "../../src/runtime/virtual-clock.ts";
import { isDecision } from "../../src/replay/facts.ts";

const noProcess = fromTransition((state: null) => state, null);

/** The log of a supervisor whose 20 servers crash, one after the other, until it has decided `atLeast` times. */
export function longLog(atLeast: number): { text: string; decisions: number; records: number } {
  const clock = new VirtualClock({ now: 0, wallNow: 1_700_000_000_000 });
  const counted = { decisions: 0, records: 0 };
  const lines: string[] = [];
  const recorder = new Recorder({ ...systemClock, now: () => clock.now(), wallNow: () => clock.wallNow() }, [
    (record) => {
      counted.records += 1;
      if (isDecision(record)) counted.decisions += 1;
      lines.push(JSON.stringify(record));
    },
  ]);
  const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
  const plugins = names.map((name) => ({ name, spec: { servers: {} } }));
  const actor = createActor(supervisorMachine.provide({ actors: { pluginLifecycle: noProcess as never } }), {
    input: { plugins, recipes: {} },
    clock,
  });
  actor.on("*", (told) => recorder.record(told));
  actor.start();
  actor.send({ type: "supervisor.start", at: clock.now() });
  const exit = { cause: "exited", code: 1, signal: null, stderrTail: "", garbageLines: 0 } as const;
  for (let crash = 1; counted.decisions < atLeast; crash++) {
    const name = names[crash % names.length] ?? "";
    const facts = { plugin: name, server: name, incarnation: crash, role: "active" as const };
    const at = { monotonicMs: clock.now() };
    actor.send({ type: "server.starting", ...facts, ...at });
    actor.send({ type: "server.started", ...facts, pid: null, tools: 0, startMs: 0, ...at });
    // Now and then one proves itself, and is started again as often as before.
    clock.advance(crash % 7 === 0 ? 70_000 : 5_000);
    const exited = {
      exit,
      uptimeMs: clock.now() - at.monotonicMs,
      unexpected: true,
      monotonicMs: clock.now(),
    };
    actor.send({ type: "server.exited", ...facts, ...exited });
  }
  actor.stop();
  return { text: `${lines.join("\n")}\n`, ...counted };
}
