/** One machine, named on a command line. */
import { HomeostatError } from "../../core/errors.ts";
import { type Loaded, loadMachines } from "./load.ts";

/** `FILE`, or `FILE#EXPORT` where it exports several. Throws a {@link HomeostatError} that lists what there is. */
export async function loadOne(name: string): Promise<Loaded> {
  const [, file = name, wanted] = /^(.+)#([^#/]+)$/.exec(name) ?? [];
  const all = await loadMachines(file);
  const machines = all.filter(({ machine }, at) => all.findIndex((it) => it.machine === machine) === at);
  const names = all.map((it) => it.name).join(", ");
  if (machines.length === 0) {
    throw new HomeostatError("not_found", `${file} exports no machine: export what createMachine gave`);
  }
  if (wanted === undefined) {
    const [only] = machines;
    if (machines.length === 1 && only !== undefined) return only;
    throw new HomeostatError(
      "not_found",
      `${file} exports several machines; say which: ${file}#EXPORT, of ${names}`,
    );
  }
  const found = all.find((it) => it.name === wanted);
  if (found !== undefined) return found;
  throw new HomeostatError("not_found", `${file} exports no machine "${wanted}", but ${names}`);
}
