import { copyFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const outDir = here("../dist/page");

/** ELK is its own work under its own licence: its file stays as it is, with the licence beside it. */
const elkLicence: Plugin = {
  name: "elk-licence",
  writeBundle() {
    mkdirSync(`${outDir}/assets`, { recursive: true });
    copyFileSync(here("../node_modules/elkjs/LICENSE.md"), `${outDir}/assets/elk-LICENSE.md`);
  },
};

export default defineConfig({
  root: here("../src/page"),
  base: "./",
  plugins: [react(), elkLicence],
  resolve: {
    // The page lays out in a worker of ELK's own; the bundle for Node would double its size.
    alias: { "elkjs/lib/elk.bundled.js": here("../src/page/layout/no-inline-elk.ts") },
  },
  worker: { format: "iife" },
  build: {
    outDir,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    target: "es2024",
    reportCompressedSize: false,
    // One file beside the few lines that start it, so that a replay can hold it; ELK is loaded by the first layout.
    chunkSizeWarningLimit: 2000,
  },
});
