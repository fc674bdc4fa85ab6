/**
 * Who may connect. The server listens on 127.0.0.1 only, but every page in the user's browser can reach it there: a page
 * names itself by its Origin, a rebound domain by its Host, and only whoever was given the address knows the token.
 *
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Refusal } from "./hub.ts";

const loopback = new Set(["127.0.0.1", "localhost", "[::1]"]);

export interface Guarded {
  readonly port: number;
  readonly token: string;
  /** Further origins that may send, such as `https://app.test`. */
  readonly allowOrigins: readonly string[];
}

/** Whether the request was meant for this server, and not for a name that was pointed at it. */
export function isForeignHost({ headers: { host } }: IncomingMessage, port: number): boolean {
  return ![...loopback].some((name) => host === `${name}:${port}` || (port === 80 && host === name));
}

/** Why a WebSocket is refused; `null`: it is not. A viewer is our page; a source may be any page of this machine. */
export function refusalOf(
  request: IncomingMessage,
  url: URL,
  kind: "viewer" | "source",
  { port, token, allowOrigins }: Guarded,
): Refusal | null {
  if (isForeignHost(request, port)) return "host";
  const { origin } = request.headers;
  if (origin !== undefined && !allowOrigins.includes(origin) && !isLocal(origin, kind, port)) return "origin";
  return hasToken(url, token) ? null : "token";
}

export function hasToken(url: URL, token: string): boolean {
  const given = Buffer.from(url.searchParams.get("token") ?? "");
  const wanted = Buffer.from(token);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function isLocal(origin: string, kind: "viewer" | "source", port: number): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname, port: from } = new URL(origin);
  if ((protocol !== "http:" && protocol !== "https:") || !loopback.has(hostname)) return false;
  return kind === "source" || (protocol === "http:" && from === String(port));
}
