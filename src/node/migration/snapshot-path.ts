import { HomeostatError } from "../../core/errors.ts";
import type { Snapshot } from "../../core/migration.ts";

/** Where the bytes are. @throws {HomeostatError} `invalid_snapshot` */
export function pathOf({ state, agent }: Snapshot): string {
  if (state.kind === "path") return state.path;
  const message = `the snapshot of agent "${agent}" holds its bytes itself; expected the path of a file: capture it again`;
  throw new HomeostatError("invalid_snapshot", message, { agent });
}
