import { createLogUpdate } from "log-update";
import pc from "picocolors";
import type { SupervisionRecord } from "../../../core/records.ts";
import { Narrator } from "../narrator.ts";
import type { Output } from "../output.ts";
import { describeSummary } from "../summary.ts";
import type { RunFacts, Terminal } from "../terminal.ts";
import { renderView } from "../view.ts";

/** Records come in bursts; more frames than this a second nobody can read. */
const frameMs = 50;
const tickMs = 1_000;
/** Notices that stay in view. */
const notesKept = 3;

/** A view that is drawn again after records and each second. */
export function liveOutput({ stdout, env }: Terminal, { health, retries, forMs }: RunFacts): Output {
  const narrator = new Narrator();
  // A hidden cursor would stay hidden when we are killed.
  const update = createLogUpdate(stdout, { showCursor: true });
  const colors = pc.createColors((env["NO_COLOR"] ?? "") === "");
  const startedAt = performance.now();
  let notes: readonly string[] = [];
  let progress: string | null = null;
  let frame: NodeJS.Timeout | null = null;
  const tick = setInterval(draw, tickMs);
  stdout.on("resize", draw);
  return {
    record(record) {
      const line = narrator.tell(record);
      // Agents and attempts have no row of their own.
      if (line !== null && hasNoRow(record)) note(`${line.subject}: ${line.text}`);
      schedule();
    },
    notice(text) {
      note(text);
      schedule();
    },
    progress(text) {
      progress = text;
      schedule();
    },
    // The view says it by itself.
    stopping: schedule,
    end(summary) {
      draw();
      leave();
      stdout.write(`\n${describeSummary(summary).join("\n")}\n`);
    },
    abandon: leave,
  };

  function note(text: string): void {
    notes = [...notes, text].slice(-notesKept);
  }

  function schedule(): void {
    frame ??= setTimeout(draw, frameMs);
  }

  function draw(): void {
    if (frame !== null) clearTimeout(frame);
    frame = null;
    const model = {
      health: health(),
      lastLines: narrator.lastLines,
      retries,
      elapsedMs: performance.now() - startedAt,
      forMs,
      notes: progress === null ? notes : [...notes, progress],
    };
    update(renderView(model, { width: stdout.columns || 80, height: stdout.rows || 24, colors }).join("\n"));
  }

  function leave(): void {
    clearInterval(tick);
    if (frame !== null) clearTimeout(frame);
    stdout.off("resize", draw);
    update.done();
  }
}

const hasNoRow = ({ type }: SupervisionRecord): boolean =>
  type === "migration.reported" || type === "lease.reported" || type === "dispatch.refused";
