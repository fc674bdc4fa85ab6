/**
 * The three ways to show a run: a live view, plain lines, JSON lines.
 *
 * @module
 */
import type { SupervisionRecord } from "../../core/records.ts";
import { liveOutput } from "./output/live.ts";
import { Narrator } from "./narrator.ts";
import { describeSummary, type Summary } from "./summary.ts";
import type { RunFacts, Terminal } from "./terminal.ts";
import { stoppingText } from "./view.ts";

export interface Output {
  record(record: SupervisionRecord): void;
  /** Something about the run that no record says. */
  notice(text: string): void;
  /** Where the kills stand; each call replaces what the last one said. */
  progress(text: string): void;
  /** Somebody asked the run to end. */
  stopping(): void;
  end(summary: Summary): void;
  /** Leaves the terminal as it was; nothing is shown any more. */
  abandon(): void;
}

/** Whether `terminal` can be drawn on. */
export function isLive({ stdout, env }: Terminal): boolean {
  return stdout.isTTY && env["TERM"] !== "dumb";
}

export function chooseOutput(terminal: Terminal, json: boolean, facts: RunFacts): Output {
  if (json) return jsonOutput(terminal);
  return isLive(terminal) ? liveOutput(terminal, facts) : plainOutput(terminal);
}

function jsonOutput({ stdout, stderr }: Terminal): Output {
  const print = (value: object): void => void stdout.write(`${JSON.stringify(value)}\n`);
  const notice = (text: string): void => void stderr.write(`homeostat: ${text}\n`);
  return {
    record: print,
    notice,
    progress: () => {},
    stopping: () => notice(stoppingText),
    end: print,
    abandon: () => {},
  };
}

function plainOutput({ stdout }: Terminal): Output {
  const narrator = new Narrator();
  const print = (at: number, subject: string, text: string): void =>
    void stdout.write(`${clockTime(at)} ${subject}: ${text}\n`);
  return {
    record(record) {
      const line = narrator.tell(record);
      if (line !== null) print(line.at, line.subject, line.text);
    },
    notice: (text) => print(Date.now(), "homeostat", text),
    progress: () => {},
    stopping: () => print(Date.now(), "homeostat", stoppingText),
    end: (summary) => void stdout.write(`\n${describeSummary(summary).join("\n")}\n`),
    abandon: () => {},
  };
}

/** `17:04:59`, local time. */
function clockTime(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}
