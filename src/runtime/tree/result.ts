import type { ChildSpec, TreePolicy } from "../../core/child-spec.ts";
import { childExit, type ChildExit } from "./exit.ts";

/** How a tree ends, as its actor's snapshot has it. */
export type TreeResult =
  | { readonly status: "done"; readonly output: ChildExit; readonly error: undefined }
  | { readonly status: "error"; readonly output: undefined; readonly error: unknown };

/** `created`: its actor has not been started. */
export type TreePhase = "created" | "starting" | "running" | "stopping" | "stopped";

/** What a tree runs by; all of it is checked. */
export interface TreeDefinition {
  readonly policy: TreePolicy;
  readonly children: readonly ChildSpec[];
  readonly template: ChildSpec | null;
}

export const done = (reason: ChildExit["reason"], info: unknown): TreeResult => ({
  status: "done",
  output: childExit(reason, info),
  error: undefined,
});
