/**
 * Writes the JSON Schema of `stately.config.json` to `dist`, from the zod schemas in `src/core`. Descriptions are the
 * docstrings of the keys in the source: they are written once.
 *
 * Usage: node scripts/emit-schema.ts [FILE]
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import * as config from "../src/core/config.ts";
import * as crashBudget from "../src/core/crash-budget.ts";
import * as server from "../src/core/server.ts";

const sources = [
  { file: "src/core/config.ts", exported: config },
  { file: "src/core/crash-budget.ts", exported: crashBudget },
  { file: "src/core/server.ts", exported: server },
] as const;
const output = process.argv[2] ?? fromRoot("dist/stately.config.schema.json");

const described = new Map<unknown, Map<string, string>>();
for (const { file, exported } of sources) {
  const text = readFileSync(fromRoot(file), "utf8");
  for (const [name, value] of Object.entries(exported)) {
    if (value instanceof z.ZodObject) described.set(value, docstrings(text, name));
  }
}

const schema = z.toJSONSchema(config.HomeostatConfig, {
  io: "input",
  override({ zodSchema, jsonSchema }) {
    for (const [key, description] of described.get(zodSchema) ?? []) {
      const property = jsonSchema.properties?.[key];
      if (typeof property === "object") property.description = description;
    }
  },
});
mkdirSync(dirname(output), { recursive: true });
writeFileSync(
  output,
  `${JSON.stringify({ title: "stately.config.json of homeostat", ...schema }, null, 2)}\n`,
);

/** The docstrings of the keys of the object schema `name` in `text`, without their markup. */
function docstrings(text: string, name: string): Map<string, string> {
  const body =
    new RegExp(`export const ${name} = z\\.strictObject\\(\\{([^]*?)^\\}\\)`, "m").exec(text)?.[1] ?? "";
  const found = body.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s*([\w$]+):/g);
  return new Map([...found].map(([, comment = "", key = ""]) => [key, plain(comment)]));
}

function plain(comment: string): string {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trim());
  return lines.join(" ").replaceAll("`", "").replace(/@see /g, "See ").trim();
}

function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}
