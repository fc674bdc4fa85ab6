/** Hues before they are used again with another marker. */
export const hues = 8;

/** Distinguishable with each kind of colour blindness as far as eight hues can be; the markers do the rest. */
const light = ["#1f5fd0", "#c2410c", "#15803d", "#9333ea", "#a16207", "#be185d", "#0e7490", "#57534e"];
const dark = ["#7cacff", "#fb923c", "#4ade80", "#c792ff", "#eab308", "#f472b6", "#22d3ee", "#c4bdb6"];

const rules = (colours: readonly string[]): string =>
  colours.map((it, index) => `.hue${index}{--hue:${it}}`).join("");

export const chartStyle = `
svg{--ground:#fff;--ink:#1c1917;--soft:#57534e;--grid:#e7e5e4;font:13px system-ui,-apple-system,"Segoe UI",sans-serif}
${rules(light)}
@media (prefers-color-scheme:dark){svg{--ground:#16181d;--ink:#f5f5f4;--soft:#a8a29e;--grid:#2c3038}${rules(dark)}}
text{fill:var(--ink)}
.ground{fill:var(--ground)}
.heading{font-size:18px;font-weight:600}
.caption,.tick,.label,.key text{fill:var(--soft)}
.tick{font-size:12px}
.middle{text-anchor:middle}
.end{text-anchor:end}
.grid{stroke:var(--grid);fill:none}
.axis{stroke:var(--soft);fill:none}
.line{fill:none;stroke:var(--hue);stroke-width:1.6;stroke-linejoin:round}
.first{stroke-width:3.2}
.key{fill:none;stroke:var(--soft);stroke-width:1.6}
.dotted{stroke-dasharray:2 4}
.mark{fill:var(--hue);stroke:none}
.hollow{fill:var(--ground);stroke:var(--hue);stroke-width:1.6}
.line text,.key text{stroke:none}
.first .name{font-weight:600}
svg:hover .line:not(:hover){opacity:.35}
svg:not(:has(.line:hover)) .line{opacity:1!important}
`;
