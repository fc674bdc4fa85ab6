/**
 * Keys, each with what it does. They do nothing while a person types, but for those with Control, and Escape.
 *
 * @module
 */
import type { Page } from "./page.ts";

interface KeyAction {
  readonly keys: string;
  readonly title: string;
  readonly run: (page: Page) => void;
}

const go = (keys: string, title: string, run: (page: Page) => void): KeyAction => ({ keys, title, run });

export const keyActions: readonly KeyAction[] = [
  go("/", "Filter the list that has the focus: actors, or the log", (page) =>
    page.focus(document.activeElement?.closest("#log") === null ? "tree-filter" : "log-filter"),
  ),
  go(":", "Command box (also Ctrl K)", (page) => page.ui.set({ dialog: "commands" })),
  go("j", "Next actor", () => move("ArrowDown")),
  go("k", "Previous actor", () => move("ArrowUp")),
  go("h", "Fold the actor", () => move("ArrowLeft")),
  go("l", "Unfold the actor", () => move("ArrowRight")),
  go("[", "One row of the log back", (page) => void page.step(-1, "log")),
  go("]", "One row of the log on", (page) => void page.step(1, "log")),
  go("{", "One row of the selected actor back", (page) => void page.step(-1, "actor")),
  go("}", "One row of the selected actor on", (page) => void page.step(1, "actor")),
  go("Space", "Pause; again: go on", (page) => page.togglePause()),
  go("Home", "The oldest moment that is kept", (page) =>
    page.travel(page.client.get("status")?.firstPos ?? 0),
  ),
  go("End", "Back to now", (page) => page.goLive()),
  go("g c", "Statechart", (page) => page.openTab("chart")),
  go("g b", "Statechart + Sequence", (page) => page.openTab("both")),
  go("g s", "Sequence", (page) => page.openTab("sequence")),
  go("g t", "Timeline", (page) => page.openTab("timeline")),
  go("g v", "Coverage", (page) => page.openTab("coverage")),
  go("g p", "Supervision", (page) => page.openTab("supervision")),
  go("g x", "Source & export", (page) => page.openTab("source")),
  go("g l", "Log", (page) => page.focus("log-rows")),
  go("g e", "Escalations", (page) => page.focus("inbox")),
  go("g a", "Actors", (page) => page.focus("tree-rows")),
  go("o", "Outline of the chart", (page) => {
    page.ui.set({ outline: true });
    requestAnimationFrame(() => page.focus("outline"));
  }),
  go("f", "Follow the active state", (page) => page.ui.set({ follow: !page.ui.get().follow })),
  go("0", "Fit the chart", (page) => page.reach.fit?.()),
  go("+", "Larger", (page) => page.reach.zoom?.(1.25)),
  go("-", "Smaller", (page) => page.reach.zoom?.(0.8)),
  go("p", "Pin this moment to compare with; again: unpin", (page) => {
    const { pin, at } = page.client.view;
    page.client.show({ pin: pin === null ? (at ?? page.client.get("status")?.lastPos ?? null) : null });
  }),
  go("e", "Send an event", (page) => page.send(null)),
  go(".", "Only errors", (page) => page.toggleErrors()),
  go("d", "Dark or light", (page) => page.toggleTheme()),
  go("?", "These keys", (page) => page.ui.set({ dialog: "help" })),
  go("Escape", "Back: close what is open, then clear the filters", (page) => back(page)),
];

/** Listens for keys; returns the way to end that. */
export function listenToKeys(page: Page): () => void {
  let prefix = "";
  const listener = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.altKey) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      page.ui.set({ dialog: "commands" });
      return;
    }
    if (event.ctrlKey || event.metaKey || page.ui.get().dialog !== null) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("input, textarea, select, [contenteditable]") != null) {
      if (event.key === "Escape" && target instanceof HTMLElement) target.blur();
      return;
    }
    const key = event.key === " " ? "Space" : event.key;
    // A button that has the focus is pressed by Space.
    if (key === "Space" && target?.closest("button, [role=tab], [role=option], [role=slider]") != null)
      return;
    if ((key === "Home" || key === "End") && target?.closest("[role=slider], [role=tree]") != null) return;
    const wanted = prefix === "" ? key : `${prefix} ${key}`;
    prefix = "";
    if (key === "g" && wanted === "g") {
      prefix = "g";
      return;
    }
    const action = keyActions.find((it) => it.keys === wanted);
    if (action === undefined) return;
    event.preventDefault();
    action.run(page);
  };
  document.addEventListener("keydown", listener);
  return () => document.removeEventListener("keydown", listener);
}

/** Moves in the list of actors as its own keys do. */
function move(key: string): void {
  const list = document.getElementById("tree-rows");
  list?.focus();
  list?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

function back(page: Page): void {
  if (page.ui.get().part !== null) return page.ui.set({ part: null });
  const { tree, log } = page.client.view;
  if (tree.filter !== "" || log.query !== "") {
    return page.client.show({ tree: { filter: "", start: 0 }, log: { query: "", start: null } });
  }
  page.goLive();
}
