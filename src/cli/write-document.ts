import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { HomeostatError } from "../core/errors.ts";

/**
 * Writes `text` into `file`, with the folders that it needs.
 *
 * @throws HomeostatError `not_found` when that cannot be, such as for a folder that is a file, or without permission
 */
export function writeDocument(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HomeostatError(
      "not_found",
      `cannot write ${file}: ${reason}; name another folder with --out`,
      { file },
      error,
    );
  }
}
