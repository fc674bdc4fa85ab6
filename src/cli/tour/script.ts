import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** How a file of `processes` is run: the compiled one from compiled code, its source from sources. */
export function script(name: string, ...args: string[]): { command: string; args: string[] } {
  const extension = extname(fileURLToPath(import.meta.url));
  const path = fileURLToPath(new URL(`./processes/${name}${extension}`, import.meta.url));
  return { command: process.execPath, args: [path, ...args] };
}
