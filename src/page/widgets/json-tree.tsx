/**
 * A value as lines that can be opened.
 *
 * @module
 */
import { type ReactNode, useState } from "react";
import type { Encoded } from "../../inspect/protocol/encoded.ts";
import { inline } from "../format.ts";

const maxEntries = 100;

export function JsonTree({ value }: { readonly value: Encoded }): ReactNode {
  const entries = entriesOf(value);
  if (entries === null) return <div className="json">{inline(value)}</div>;
  return (
    <div className="json">
      {entries.length === 0 && <span className="quiet-text">empty</span>}
      {entries.slice(0, maxEntries).map(([key, it]) => (
        <Entry key={key} name={key} value={it} />
      ))}
      {entries.length > maxEntries && (
        <span className="quiet-text">and {entries.length - maxEntries} more</span>
      )}
    </div>
  );
}

function Entry({ name, value }: { readonly name: string; readonly value: Encoded }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const entries = entriesOf(value);
  if (entries === null || entries.length === 0) {
    return (
      <div className="entry">
        <span className="key">{name}</span>:{" "}
        <span className={`value ${typeof value}`}>{inline(value, 400)}</span>
      </div>
    );
  }
  return (
    <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <span className="key">{name}</span>: <span className="quiet-text">{inline(value, 60)}</span>
      </summary>
      {isOpen && <JsonTree value={value} />}
    </details>
  );
}

/** `null`: nothing to open. */
function entriesOf(value: Encoded): [string, Encoded][] | null {
  if (Array.isArray(value)) return value.map((it, index) => [String(index), it]);
  if (typeof value !== "object" || value === null || "$t" in value) return null;
  return Object.entries(value);
}
