/**
 * Addresses of what is shown, by names that are the same after a restart: `#/s/APP/a/PATH/TAB?at=SEQ&q=FILTER`.
 *
 * @module
 */
import { type Tab, tabs } from "./ui.ts";

export interface Link {
  readonly app: string | null;
  /** Ids from the root, joined by `/`. */
  readonly path: string | null;
  readonly tab: Tab | null;
  /** The source's number of the moment; `null`: now. */
  readonly seq: number | null;
  /** The log's filter. */
  readonly query: string | null;
}

export function writeLink({ app, path, tab, seq, query }: Link): string {
  const place = app === null || path === null ? "" : `/s/${encodeURIComponent(app)}/a/${encodePath(path)}`;
  const parameters = new URLSearchParams();
  if (seq !== null) parameters.set("at", String(seq));
  if (query !== null) parameters.set("q", query);
  const tail = parameters.size === 0 ? "" : `?${parameters}`;
  return `#${place}/${tab ?? ""}${tail}`;
}

/** `null`: it names nothing. */
export function readLink(hash: string): Link | null {
  const [place = "", search = ""] = hash.replace(/^#/, "").split("?");
  const parameters = new URLSearchParams(search);
  const at = parameters.get("at");
  const found = /^(?:\/s\/([^/]+)\/a\/(.+))?\/([a-z]*)$/.exec(place);
  if (found === null) return null;
  const [, app, path, tab] = found;
  return {
    app: app === undefined ? null : decodeURIComponent(app),
    path: path === undefined ? null : path.split("/").map(decodeURIComponent).join("/"),
    tab: tabs.find(({ id }) => id === tab)?.id ?? null,
    seq: at !== null && /^\d+$/.test(at) ? Number(at) : null,
    query: parameters.get("q"),
  };
}

const encodePath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
