/**
 * What the page is posted: only what is seen.
 *
 * @module
 */
import type { Definition } from "../../inspect/protocol.ts";
import type {
  BudgetDomainRecord,
  EscalationDomainRecord,
  LeaseDomainRecord,
  MigrationDomainRecord,
  PluginDomainRecord,
  RecoveryDomainRecord,
} from "../../inspect/protocol/domain.ts";
import type { Encoded } from "../../inspect/protocol/encoded.ts";
import type { StateValue } from "../../inspect/protocol/record.ts";
import type { RowKind, Tone } from "./rows.ts";

/** How an actor does: good, to be looked at, bad, on the move, ended. */
export type Health = "ok" | "warn" | "error" | "info" | "ended";

export interface TreeRow {
  readonly key: string;
  readonly name: string;
  readonly depth: number;
  /** From 1, among its siblings. */
  readonly position: number;
  readonly siblings: number;
  readonly isExpandable: boolean;
  readonly isExpanded: boolean;
  readonly state: string;
  readonly health: Health;
  readonly budget: { readonly left: number; readonly of: number } | null;
  /** Events a second; `null` when the past is shown. */
  readonly rate: number | null;
}
export interface TreeSlice {
  readonly total: number;
  readonly actors: number;
  readonly start: number;
  readonly rows: readonly TreeRow[];
  /** Where the selected actor is; -1 if it is not in the list. */
  readonly selectedIndex: number;
  readonly problem: string | null;
}

export interface LogRow {
  readonly pos: number;
  readonly at: number;
  readonly kind: RowKind;
  readonly tone: Tone;
  readonly actor: string;
  readonly actorKey: string | null;
  readonly from: string;
  readonly name: string;
  readonly detail: string;
}
export interface LogSlice {
  readonly total: number;
  readonly kept: number;
  readonly start: number;
  readonly rows: readonly LogRow[];
  /** Where the moment that is shown is in the list; the last row when it is now. */
  readonly playhead: number;
  readonly problem: string | null;
}

export interface StatusSlice {
  readonly connection: "connecting" | "live" | "lost" | "file" | "refused" | "idle";
  readonly message: string | null;
  readonly sources: readonly {
    readonly id: string;
    readonly app: string;
    readonly ended: string | null;
    readonly via: string;
    readonly accepts: readonly string[];
  }[];
  readonly rate: number;
  readonly received: number;
  readonly missing: number;
  readonly refused: number;
  readonly dropped: number;
  readonly lastProblem: string | null;
  readonly allowSend: boolean;
  readonly openEscalations: number;
  readonly firstPos: number;
  readonly lastPos: number;
  /** The instant of the moment that is shown; `null` when it is now. */
  readonly shownAt: number | null;
  /** Source and number of the moment that is shown, for links. */
  readonly shownSeq: number | null;
  readonly newestAt: number;
}

export interface StripSlice {
  readonly startAt: number;
  readonly widthMs: number;
  readonly counts: readonly number[];
  readonly errors: readonly number[];
  /** The bucket of the moment that is shown, with its part; `null` when it is now. */
  readonly playhead: number | null;
}

export interface ActorSlice {
  readonly key: string;
  readonly source: string;
  readonly name: string;
  readonly path: string;
  readonly session: string;
  readonly src: string | null;
  readonly logic: string;
  readonly machine: string | null;
  readonly machineVersion: string | null;
  readonly def: string | null;
  readonly createdAt: number;
  readonly status: "active" | "done" | "error" | "stopped";
  readonly statusData: Encoded;
  readonly value: StateValue | null;
  readonly state: string;
  readonly health: Health;
  /** Ids of active states with the instant at which each was entered. */
  readonly active: readonly { readonly id: string; readonly since: number }[];
  /** Ids of the transitions of the last macrostep. */
  readonly taken: readonly string[];
  readonly takenPos: number;
  readonly context: Encoded;
  readonly contextPos: number | null;
  /** What it is compared with. */
  readonly before: Encoded;
  readonly beforePos: number | null;
  readonly exactTransitions: boolean;
  readonly timeOrigin: number;
}

export interface SequenceItem {
  readonly pos: number;
  readonly at: number;
  readonly from: string | null;
  readonly to: string;
  readonly label: string;
  readonly kind: "event" | "spawn" | "end" | "state";
  readonly tone: Tone;
}
export interface SequenceSlice {
  readonly total: number;
  readonly start: number;
  readonly lanes: readonly { readonly key: string; readonly name: string }[];
  readonly items: readonly SequenceItem[];
}

export interface TimelineBar {
  /** Parts of the width, 0 to 1. */
  readonly x: number;
  readonly width: number;
  readonly state: string;
  readonly health: Health;
  readonly from: number;
  /** `null`: it still holds. */
  readonly to: number | null;
  readonly pos: number;
}
export interface TimelineSlice {
  readonly total: number;
  readonly start: number;
  readonly range: readonly [from: number, to: number];
  readonly rows: readonly {
    readonly key: string;
    readonly name: string;
    readonly depth: number;
    readonly bars: readonly TimelineBar[];
  }[];
  /** Stretches in which nothing changed, shortened. */
  readonly gaps: readonly { readonly x: number; readonly width: number; readonly ms: number }[];
  readonly ticks: readonly { readonly x: number; readonly at: number }[];
  readonly playhead: number | null;
}

export interface CoverageCounts {
  readonly states: { readonly [id: string]: number };
  readonly transitions: { readonly [id: string]: number };
  readonly paths: { readonly [id: string]: readonly string[] };
}
export interface CoverageSlice {
  readonly def: string;
  readonly machine: string;
  readonly live: CoverageCounts;
  /** `null`: no file was loaded, and no source told. */
  readonly tests: CoverageCounts | null;
}

type WithSource<T> = T & { readonly source: string };
export interface SupervisionSlice {
  readonly budgets: readonly WithSource<BudgetDomainRecord & { readonly retryWallAt: number | null }>[];
  readonly leases: readonly WithSource<LeaseDomainRecord>[];
  readonly migrations: readonly WithSource<MigrationDomainRecord>[];
  readonly plugins: readonly WithSource<PluginDomainRecord>[];
  readonly recoveries: readonly WithSource<RecoveryDomainRecord>[];
  readonly escalations: readonly WithSource<
    EscalationDomainRecord & { readonly pos: number; readonly actorKey: string | null }
  >[];
}

export type MachineSlice = Definition;

/** Slices that have changed since the last frame. */
export interface Slices {
  readonly status: StatusSlice;
  readonly strip: StripSlice;
  readonly tree: TreeSlice;
  readonly log: LogSlice;
  readonly actor: ActorSlice | null;
  readonly machine: MachineSlice | null;
  readonly sequence: SequenceSlice;
  readonly timeline: TimelineSlice;
  readonly coverage: CoverageSlice | null;
  readonly supervision: SupervisionSlice;
}
export type Frame = Partial<Slices>;
