/**
 * The lists that a server offers, read leniently: one bad entry must not cost the others.
 *
 * @module
 */
import type { Client, RequestOptions } from "@modelcontextprotocol/client";
import * as z from "zod";
import type { Resource } from "../../core/ports.ts";
import type { Tool } from "../../core/tools.ts";

/** A list, and whether it was cut short or had entries that were left out. */
export interface Discovered<T> {
  readonly items: readonly T[];
  readonly partial: boolean;
}

/** A server whose cursor never ends is cut off after so many pages. */
const maxPages = 64;
/** The server is bounded by the signal of its caller; the client's own limit must not come first. */
export const noTimeout = 2 ** 31 - 1;

const WireTool = z.object({
  name: z.string().min(1),
  description: z.string().optional(),
  inputSchema: z.record(z.string(), z.unknown()),
  annotations: z
    .object({ readOnlyHint: z.boolean().catch(false), idempotentHint: z.boolean().catch(false) })
    .partial()
    .catch({})
    .optional(),
});
const WireResource = z.object({
  uri: z.string().min(1),
  name: z.string(),
  description: z.string().optional(),
  mimeType: z.string().optional(),
});
const nextCursor = z.string().optional();
const ToolPage = z.object({ tools: z.array(z.unknown()), nextCursor });
const ResourcePage = z.object({ resources: z.array(z.unknown()), nextCursor });

/** Unique by name, the first one wins. Rejects when the server does not answer, or not with a list. */
export async function discoverTools(client: Client, signal: AbortSignal): Promise<Discovered<Tool>> {
  const pages = await readPages(async (params, options) => {
    const { tools, nextCursor: next } = await client.request(
      { method: "tools/list", params },
      ToolPage,
      options,
    );
    return { entries: tools, next };
  }, signal);
  return keepValid(pages, toTool, ({ name }) => name);
}

/** Unique by URI, the first one wins. Rejects as {@link discoverTools} does. */
export async function discoverResources(client: Client, signal: AbortSignal): Promise<Discovered<Resource>> {
  const pages = await readPages(async (params, options) => {
    const page = await client.request({ method: "resources/list", params }, ResourcePage, options);
    return { entries: page.resources, next: page.nextCursor };
  }, signal);
  return keepValid(pages, toResource, ({ uri }) => uri);
}

interface Page {
  readonly entries: readonly unknown[];
  readonly next: string | undefined;
}
type ReadPage = (params: { cursor?: string }, options: RequestOptions) => Promise<Page>;

async function readPages(readPage: ReadPage, signal: AbortSignal): Promise<Discovered<unknown>> {
  const items: unknown[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await readPage(cursor === undefined ? {} : { cursor }, { signal, timeout: noTimeout });
    items.push(...page.entries);
    cursor = page.next;
    if (cursor !== undefined && (seen.has(cursor) || seen.size >= maxPages - 1))
      return { items, partial: true };
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
  return { items, partial: false };
}

function keepValid<T>(
  { items, partial }: Discovered<unknown>,
  read: (entry: unknown) => T | null,
  keyOf: (item: T) => string,
): Discovered<T> {
  const kept = new Map<string, T>();
  for (const entry of items) {
    const item = read(entry);
    if (item !== null && !kept.has(keyOf(item))) kept.set(keyOf(item), item);
  }
  return { items: [...kept.values()], partial: partial || kept.size < items.length };
}

function toTool(entry: unknown): Tool | null {
  const { success, data } = WireTool.safeParse(entry);
  if (!success) return null;
  const { name, description, inputSchema, annotations } = data;
  return {
    name,
    description: description ?? null,
    inputSchema,
    readOnly: annotations?.readOnlyHint ?? false,
    idempotent: annotations?.idempotentHint ?? false,
  };
}

function toResource(entry: unknown): Resource | null {
  const { success, data } = WireResource.safeParse(entry);
  if (!success) return null;
  const { uri, name, description, mimeType } = data;
  return { uri, name, description: description ?? null, mimeType: mimeType ?? null };
}
