/** Instants, durations and encoded values in words. */
import type { Encoded } from "../inspect/protocol/encoded.ts";

const two = (value: number): string => String(value).padStart(2, "0");

/** `12:04:31.204`, in the viewer's own zone. */
export function clock(at: number): string {
  const date = new Date(at);
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

/** `0.8 s`, `1 min 05 s`, `3 h 12 min`. */
export function duration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < 1000) return `${Math.round(whole)} ms`;
  if (whole < 10_000) return `${(whole / 1000).toFixed(1)} s`;
  const seconds = Math.round(whole / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

export function rate(perSecond: number): string {
  return perSecond >= 1000 ? `${(perSecond / 1000).toFixed(1)}k/s` : `${perSecond}/s`;
}

/** One line: JSON, with what JSON cannot hold in words. */
export function inline(value: Encoded, limit = 160): string {
  const text = write(value);
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

function write(value: Encoded): string {
  if (Array.isArray(value)) return `[${value.map(write).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const tag = value["$t"];
  if (typeof tag === "string") return tagged(tag, value);
  const entries = Object.entries(value).map(([key, it]) => `${key}: ${write(it)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function tagged(tag: string, value: { readonly [key: string]: Encoded }): string {
  const v = value["v"] ?? "";
  const text = (it: Encoded | undefined): string => (typeof it === "string" ? it : write(it ?? ""));
  switch (tag) {
    case "undefined":
      return "undefined";
    case "error":
      return `${text(value["name"])}: ${text(value["message"])}`;
    case "map":
    case "set":
      return `${tag === "map" ? "Map" : "Set"} ${write(v)}`;
    case "bytes":
      return `‹${text(v)} bytes›`;
    case "function":
      return `ƒ ${text(v)}`;
    case "actor":
      return `‹actor ${text(v)}›`;
    case "redacted":
      return "‹hidden›";
    case "circular":
      return "‹circular›";
    case "cut":
      return `‹${text(v)}›`;
    default:
      return text(v);
  }
}
