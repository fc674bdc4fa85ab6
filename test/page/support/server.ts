/** The page, and the protocol to its viewers, for one inspected app: as much of the inspector's server as the page sees. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import type { Inspector } from "../../../src/inspect/inspector.ts";
import type { ToViewer, ViewerMessage } from "../../../src/inspect/protocol.ts";

const dist = fileURLToPath(new URL("../../../dist/page/", import.meta.url));
const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

export interface PageServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function servePage(
  inspector: Inspector,
  { allowSend = true }: { readonly allowSend?: boolean } = {},
): Promise<PageServer> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://page").pathname;
    try {
      const body = readFileSync(`${dist}${path === "/" ? "index.html" : path}`);
      response.writeHead(200, {
        "content-type": types[path === "/" ? ".html" : extname(path)] ?? "text/plain",
        "content-security-policy":
          "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  const sockets = new WebSocketServer({ server, path: "/viewer" });
  sockets.on("connection", (socket) => {
    const send = (message: ToViewer): void => socket.send(JSON.stringify(message));
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString()) as ViewerMessage;
      if (message.type === "attach") {
        send({ type: "welcome", proto: 1, version: "0", allowSend, sources: [inspector.source] });
        const end = inspector.connect((it) => {
          if (it.type !== "bye" && it.type !== "answer") send(it);
        });
        socket.on("close", end);
      } else if (message.type === "command") {
        send({ type: "answer", id: message.id, answer: inspector.ask(message.command) });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/?token=test`,
    port,
    async close() {
      for (const it of sockets.clients) it.terminate();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
