/**
 * An MCP server that ends in its first handshake and serves from the second one on.
 *
 * Usage: node late-server.ts FILE (it is there after the first handshake)
 */
import { existsSync, writeFileSync, writeSync } from "node:fs";
import { serveTools } from "./serve-tools.ts";

const [file = ""] = process.argv.slice(2);

if (existsSync(file)) {
  const greet = { description: "Greets", takes: [], isReadOnly: true, call: () => "here I am" };
  serveTools("late", { greet });
} else {
  process.stdin.once("data", () => {
    writeFileSync(file, "");
    writeSync(2, "not ready for a first handshake\n");
    process.exit(7);
  });
}
