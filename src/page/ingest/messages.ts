/** Between the page and its worker. */
import type { SourceMessage } from "../../inspect/protocol.ts";
import type { Answer, Command } from "../../inspect/protocol/command.ts";
import type { Frame } from "./slices.ts";
import type { View } from "./view.ts";

export type ToWorker =
  | { readonly type: "connect"; readonly url: string }
  | { readonly type: "view"; readonly view: Partial<View> }
  | { readonly type: "drawn" }
  | { readonly type: "inject"; readonly message: SourceMessage }
  | { readonly type: "ask"; readonly id: number; readonly request: Request };

export type Request =
  | { readonly kind: "command"; readonly source: string; readonly command: Command }
  | { readonly kind: "step"; readonly step: 1 | -1; readonly of: "log" | "actor" }
  | { readonly kind: "placeAt"; readonly at: number }
  | { readonly kind: "find"; readonly app: string; readonly path: string | null; readonly seq: number | null }
  | { readonly kind: "search"; readonly text: string }
  | { readonly kind: "open"; readonly text: string }
  | { readonly kind: "openCoverage"; readonly text: string }
  | { readonly kind: "recording"; readonly from: number }
  | { readonly kind: "row"; readonly pos: number };

export interface Responses {
  command: Answer;
  step: number | null;
  placeAt: number;
  /** What a link names. */
  find: { readonly key: string | null; readonly pos: number | null };
  search: readonly { readonly key: string; readonly path: string; readonly state: string }[];
  open: readonly string[];
  openCoverage: string | null;
  recording: string;
  /** The record itself, as JSON. */
  row: string | null;
}

export type FromWorker =
  | { readonly type: "frame"; readonly frame: Frame }
  | { readonly type: "response"; readonly id: number; readonly response: unknown };
