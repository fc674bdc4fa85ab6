/**
 * Between what arrives and what is shown: a frame of slices is posted at most each 33 ms, only what has changed, and the
 * next one only after the page has said that it drew the last.
 *
 * @module
 */
import type { Status, ToViewer, Welcome } from "../../inspect/protocol.ts";
import { actorSlice } from "./card.ts";
import { type CoverageFile, coverageSlice, readCoverage } from "./coverage.ts";
import { initialView } from "./initial-view.ts";
import { LogView } from "./log.ts";
import { readRecording, recordingOf } from "./recording.ts";
import { sequenceSlice } from "./sequence.ts";
import type { Frame, Slices, StatusSlice, StripSlice } from "./slices.ts";
import type { View } from "./view.ts";
import { supervisionSlice } from "./supervision.ts";
import { System } from "./system.ts";
import { timelineSlice } from "./timeline.ts";
import { TreeView } from "./tree.ts";

export interface SessionOptions {
  readonly now: () => number;
  readonly post: (frame: Frame) => void;
  /** Rows that are kept. */
  readonly cap?: number;
}

export class Session {
  readonly system: System;
  view: View = initialView;
  #options: SessionOptions;
  #connection: StatusSlice["connection"] = "idle";
  #message: string | null = null;
  #welcome: Welcome | null = null;
  #status: Status | null = null;
  #coverage: CoverageFile = new Map();
  #isReady = true;
  #isDirty = true;
  #last = new Map<keyof Slices, string>();
  #rate = { second: 0, now: 0, before: 0 };
  #timeline: { readonly at: number; readonly view: View; readonly slice: Slices["timeline"] } | null = null;
  readonly #tree = new TreeView();
  readonly #log = new LogView();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.system = new System(options);
  }

  connected(connection: StatusSlice["connection"], message: string | null = null): void {
    this.#connection = connection;
    this.#message = message;
    this.#isDirty = true;
  }

  receive(message: ToViewer): void {
    this.#isDirty = true;
    switch (message.type) {
      case "welcome":
        this.#welcome = message;
        return;
      case "status":
        this.#status = message;
        return;
      case "answer":
        return;
      case "batch":
        this.#count(message.records.length);
        return this.system.apply(message);
      case "hello":
      case "def":
      case "gap":
      case "ended":
        this.system.apply(message);
    }
  }

  /** Shows another part; the slices of it are posted at once if the page is ready. */
  show(view: Partial<View>): void {
    this.view = { ...this.view, ...view };
    this.#isDirty = true;
    this.flush();
  }

  /** The page has drawn the last frame. */
  drawn(): void {
    this.#isReady = true;
  }

  /** Opens a recording beside what is there; returns what was wrong with it. */
  open(text: string): readonly string[] {
    const { lines, problems } = readRecording(text);
    for (const it of lines) this.receive(it);
    for (const source of new Set(lines.map((it) => it.source))) {
      this.receive({ type: "ended", source, reason: "endOfFile" });
    }
    if (this.#connection === "idle") this.connected("file");
    return problems;
  }

  openCoverage(text: string): void {
    this.#coverage = readCoverage(text);
    this.#isDirty = true;
  }

  recording(from: number): string {
    return recordingOf(this.system, from);
  }

  /** The place of the next or previous row of the log, or of the selected actor's own rows. */
  step(step: 1 | -1, of: "log" | "actor"): number | null {
    const { rows } = this.system;
    const from = this.view.at ?? rows.end - (step === 1 ? 1 : 0);
    if (of === "log") return this.#log.neighbour(this.system, this.view, from, step);
    const own = this.system.actor(this.view.selected)?.rows ?? [];
    return (step === 1 ? own.find((it) => it > from) : own.findLast((it) => it < from)) ?? null;
  }

  /** Something may look different by the passing of time alone. */
  tick(): void {
    this.#isDirty = true;
  }

  flush(): void {
    if (!this.#isReady || !this.#isDirty) return;
    this.#isDirty = false;
    const frame = this.#changed(this.#slices());
    if (Object.keys(frame).length === 0) return;
    this.#isReady = false;
    this.#options.post(frame);
  }

  #slices(): Frame {
    const { system, view } = this;
    const now = this.#options.now();
    const actor = system.actor(view.selected);
    const machine = actor === undefined ? undefined : system.machineOf(actor);
    const isShown = (name: View["shown"][number]): boolean => view.shown.includes(name);
    return {
      status: this.#statusSlice(),
      strip: this.#stripSlice(),
      tree: this.#tree.slice(system, view, now),
      log: this.#log.slice(system, view),
      actor: actor === undefined ? null : actorSlice(system, view, actor),
      machine: machine?.definition ?? null,
      supervision: supervisionSlice(system, view),
      ...(isShown("sequence") && { sequence: sequenceSlice(system, view, actor) }),
      ...(isShown("timeline") && { timeline: this.#timelineSlice(now) }),
      ...(isShown("coverage") && {
        coverage:
          actor === undefined || machine === undefined
            ? null
            : coverageSlice(actor.source, machine, this.#coverage),
      }),
    };
  }

  /** It looks at every change of every actor that is seen: while nothing else is asked for, a few times a second will do. */
  #timelineSlice(now: number): Slices["timeline"] {
    const last = this.#timeline;
    if (last !== null && last.view === this.view && now - last.at < 250 && now >= last.at) return last.slice;
    const slice = timelineSlice(this.system, this.view, now);
    this.#timeline = { at: now, view: this.view, slice };
    return slice;
  }

  /** Those that say something else than last time. */
  #changed(slices: Frame): Frame {
    const changed: [string, unknown][] = [];
    for (const [name, slice] of Object.entries(slices)) {
      // A definition never changes: its hash says it all.
      const print = name === "machine" ? (slices.machine?.hash ?? "") : JSON.stringify(slice);
      if (this.#last.get(name as keyof Slices) === print) continue;
      this.#last.set(name as keyof Slices, print);
      changed.push([name, slice]);
    }
    return Object.fromEntries(changed);
  }

  #statusSlice(): StatusSlice {
    const { system, view } = this;
    const { rows } = system;
    const shown = view.at === null ? undefined : rows.get(view.at);
    const refused = this.#status?.refused ?? { origin: 0, host: 0, token: 0 };
    const sources = [...system.sources.values()];
    const open = sources.flatMap((it) =>
      it.domainAt(view.at).filter((record) => record.kind === "escalation" && record.open),
    );
    return {
      connection: this.#connection,
      message: this.#message,
      sources: sources.map(({ id, hello, ended }) => ({
        id,
        app: hello.app,
        ended,
        via: hello.via,
        accepts: hello.accepts,
      })),
      rate: this.#rateNow(),
      received: system.received,
      missing: sources.reduce((sum, it) => sum + it.missing, 0),
      refused: refused.origin + refused.host + refused.token,
      dropped: this.#status?.dropped ?? 0,
      lastProblem: this.#status?.lastProblem ?? null,
      allowSend: this.#welcome?.allowSend ?? false,
      openEscalations: open.length,
      firstPos: rows.first,
      lastPos: rows.end - 1,
      shownAt: shown?.at ?? null,
      shownSeq: shown?.record?.[1] ?? null,
      newestAt: system.newestAt,
    };
  }

  #stripSlice(): StripSlice {
    const { strip, rows } = this.system;
    const shown = this.view.at === null ? undefined : rows.get(this.view.at);
    const startAt = strip.startAt ?? 0;
    return {
      startAt,
      widthMs: strip.widthMs,
      counts: strip.buckets.map((it) => it.count),
      errors: strip.buckets.map((it) => it.errors),
      playhead: shown === undefined ? null : (shown.at - startAt) / strip.widthMs,
    };
  }

  #count(records: number): void {
    this.#rateNow();
    this.#rate.now += records;
  }

  /** Records in the last whole second. */
  #rateNow(): number {
    const second = Math.floor(this.#options.now() / 1000);
    if (second !== this.#rate.second) {
      const before = second === this.#rate.second + 1 ? this.#rate.now : 0;
      this.#rate = { second, now: 0, before };
    }
    return this.#rate.before;
  }
}
