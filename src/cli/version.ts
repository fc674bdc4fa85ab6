import { existsSync, readFileSync } from "node:fs";
import * as z from "zod";

const Package = z.object({ name: z.literal("homeostat"), version: z.string() });

/** The version in the package's own `package.json`, which is further up from `dist` than from the sources. */
export function readVersion(): string {
  for (const up of ["../../", "../../../"]) {
    const file = new URL(`${up}package.json`, import.meta.url);
    if (existsSync(file)) return Package.parse(JSON.parse(readFileSync(file, "utf8"))).version;
  }
  return "unknown";
}
