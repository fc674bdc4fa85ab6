import { createHash } from "node:crypto";
import type { Json } from "../../../core/checkpoint.ts";

/** Before the first line of a chain. */
export const noHash = "";

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** One state has one hash, in whatever order its keys were set. */
export function hashOfState(state: unknown): string {
  return sha256(JSON.stringify(sorted(state as Json)));
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

const hashStart = '{"hash":"'.length;
const hashEnd = hashStart + 64;
const recordStart = hashEnd + '","record":'.length;

/** A line of JSON whose hash covers its record and, through the hash of the line before, all that went before. */
export function encodeLine(
  record: object,
  previous: string,
): { readonly line: string; readonly hash: string } {
  const text = JSON.stringify(record);
  const hash = sha256(`${previous}\n${text}`);
  return { line: `{"hash":"${hash}","record":${text}}\n`, hash };
}

/** `null`: the line is damaged, or does not follow `previous`. */
export function decodeLine(
  line: string,
  previous: string,
): { readonly record: unknown; readonly hash: string } | null {
  const hash = line.slice(hashStart, hashEnd);
  const text = line.slice(recordStart, -1);
  if (sha256(`${previous}\n${text}`) !== hash) return null;
  if (line !== `{"hash":"${hash}","record":${text}}`) return null;
  return { record: JSON.parse(text), hash };
}
