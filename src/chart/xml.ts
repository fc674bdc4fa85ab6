/**
 * Text as XML: for pictures and SCXML.
 *
 * @module
 */

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** For an attribute in double quotes, or for text. Characters that XML forbids become U+FFFD. */
export function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // oxlint-disable-next-line no-control-regex -- these are the ones that XML forbids
      .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, "\uFFFD")
      .replace(/[&<>"]/g, (it) => entities[it] ?? it)
      // An attribute's line breaks would be read as spaces.
      .replace(/[\t\n\r]/g, (it) => `&#${it.charCodeAt(0)};`)
  );
}

/** Attributes as they stand in a tag, each with a space before it; those without a value are left out. */
export function attributes(values: Readonly<Record<string, string | number | null | undefined>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join("");
}
