import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { root } from "../support/command.ts";

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly exclusiveMinimum?: number;
  readonly default?: unknown;
}

function emit(): Schema {
  const folder = mkdtempSync(join(tmpdir(), "homeostat-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "schema.json");
  execFileSync(process.execPath, [join(root, "scripts/emit-schema.ts"), file]);
  return JSON.parse(readFileSync(file, "utf8")) as Schema;
}

it("the emitted JSON Schema knows the keys, their defaults, and what the docstrings say of them", () => {
  const schema = emit();
  expect(schema.additionalProperties).toBe(false);
  expect(Object.keys(schema.properties ?? {})).toEqual([
    "$schema",
    "plugins",
    "mcpServers",
    "crashBudget",
    "spawnBudget",
    "startSlots",
    "stopDeadlineMs",
  ]);
  expect(schema.properties?.["mcpServers"]).toMatchObject({
    description: "The block that MCP hosts share: each entry is a plugin with one server of the same name.",
    additionalProperties: {
      required: ["command"],
      additionalProperties: false,
      properties: {
        command: { description: "A program: a path, or a name looked up in PATH." },
        probe: {
          additionalProperties: false,
          properties: {
            everyMs: {
              default: 15_000,
              exclusiveMinimum: 0,
              description: "Between probes of an idle server.",
            },
          },
        },
      },
    },
  });
  expect(schema.properties?.["crashBudget"]?.properties?.["retries"]).toMatchObject({
    default: 1,
    description: expect.stringContaining("Retries per window. See running-process 4.5.5"),
  });
});
