import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

/** A folder for modules of one suite: inside the package, so that they find xstate as a user's would. */
export function moduleFiles(name: string) {
  const directory = mkdtempSync(fileURLToPath(new URL(`../../node_modules/.${name}-`, import.meta.url)));
  afterAll(() => rmSync(directory, { recursive: true }));
  const file = (path: string, text: string): string => {
    const full = join(directory, path);
    writeFileSync(full, text);
    return full;
  };
  return { directory, file };
}
