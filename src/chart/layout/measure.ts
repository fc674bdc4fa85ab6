/**
 * Width of text without a DOM, so that server and page get the same layout.
 *
 * The advance widths are those of Helvetica, in thousandths of an em; Arial and Liberation Sans share them. Where the
 * viewer has another font, the picture's `textLength` still makes the text fill exactly what was measured.
 *
 * @module
 */

const groups = (rows: readonly (readonly [characters: string, width: number])[]): Map<string, number> =>
  new Map(rows.flatMap(([characters, width]) => Array.from(characters, (it) => [it, width] as const)));

const regular = groups([
  ["ijl'", 222],
  [" .,:;!/\\[]ftI", 278],
  ["|", 260],
  ["-()r", 333],
  ['"', 355],
  ["*", 389],
  ["cksvxyzJ", 500],
  ["0123456789_#?abdeghnopquL…", 556],
  ["+=<>", 584],
  ["FTZ", 611],
  ["&ABEKPSVXY", 667],
  ["wCDHNRU", 722],
  ["GOQ", 778],
  ["mM", 833],
  ["%", 889],
  ["W", 944],
  ["@→", 1015],
]);

const bold = groups([
  ["|", 280],
  [" .,ijlI/\\", 278],
  ["'", 238],
  [":;!-()[]ft", 333],
  ["r*", 389],
  ['"', 474],
  ["z", 500],
  ["0123456789_#acekosvxyJ…", 556],
  ["+=<>", 584],
  ["?bdghnopquFLTZ", 611],
  ["EPSVXY", 667],
  ["&ABCDHKNRU", 722],
  ["wGOQ", 778],
  ["M", 833],
  ["m%", 889],
  ["W", 944],
  ["@→", 1000],
]);

/** First code point of the scripts that are set in squares. */
const firstWide = 0x1100;

/** Width in pixels at a font size of `size` pixels. */
export function textWidth(text: string, size: number, isBold: boolean): number {
  const table = isBold ? bold : regular;
  let thousandths = 0;
  for (const it of text) {
    thousandths += table.get(it) ?? ((it.codePointAt(0) ?? 0) >= firstWide && !/[✓✗]/.test(it) ? 1000 : 700);
  }
  return (thousandths / 1000) * size;
}
