import type { View } from "./view.ts";

/** What is shown at first. */
export const initialView: View = {
  at: null,
  pin: null,
  selected: null,
  tree: { start: 0, rows: 40, filter: "", collapsed: [] },
  log: { start: null, rows: 40, query: "", hidden: ["action", "context", "domain"] },
  shown: ["sequence"],
  sequence: { start: null, rows: 24, scope: "actor" },
  timeline: { start: 0, rows: 40, range: null, squash: true },
};
