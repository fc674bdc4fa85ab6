import type { RowKind } from "./rows.ts";

/** Which part of everything is shown. */
export interface View {
  /** The place of the moment that is shown; `null`: now. */
  readonly at: number | null;
  /** The moment to compare with; `null`: the one before. */
  readonly pin: number | null;
  /** Key of the actor. */
  readonly selected: string | null;
  readonly tree: {
    readonly start: number;
    readonly rows: number;
    readonly filter: string;
    readonly collapsed: readonly string[];
  };
  readonly log: {
    /** `null`: the newest. */
    readonly start: number | null;
    readonly rows: number;
    readonly query: string;
    readonly hidden: readonly RowKind[];
  };
  /** Which of the centre's pictures are seen. */
  readonly shown: readonly ("sequence" | "timeline" | "coverage")[];
  readonly sequence: {
    readonly start: number | null;
    readonly rows: number;
    readonly scope: "actor" | "all";
  };
  readonly timeline: {
    readonly start: number;
    readonly rows: number;
    /** Instants; `null`: everything. */
    readonly range: readonly [from: number, to: number] | null;
    readonly squash: boolean;
  };
}
