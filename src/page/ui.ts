/**
 * What the page itself remembers: which view is open, how it looks.
 *
 * @module
 */
export const tabs = [
  { id: "both", title: "Statechart + Sequence" },
  { id: "chart", title: "Statechart" },
  { id: "sequence", title: "Sequence" },
  { id: "timeline", title: "Timeline" },
  { id: "coverage", title: "Coverage" },
  { id: "supervision", title: "Supervision" },
  { id: "source", title: "Source & export" },
] as const;
export type Tab = (typeof tabs)[number]["id"];

export type FoldMode = "auto" | "none" | "all";

export interface Ui {
  readonly tab: Tab;
  readonly theme: "light" | "dark";
  readonly dialog: "help" | "commands" | "send" | null;
  /** The event that the send dialog begins with. */
  readonly event: string | null;
  readonly follow: boolean;
  readonly fold: FoldMode;
  /** States that a person folded or opened, by machine. */
  readonly folds: { readonly [def: string]: { readonly [state: string]: boolean } };
  readonly outline: boolean;
  /** The state or transition that the details are of. */
  readonly part: string | null;
  readonly recordFrom: number | null;
  /** Said once by screen readers and shown for a moment. */
  readonly notice: string;
}

export class UiStore {
  #state: Ui;
  readonly #listeners = new Set<() => void>();

  constructor(state: Ui) {
    this.#state = state;
  }

  get(): Ui {
    return this.#state;
  }

  set(change: Partial<Ui>): void {
    this.#state = { ...this.#state, ...change };
    this.#listeners.forEach((it) => it());
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
}

const themeKey = "homeostat.theme";

export function preferredTheme(): Ui["theme"] {
  try {
    const kept = localStorage.getItem(themeKey);
    if (kept === "light" || kept === "dark") return kept;
  } catch {
    // A file may have no storage.
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function keepTheme(theme: Ui["theme"]): void {
  document.documentElement.dataset["theme"] = theme;
  try {
    localStorage.setItem(themeKey, theme);
  } catch {
    // as above
  }
}
