/**
 * A replay is one HTML file: what the page else loads, and the recording, stand in it as text.
 *
 * @module
 */

/** The address of a script that stands in the file; `null` when the page was served. */
export function inlined(name: "ingest" | "elk"): string | null {
  const text = inlinedText(name);
  return text === null ? null : URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
}

export function inlinedText(name: "ingest" | "elk" | "recording"): string | null {
  const element = document.getElementById(`inlined-${name}`);
  return element === null ? null : (JSON.parse(element.textContent ?? '""') as string);
}
