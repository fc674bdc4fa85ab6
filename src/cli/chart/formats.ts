/** Formats of `homeostat chart` and the suffixes of their files. */
export const suffixes = {
  svg: ".svg",
  mermaid: ".mmd",
  dot: ".dot",
  scxml: ".scxml",
  json: ".json",
  text: ".txt",
} as const;
export type Format = keyof typeof suffixes;

export const formats = Object.keys(suffixes) as readonly Format[];

export function isFormat(text: string): text is Format {
  return Object.hasOwn(suffixes, text);
}
