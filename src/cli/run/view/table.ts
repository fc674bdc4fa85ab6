/**
 * Columns that fit a width.
 *
 * @module
 */
export interface Cell {
  readonly text: string;
  /** Applied last, so that escape sequences do not count as width. */
  readonly paint?: (text: string) => string;
}

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** The higher, the sooner the column is left out; `null`: never. */
  readonly dropOrder: number | null;
  /** Takes what is left of the width, and needs at least so much; `null`: as wide as its content. */
  readonly flexibleFrom: number | null;
}

const gap = "  ";

/** The lines of a table: a title line, then one for each row. None is longer than `width`. */
export function layOutTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): string[] {
  const indices = chooseColumns(columns, rows, width);
  const widths = indices.map((index) => contentWidth(columns, rows, index));
  const fixed = sum(widths) + gap.length * (indices.length - 1);
  const flexible = indices.findIndex((index) => columns[index]?.flexibleFrom !== null);
  if (flexible >= 0) widths[flexible] = Math.max(0, width - (fixed - (widths[flexible] ?? 0)));
  const titles = columns.map(({ title }): Cell => ({ text: title }));
  return [titles, ...rows].map((row) => {
    let left = width;
    const cells = indices.flatMap((index, place) => {
      const { text, paint = (it: string) => it } = row[index] ?? { text: "" };
      const room = Math.min(widths[place] ?? 0, left);
      if (room <= 0) return [];
      left -= room + gap.length;
      const fitted = fit(text, room);
      const isLast = place === indices.length - 1;
      const padded =
        columns[index]?.align === "right" ? fitted.padStart(room) : isLast ? fitted : fitted.padEnd(room);
      return [paint(padded)];
    });
    return cells.join(gap);
  });
}

/** Indices of the columns that fit, most dispensable ones left out first. */
function chooseColumns(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): number[] {
  let chosen = columns.map((_, index) => index);
  const droppable = chosen
    .filter((index) => columns[index]?.dropOrder !== null)
    .sort((a, b) => (columns[b]?.dropOrder ?? 0) - (columns[a]?.dropOrder ?? 0));
  for (const candidate of droppable) {
    const needed = chosen.map((index) => columns[index]?.flexibleFrom ?? contentWidth(columns, rows, index));
    if (sum(needed) + gap.length * (chosen.length - 1) <= width) break;
    chosen = chosen.filter((index) => index !== candidate);
  }
  return chosen;
}

function contentWidth(columns: readonly Column[], rows: readonly (readonly Cell[])[], index: number): number {
  return Math.max(columns[index]?.title.length ?? 0, ...rows.map((row) => row[index]?.text.length ?? 0));
}

/** `text` cut to `width` characters, with an ellipsis where something is missing. */
export function fit(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 1 ? text.slice(0, width) : `${text.slice(0, width - 1)}…`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
