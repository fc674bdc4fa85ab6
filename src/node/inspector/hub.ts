/**
 * The middle of the inspector: sources on one side, viewers on the other. Knows nothing of HTTP or sockets.
 *
 * @module
 */
import type { CommandMessage, SourceMessage, Status, ToSource, ToViewer } from "../../inspect/protocol.ts";
import {
  type Ended,
  protocolVersion,
  SourceMessage as SourceSchema,
  ViewerMessage,
} from "../../inspect/protocol.ts";
import { type Answer, changingCommands } from "../../inspect/protocol/command.ts";
import { Outbox, type OutboxOptions } from "./outbox.ts";
import { Questions, refusal } from "./questions.ts";
import { SourceLog } from "./source-log.ts";

export interface HubOptions {
  /** Of homeostat. */
  readonly version: string;
  readonly allowSend: boolean;
  /** Records kept of each source (default 50,000), and waiting for each viewer (default 100,000). */
  readonly keep?: number;
  readonly waiting?: number;
  /** Until a source has to have answered (default 5,000). */
  readonly answerMs?: number;
}

export type Refusal = "origin" | "host" | "token";

/** One connection of a source, which may carry more than one of them: a page hands on what it received. */
export interface SourceLink {
  /** Takes one message, or counts it as dropped. */
  receive(message: unknown): void;
  /** The connection is lost: its sources have ended, for now. */
  lost(): void;
}

export interface ViewerLink {
  receive(message: unknown): void;
  /** The connection can take more. */
  ready(): void;
  left(): void;
}

interface Viewer {
  readonly outbox: Outbox;
  readonly tell: (message: ToViewer) => void;
  isAttached: boolean;
}

export class Hub {
  readonly #options: HubOptions;
  readonly #sources = new Map<
    string,
    { log: SourceLog; link: SourceLink; send: (message: ToSource) => void }
  >();
  readonly #viewers = new Set<Viewer>();
  readonly #listeners = new Set<(message: ToViewer) => void>();
  readonly #questions: Questions<SourceLink>;
  readonly #refused = { origin: 0, host: 0, token: 0 };
  #dropped = 0;
  #lastProblem: string | null = null;
  #statusTimer: NodeJS.Timeout | null = null;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#questions = new Questions(options.answerMs ?? 5_000);
  }

  refuse(why: Refusal): void {
    this.#refused[why] += 1;
    this.#statusChanged();
  }

  drop(problem: string): void {
    this.#dropped += 1;
    this.#lastProblem = problem;
    this.#statusChanged();
  }

  /** Without what differs from viewer to viewer. */
  status(shed = 0): Status {
    return {
      type: "status",
      refused: { ...this.#refused },
      dropped: this.#dropped,
      lastProblem: this.#lastProblem,
      shed,
      viewers: this.#viewers.size,
    };
  }

  /** @param keep Of a recording all records are kept. */
  addSource(send: (message: ToSource) => void, keep = this.#options.keep ?? 50_000): SourceLink {
    const link: SourceLink = {
      receive: (message) => {
        const parsed = SourceSchema.safeParse(message);
        if (!parsed.success) this.drop(`from a source: ${parsed.error.issues[0]?.message ?? "invalid"}`);
        else this.#fromSource(parsed.data, { link, send, keep });
      },
      lost: () => {
        for (const [source, it] of this.#sources) {
          if (it.link === link && it.log.ended === null) this.#end({ type: "ended", source, reason: "lost" });
        }
        this.#questions.giveUp("the connection to the source was lost", link);
      },
    };
    return link;
  }

  addViewer(send: OutboxOptions["send"], isReady: OutboxOptions["isReady"]): ViewerLink {
    const outbox = new Outbox({
      send,
      isReady,
      limit: this.#options.waiting ?? 100_000,
      onShed: () => this.#statusChanged(),
    });
    const viewer: Viewer = { outbox, tell: (message) => outbox.add(message), isAttached: false };
    const injected = this.addSource(() => {}, Number.POSITIVE_INFINITY);
    this.#viewers.add(viewer);
    return {
      receive: (message) => {
        const parsed = ViewerMessage.safeParse(message);
        if (!parsed.success)
          return this.drop(`from a viewer: ${parsed.error.issues[0]?.message ?? "invalid"}`);
        this.#fromViewer(parsed.data, viewer, injected);
      },
      ready: () => outbox.pump(),
      left: () => {
        this.#viewers.delete(viewer);
        injected.lost();
        this.#statusChanged();
      },
    };
  }

  /** Calls `listener` with everything that is known of all sources, then with every message; no credits, nothing shed. */
  listen(listener: (message: ToViewer) => void): () => void {
    for (const { log } of this.#sources.values()) log.since(0).forEach(listener);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The file of a recording is at its end. */
  endOfFile(): void {
    for (const [source, { log }] of this.#sources) {
      if (log.ended === null) this.#end({ type: "ended", source, reason: "endOfFile" });
    }
  }

  close(): void {
    if (this.#statusTimer !== null) clearTimeout(this.#statusTimer);
    this.#questions.giveUp("the inspector was closed");
  }

  #fromSource(
    message: SourceMessage,
    { link, send, keep }: { link: SourceLink; send: (message: ToSource) => void; keep: number },
  ): void {
    if (message.type === "answer") return this.#questions.answer(message.id, message.answer);
    const { source } = message;
    const known = this.#sources.get(source);
    if (message.type === "hello") {
      const log = known?.log ?? new SourceLog(message, keep);
      log.hello = message;
      log.ended = null;
      this.#sources.set(source, { log, link, send });
      this.#broadcast(message);
      return send({ type: "resume", source, seq: log.seq });
    }
    if (known === undefined || known.link !== link)
      return this.drop(`"${message.type}" of a source without its hello`);
    if (message.type === "bye") return this.#end({ type: "ended", source, reason: "bye" });
    const fresh = known.log.add(message);
    if (fresh !== null) this.#broadcast(fresh);
    if (message.type !== "def") send({ type: "ack", source, seq: known.log.seq });
  }

  #end(ended: Ended): void {
    const known = this.#sources.get(ended.source);
    if (known === undefined) return;
    known.log.ended = ended;
    this.#broadcast(ended);
  }

  #fromViewer(message: ViewerMessage, viewer: Viewer, injected: SourceLink): void {
    switch (message.type) {
      case "attach":
        return this.#attach(viewer, message.have);
      case "credits":
        return viewer.outbox.grant(message.records);
      case "inject":
        return message.messages.forEach((it) => injected.receive(it));
      case "command":
        return this.ask(message, (answer) => viewer.tell({ type: "answer", id: message.id, answer }));
    }
  }

  #attach(viewer: Viewer, have: Readonly<Record<string, number>>): void {
    const { version, allowSend } = this.#options;
    const sources = [...this.#sources.keys()];
    viewer.tell({ type: "welcome", proto: protocolVersion, version, allowSend, sources });
    for (const [source, { log }] of this.#sources) log.since(have[source] ?? 0).forEach(viewer.tell);
    viewer.isAttached = true;
    viewer.tell(this.status());
    this.#statusChanged();
  }

  /** Hands a command on; `answer` is called once. */
  ask({ source, command }: CommandMessage, answer: (answer: Answer) => void): void {
    const known = this.#sources.get(source);
    if (known === undefined || known.log.ended !== null) {
      return answer(refusal("notFound", "this source is not connected"));
    }
    if (!known.log.hello.accepts.includes(command.name)) {
      return answer(refusal("unsupported", `this source does not take "${command.name}"`));
    }
    if (changingCommands.has(command.name) && !this.#options.allowSend) {
      return answer(
        refusal("sendDisabled", "start the inspector with --allow-send to change the app from here"),
      );
    }
    const id = this.#questions.ask(known.link, answer);
    known.send({ type: "command", id, source, command });
  }

  #broadcast(message: ToViewer): void {
    for (const it of this.#viewers) if (it.isAttached) it.tell(message);
    for (const listener of this.#listeners) listener(message);
  }

  /** At most four times a second: what is refused may come in floods. */
  #statusChanged(): void {
    this.#statusTimer ??= setTimeout(() => {
      this.#statusTimer = null;
      for (const it of this.#viewers) if (it.isAttached) it.tell(this.status(it.outbox.shed));
    }, 250).unref();
  }
}
