/**
 * What differs between two values, line by line.
 *
 * @module
 */
import microdiff from "microdiff";
import { type ReactNode, useMemo } from "react";
import type { Encoded } from "../../inspect/protocol/encoded.ts";
import { inline } from "../format.ts";

const maxLines = 60;

interface Line {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

export function Diff({ before, after }: { readonly before: Encoded; readonly after: Encoded }): ReactNode {
  const isFirst = before === null && isObject(after);
  const lines = useMemo(() => linesOf(before, after), [before, after]);
  if (isFirst) return <p className="hint">This is the first that is known.</p>;
  if (lines.length === 0) return <p className="hint">No difference.</p>;
  return (
    <ul className="diff" aria-label="Differences">
      {lines.slice(0, maxLines).map(({ path, before: old, after: now }) => (
        <li key={path}>
          {old !== null && (
            <del>
              <span aria-hidden="true">− </span>
              {path}: {old}
            </del>
          )}
          {now !== null && (
            <ins>
              <span aria-hidden="true">+ </span>
              {path}: {now}
            </ins>
          )}
        </li>
      ))}
      {lines.length > maxLines && <li className="hint">and {lines.length - maxLines} more</li>}
    </ul>
  );
}

function linesOf(before: Encoded, after: Encoded): Line[] {
  if (!isObject(before) || !isObject(after)) {
    return JSON.stringify(before) === JSON.stringify(after)
      ? []
      : [{ path: "value", before: before === null ? null : inline(before), after: inline(after) }];
  }
  return microdiff(before, after).map((it) => ({
    path: it.path.join("."),
    before: it.type === "CREATE" ? null : inline(it.oldValue as Encoded, 80),
    after: it.type === "REMOVE" ? null : inline(it.value as Encoded, 80),
  }));
}

function isObject(value: Encoded): value is { [key: string]: Encoded } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
