/**
 * A worker that counts, with a pause, a line in a file and a checkpoint for each step.
 *
 * Usage: node counting-worker.ts STEPS PAUSE-MS FILE
 */
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { runWorker, type WorkContext } from "../../../node/worker/child.ts";
import { type Count, counting } from "../counting.ts";

const [steps = "", pauseMs = "", file = ""] = process.argv.slice(2);

runWorker(counting, count);

async function count(context: WorkContext<Count>): Promise<number> {
  while (context.state.count < Number(steps)) {
    const step = context.state.count + 1;
    await context.act(`step-${step}`, null, async () => {
      await pause(Number(pauseMs));
      context.assertHeld();
      appendFileSync(file, `${step} ${context.workerId}\n`);
      return null;
    });
    context.snapshot();
    context.progress({ step });
  }
  return context.state.count;
}
