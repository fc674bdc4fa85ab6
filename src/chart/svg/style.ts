/**
 * Colours and type of the picture. Contrast of text to its ground is at least 4.5 : 1 in both themes.
 *
 * @module
 */
import { textStyles } from "../layout/rows.ts";

export const themes = ["light", "dark", "auto"] as const;
/** `auto`: as the viewer prefers, decided by its style sheet. */
export type Theme = (typeof themes)[number];

const light = `--bg:#fff;--fg:#0f172a;--mut:#556274;--ln:#94a3b8;--tip:#64748b;--in:#fff,#f6f8fb,#eef2f7,#e6ecf3;--atom:#fff;--on:#2563eb;--onbg:#dbeafe;--pill:#fff;--delay:#8a5a08`;
const dark = `--bg:#0b1020;--fg:#e6edf7;--mut:#98a9c0;--ln:#475569;--tip:#7488a5;--in:#0b1020,#111a2e,#16223a,#1c2a45;--atom:#1b2740;--on:#60a5fa;--onbg:#1e3a6e;--pill:#0f182b;--delay:#facc15`;

/** Grounds of open states by depth, as variables `--in0` to `--in3`. */
const variables = (theme: string): string =>
  theme.replace(/--in:([^;]+)/, (_, list: string) =>
    list
      .split(",")
      .map((it, at) => `--in${at}:${it}`)
      .join(";"),
  );

const fonts = Object.entries(textStyles)
  .map(([name, { size, isBold }]) => `.hc .t-${name}{font-size:${size}px;font-weight:${isBold ? 700 : 400}}`)
  .join("\n");

/** Every selector is inside `.hc`, so that charts can stand in a page with styles of its own. */
export function styleSheet(theme: Theme): string {
  const own = `.hc-${theme}`;
  const base = `${own}{${variables(theme === "dark" ? dark : light)}}`;
  const preferred = theme === "auto" ? `\n@media(prefers-color-scheme:dark){${own}{${variables(dark)}}}` : "";
  return `${base}${preferred}
.hc{background:var(--bg);font-family:"Liberation Sans",Arial,Helvetica,sans-serif}
.hc text{fill:var(--fg);white-space:pre}
.hc .box>rect{fill:var(--atom);stroke:var(--ln);stroke-width:1.2}
.hc .open>rect{fill:var(--in3)}.hc .d0>rect{fill:var(--in0)}.hc .d1>rect{fill:var(--in1)}.hc .d2>rect{fill:var(--in2)}
.hc .region>rect{stroke-dasharray:5 4}
.hc .box>.inner{fill:none}
.hc .rule{stroke:var(--ln);stroke-width:.7;opacity:.6}
.hc .history circle{fill:var(--atom);stroke:var(--ln);stroke-width:1.2}
.hc .title{font-size:13px;font-weight:700}
.hc .halo text{paint-order:stroke;stroke-width:5px;stroke-linejoin:round;stroke:var(--in3)}
.hc .halo.d0 text{stroke:var(--in0)}.hc .halo.d1 text{stroke:var(--in1)}.hc .halo.d2 text{stroke:var(--in2)}
.hc .badge{font-size:9.5px;fill:var(--mut)}
${fonts}
.hc .t-system,.hc .t-guard,.hc .t-label,.hc .t-action{fill:var(--mut)}.hc .t-guard{font-style:italic}
.hc .t-delay{fill:var(--delay)}
.hc .initial{fill:var(--fg)}
.hc .edge path{fill:none;stroke:var(--ln);stroke-width:1.4}
.hc .edge polygon{fill:var(--tip)}
.hc .edge.delay path,.hc .edge.historyDefault path{stroke-dasharray:5 3}
.hc .pill rect{fill:var(--pill);stroke:var(--ln);stroke-width:.9}
.hc .box.on>rect{stroke:var(--on);stroke-width:2.4}.hc .box.on:not(.open)>rect:first-of-type{fill:var(--onbg)}
.hc .text.on .title{fill:var(--on)}
.hc .edge.on path{stroke:var(--on);stroke-width:2.6}.hc .edge.on polygon{fill:var(--on)}
.hc .pill.on rect{stroke:var(--on);stroke-width:1.8;fill:var(--onbg)}`;
}
