import { isAbsolute, sep } from "node:path";
import { HomeostatError } from "../../core/errors.ts";
import type { RecordingLine } from "../../inspect/protocol.ts";
import { findRun, toTest } from "../../inspect/to-test.ts";
import { readRecording } from "../../node/inspector/recording-file.ts";
import { importModule } from "../load-machines.ts";

const own = "homeostat/machines";

/** Throws `config_invalid`: no such actor, or no module that exports its machine. */
export async function printTest(
  recording: string | undefined,
  { actor, machine: file }: { actor?: string; machine?: string },
  stdout: Pick<NodeJS.WritableStream, "write">,
): Promise<void> {
  if (recording === undefined || actor === undefined) {
    throw invalid(
      "--to-test needs a recording and --actor: homeostat inspect --to-test REC.jsonl --actor NAME",
    );
  }
  const lines: RecordingLine[] = [];
  for await (const parsed of readRecording(recording)) if (parsed.ok) lines.push(parsed.line);
  const found = findRun({ lines, actor });
  if (found.kind !== "found") {
    const why = {
      none: `${recording} has no actor "${actor}"`,
      several: `"${actor}" is the id of several actors: name one by its path`,
      noMachine: `"${actor}" runs no machine`,
    }[found.kind];
    const paths = found.paths.length === 0 ? "none" : found.paths.join(", ");
    throw invalid(`${why}; there are: ${paths}`);
  }
  stdout.write(toTest(found.run, await importOf(found.run.machine, file)));
}

/** The line that imports the machine of this id, as `machine`. */
async function importOf(id: string, file: string | undefined): Promise<string> {
  const module: object =
    file === undefined ? await import("../../../machines/index.ts") : await importModule(file);
  const exported = Object.entries(module).filter(
    ([, value]: [string, unknown]) =>
      typeof value === "object" &&
      value !== null &&
      "getStateNodeById" in value &&
      Reflect.get(value, "id") === id,
  );
  const [name] = exported.at(0) ?? [];
  if (name === undefined) {
    const missing = `${file ?? own} exports no machine with the id "${id}"`;
    throw invalid(`${missing}: name the module that does with --machine FILE`);
  }
  const from = file === undefined ? own : specifierOf(file);
  return `import ${name === "default" ? "machine" : `{ ${name} as machine }`} from ${JSON.stringify(from)};`;
}

/** From the working directory, as the path was given. */
function specifierOf(file: string): string {
  const path = file.split(sep).join("/");
  return isAbsolute(file) || path.startsWith(".") ? path : `./${path}`;
}

function invalid(message: string): HomeostatError {
  return new HomeostatError("config_invalid", message);
}
