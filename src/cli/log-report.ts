/** How the commands that read logs tell what they find. */
import { HomeostatError } from "../core/errors.ts";
import type { ConformTerminal } from "./conform/source.ts";

/** Takes back the line of progress on a terminal. */
export const eraseLine = "\r\u001B[K";

/** One object a line; progress is for people. */
export function jsonReport({ stdout }: Pick<ConformTerminal, "stdout">): (record: { type: string }) => void {
  return (record) => {
    if (record.type !== "progress") stdout.write(`${JSON.stringify(record)}\n`);
  };
}

/** Says why the input cannot be used; throws what is no refusal. */
export function refuse(
  command: string,
  error: unknown,
  json: boolean,
  { stdout, stderr }: ConformTerminal,
): 2 {
  if (!(error instanceof HomeostatError) || error.code === "internal") throw error;
  const { code, message, details } = error;
  if (json) stdout.write(`${JSON.stringify({ type: "error", code, message, details })}\n`);
  stderr.write(`${stderr.isTTY === true ? eraseLine : ""}homeostat ${command}: ${message}\n`);
  return 2;
}
