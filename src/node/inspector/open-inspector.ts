/**
 * The inspector's server: the page, and WebSockets of sources and viewers, on 127.0.0.1.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { WebSocket, WebSocketServer } from "ws";
import { HomeostatError } from "../../core/errors.ts";
import type { Inspector } from "../../inspect/inspector.ts";
import { sourcePath, type Status, type ToSource, type ToViewer, viewerPath } from "../../inspect/protocol.ts";
import { StatelyReceiver } from "../../inspect/receive-stately.ts";
import { hasToken, isForeignHost, refusalOf } from "./guard.ts";
import { Hub, type HubOptions, type SourceLink } from "./hub.ts";
import { type PageFile, readPage } from "./page-files.ts";

export interface InspectorServerOptions extends Partial<HubOptions> {
  /** Default: one that is free. */
  readonly port?: number;
  /** Default: a random one. */
  readonly token?: string;
  /** Origins beside those of this machine whose pages may send what they inspect. */
  readonly allowOrigins?: readonly string[];
  /** Where the page was built to (default: `page` in this package's `dist`). */
  readonly page?: string;
}

export interface InspectorServer {
  /** Of the page, with the token. */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** A source in this process. */
  inspect(inspector: Inspector): void;
  /** A source whose messages come from elsewhere, such as a file; its records are all kept. */
  addSource(): SourceLink;
  /** Counts a message that is not of the protocol, such as a line of a file. */
  drop(problem: string): void;
  /** Every source of a file that was read has ended. */
  endOfFile(): void;
  /** Everything that is known, then every message. */
  listen(listener: (message: ToViewer) => void): () => void;
  status(): Status;
  close(): Promise<void>;
}

const maxPayload = 64 * 2 ** 20;
/** Bytes that may wait in a socket before nothing more is written to it. */
const maxBuffered = 8 * 2 ** 20;

/** @throws HomeostatError `invalid_state` when it cannot listen */
export async function openInspector(options: InspectorServerOptions = {}): Promise<InspectorServer> {
  const token = options.token ?? randomBytes(18).toString("base64url");
  const directory = options.page ?? builtPage();
  const hub = new Hub({ version: "", allowSend: false, ...options });
  const server = createServer((request, response) => answer(request, response));
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload });
  let files: ReadonlyMap<string, PageFile> | null = null;
  server.on("upgrade", upgrade);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      const message = `the inspector cannot listen on 127.0.0.1:${options.port ?? 0}: ${error.message}`;
      reject(new HomeostatError("invalid_state", message, {}, error));
    });
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const guarded = { port, token, allowOrigins: options.allowOrigins ?? [] };

  return {
    url: `http://127.0.0.1:${port}/?token=${token}`,
    port,
    token,
    inspect(inspector) {
      const link = hub.addSource((message) => {
        if (message.type !== "command") return;
        link.receive({ type: "answer", id: message.id, answer: inspector.ask(message.command) });
      });
      inspector.connect((message) => link.receive(message));
    },
    addSource: () => hub.addSource(() => {}, Number.POSITIVE_INFINITY),
    drop: (problem) => hub.drop(problem),
    endOfFile: () => hub.endOfFile(),
    listen: (listener) => hub.listen(listener),
    status: () => hub.status(),
    async close() {
      hub.close();
      for (const it of sockets.clients) it.terminate();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const url = urlOf(request);
    if (isForeignHost(request, port))
      return refuse("host", response, "this server is 127.0.0.1 and nothing else");
    if (request.method !== "GET" && request.method !== "HEAD") return text(response, 405, "only GET");
    files ??= readPage(directory);
    if (url.pathname === "/" && !hasToken(url, token)) {
      return refuse("token", response, "open the address that homeostat printed: it holds a token");
    }
    if (files === null) {
      return text(
        response,
        503,
        `the inspector's page is not built: ${directory} has no index.html; run npm run build`,
      );
    }
    const file = files.get(url.pathname);
    if (file === undefined) return text(response, 404, "no such file");
    response.writeHead(200, { ...file.headers, ...security });
    response.end(request.method === "HEAD" ? undefined : file.body);
  }

  function refuse(why: "host" | "token", response: ServerResponse, message: string): void {
    hub.refuse(why);
    text(response, 403, message);
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = urlOf(request);
    const isViewer = url.pathname === viewerPath;
    const refusal = refusalOf(request, url, isViewer ? "viewer" : "source", guarded);
    if (refusal !== null) hub.refuse(refusal);
    if (isViewer && refusal === "token") {
      // A page that was left open: a browser does not tell it the status of a failed upgrade, but this it does.
      sockets.handleUpgrade(request, socket, head, (it) =>
        it.close(1008, "open the address that homeostat printed"),
      );
      return;
    }
    if (refusal !== null) {
      socket.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (connection) => {
      connection.on("error", () => connection.terminate());
      if (isViewer) return connectViewer(connection);
      if (url.pathname === sourcePath) return connectSource(connection);
      connectStately(connection, request.headers.origin);
    });
  }

  function connectViewer(connection: WebSocket): void {
    const link = hub.addViewer(
      (message) => connection.send(message, () => link.ready()),
      () => connection.readyState === WebSocket.OPEN && connection.bufferedAmount < maxBuffered,
    );
    connection.on("message", (data) => receive(data, (message) => link.receive(message)));
    connection.on("close", () => link.left());
  }

  function connectSource(connection: WebSocket): void {
    const link = hub.addSource((message: ToSource) => connection.send(JSON.stringify(message)));
    connection.on("message", (data) => receive(data, (message) => link.receive(message)));
    connection.on("close", () => link.lost());
  }

  function connectStately(connection: WebSocket, origin: string | undefined): void {
    const link = hub.addSource(() => {});
    const receiver = new StatelyReceiver({
      emit: (it) => link.receive(it),
      app: origin ?? "@statelyai/inspect",
    });
    connection.on("message", (data) =>
      receive(data, (message) => {
        if (receiver.receive(message) === "foreign") hub.drop("not a message of @statelyai/inspect");
      }),
    );
    connection.on("close", () => {
      receiver.end();
      link.lost();
    });
  }

  function receive(data: unknown, take: (message: unknown) => void): void {
    let message: unknown;
    try {
      message = JSON.parse(String(data));
    } catch {
      return hub.drop("not JSON");
    }
    take(message);
  }
}

/** In `dist`, whether this file runs from there or from the sources. */
function builtPage(): string {
  const [built = "", fromSources = ""] = ["../../../page/", "../../../dist/page/"].map((it) =>
    fileURLToPath(new URL(it, import.meta.url)),
  );
  return existsSync(built) ? built : fromSources;
}

/** Styles in attributes are the charts'; an app of this machine may show the page in a frame. */
const security = {
  "content-security-policy":
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'self' http://localhost:* http://127.0.0.1:*",
  // The address holds the token.
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

function text(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...security });
  response.end(`${message}\n`);
}

function urlOf({ url = "/" }: IncomingMessage): URL {
  // A request may name a whole address, or nonsense.
  return URL.canParse(url, "http://127.0.0.1")
    ? new URL(url, "http://127.0.0.1")
    : new URL("http://127.0.0.1/");
}
