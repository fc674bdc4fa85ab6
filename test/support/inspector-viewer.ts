/** A viewer as a program: what the page's connection does, without a page. */
import { WebSocket } from "ws";
import {
  type Answer,
  type Command,
  type InspectionRecord,
  ToViewer,
  type ViewerMessage,
  viewerPath,
} from "../../src/inspect/index.ts";
import type { InspectorServer } from "../../src/node/inspector/open-inspector.ts";

export interface Viewer {
  /** Everything so far, each checked against the protocol. */
  readonly messages: ToViewer[];
  /** Records of batches that tell what happened. */
  readonly records: () => InspectionRecord[];
  readonly send: (message: ViewerMessage) => void;
  readonly ask: (source: string, command: Command) => Promise<Answer>;
  /** Resolves when `holds`, looked at after every message. */
  readonly until: (holds: () => boolean) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function view(
  { port, token }: Pick<InspectorServer, "port" | "token">,
  { credits = 1_000_000, have = {} }: { credits?: number; have?: Record<string, number> } = {},
): Promise<Viewer> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${viewerPath}?token=${token}`);
  const messages: ToViewer[] = [];
  const waiting = new Set<() => void>();
  const answers = new Map<string, (answer: Answer) => void>();
  socket.on("message", (data: Buffer) => {
    const message = ToViewer.parse(JSON.parse(data.toString()));
    messages.push(message);
    if (message.type === "answer") answers.get(message.id)?.(message.answer);
    for (const it of waiting) it();
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const send = (message: ViewerMessage): void => socket.send(JSON.stringify(message));
  send({ type: "attach", proto: 1, have });
  if (credits > 0) send({ type: "credits", records: credits });
  let asked = 0;
  return {
    messages,
    records: () => messages.flatMap((it) => (it.type === "batch" && !it.catchUp ? it.records : [])),
    send,
    ask(source, command) {
      const id = String(++asked);
      return new Promise((resolve) => {
        answers.set(id, resolve);
        send({ type: "command", id, source, command });
      });
    },
    until: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        socket.once("close", () => resolve());
        socket.close();
      }),
  };
}

/** Numbers that are neither in a batch nor in a gap, up to the last one; what comes twice counts as well. */
export function missingNumbers(messages: readonly ToViewer[]): number[] {
  const seen = new Map<number, number>();
  for (const it of messages) {
    if (it.type === "gap")
      for (let seq = it.from; seq <= it.to; seq++) seen.set(seq, (seen.get(seq) ?? 0) + 1);
    if (it.type === "batch" && !it.catchUp)
      for (const [, seq] of it.records) seen.set(seq, (seen.get(seq) ?? 0) + 1);
  }
  const last = Math.max(0, ...seen.keys());
  return Array.from({ length: last }, (_, index) => index + 1).filter((seq) => seen.get(seq) !== 1);
}
