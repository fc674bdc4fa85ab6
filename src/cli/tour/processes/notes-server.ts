/**
 * An MCP server that keeps notes in a file, one a line.
 *
 * Usage: node notes-server.ts FILE
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { serveTools } from "./serve-tools.ts";

const [file = ""] = process.argv.slice(2);

serveTools("notes", {
  write_note: {
    description: "Adds a note",
    takes: ["text"],
    isReadOnly: false,
    call({ text = "" }) {
      appendFileSync(file, `${text.replaceAll("\n", " ")}\n`);
      return "noted";
    },
  },
  read_notes: {
    description: "Tells all notes",
    takes: [],
    isReadOnly: true,
    call: () => (existsSync(file) ? readFileSync(file, "utf8") : ""),
  },
});
