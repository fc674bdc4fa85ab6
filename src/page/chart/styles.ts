/** The chart's own style sheet, adopted by the document: a strict policy allows no style within the picture. */
import { styleSheet } from "../../chart/svg/style.ts";

export function adoptChartStyles(): void {
  for (const theme of ["light", "dark"] as const) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styleSheet(theme));
    document.adoptedStyleSheets.push(sheet);
  }
}
