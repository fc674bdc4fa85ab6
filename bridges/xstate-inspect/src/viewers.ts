/** The viewers that are connected: what they may know, what they may ask, and what a slow one misses. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import type { AppMessage } from "./messages.ts";

/** Above this many bytes that a viewer has not read, it is told no more until it has; then it gets the states as they are. */
const unreadLimitBytes = 4_194_304;
const longestMessageBytes = 131_072;

export interface ViewersOptions {
  readonly port: number;
  readonly origins: readonly string[];
  /** Text of a frame. */
  readonly onMessage: (text: string, viewer: Viewer) => void;
  /** What a viewer missed, by session: told as soon as it reads again. */
  readonly catchUp: (sessionId: string) => AppMessage | null;
}

export interface Viewer {
  tell(message: AppMessage): void;
}

export interface Viewers {
  readonly port: number;
  readonly token: string;
  readonly count: () => number;
  /** Connections that had no token or came from a foreign page. */
  readonly refused: () => number;
  /** Messages that a slow viewer missed. */
  readonly missed: () => number;
  readonly tell: (message: AppMessage) => void;
  readonly close: () => Promise<void>;
}

export async function listen(options: ViewersOptions): Promise<Viewers> {
  const token = randomBytes(24).toString("base64url");
  const viewers = new Set<Viewer>();
  let refused = 0;
  let missed = 0;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: longestMessageBytes });
  const server = createServer((_, response) => {
    response
      .writeHead(426, { "content-type": "text/plain" })
      .end("This is a WebSocket of @xstate/inspect.\n");
  });

  server.on("upgrade", (request, socket, head) => {
    if (!isAllowed(request, token, options.origins, portOf(server))) {
      refused += 1;
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      const viewer = viewerOf(client, options.catchUp, () => (missed += 1));
      viewers.add(viewer);
      client.on("close", () => viewers.delete(viewer));
      // A frame that is too long, or a line that broke: the socket closes by itself.
      client.on("error", () => viewers.delete(viewer));
      client.on("message", (data, isBinary) => {
        // One buffer: `binaryType` is "nodebuffer".
        if (!isBinary && Buffer.isBuffer(data)) options.onMessage(data.toString(), viewer);
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });

  return {
    port: portOf(server),
    token,
    count: () => viewers.size,
    refused: () => refused,
    missed: () => missed,
    tell: (message) => {
      for (const viewer of viewers) viewer.tell(message);
    },
    close: async () => {
      for (const client of sockets.clients) client.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** A page of another origin, a name that was made to point here, a stranger on this machine: none gets in. */
function isAllowed(
  { headers, url = "/" }: IncomingMessage,
  token: string,
  origins: readonly string[],
  port: number,
): boolean {
  if (headers.host !== `127.0.0.1:${port}` && headers.host !== `localhost:${port}`) return false;
  if (headers.origin !== undefined && !origins.includes(headers.origin)) return false;
  const given = Buffer.from(new URL(url, "http://127.0.0.1").searchParams.get("token") ?? "");
  const wanted = Buffer.from(token);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function viewerOf(client: WebSocket, catchUp: ViewersOptions["catchUp"], onMissed: () => void): Viewer {
  const behind = new Set<string>();
  const write = (message: AppMessage): void => client.send(JSON.stringify(message), flush);
  const flush = (): void => {
    if (behind.size === 0 || client.bufferedAmount > unreadLimitBytes / 2) return;
    for (const sessionId of behind) {
      behind.delete(sessionId);
      const message = catchUp(sessionId);
      if (message !== null) return write(message);
    }
  };
  return {
    tell: (message) => {
      if (client.readyState !== WebSocket.OPEN) return;
      const isLost = message.type === "service.event" || message.type === "service.state";
      if (!isLost || client.bufferedAmount <= unreadLimitBytes) return write(message);
      behind.add(message.sessionId);
      onMissed();
    },
  };
}
