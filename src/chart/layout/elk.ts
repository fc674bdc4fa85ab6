/**
 * ELK's constructor. The package is CommonJS with an ES-style default export: plain Node gives the constructor itself as
 * the default, its types and some bundlers give it one level deeper.
 *
 * @module
 */
import type { ELK as Elk } from "elkjs/lib/elk-api.js";
import bundled from "elkjs/lib/elk.bundled.js";

type Constructor = new () => Elk;
const imported: Constructor | { readonly default: Constructor } = bundled;

export const Layouter: Constructor = "default" in imported ? imported.default : imported;
