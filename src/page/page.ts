/**
 * What can be done on the page, whatever it is done with: a key, a button, the command box, a link.
 *
 * @module
 */
import { createContext, useContext, useSyncExternalStore } from "react";
import { Client } from "./client.ts";
import { readLink, writeLink } from "./link.ts";
import { keepTheme, preferredTheme, type Tab, type Ui, UiStore } from "./ui.ts";

/** Parts that a key or a command reaches from elsewhere. */
export interface Reach {
  fit: () => void;
  zoom: (factor: number) => void;
}

export class Page {
  readonly client = new Client();
  readonly ui: UiStore;
  readonly reach: Partial<Reach> = {};
  #isLinking = false;

  constructor() {
    const theme = preferredTheme();
    keepTheme(theme);
    this.ui = new UiStore({
      tab: "both",
      theme,
      dialog: null,
      event: null,
      follow: true,
      fold: "auto",
      folds: {},
      outline: false,
      part: null,
      recordFrom: null,
      notice: "",
    });
    this.#showTab(this.ui.get().tab);
    this.client.subscribe("actor", () => this.#link());
    this.client.subscribe("status", () => this.#link());
  }

  select(key: string | null): void {
    if (key === this.client.view.selected) return;
    this.client.show({ selected: key, pin: null, sequence: { start: null } });
    this.ui.set({ part: null });
  }

  openTab(tab: Tab): void {
    this.ui.set({ tab });
    this.#showTab(tab);
    this.#link();
  }

  #showTab(tab: Tab): void {
    const shown = tab === "both" ? "sequence" : tab;
    const isPicture = shown === "sequence" || shown === "timeline" || shown === "coverage";
    this.client.show({ shown: isPicture ? [shown] : [] });
  }

  /** Shows everything as it was at a place. */
  travel(pos: number | null): void {
    this.client.show({ at: pos, log: { start: null }, sequence: { start: null } });
  }

  goLive(): void {
    this.travel(null);
  }

  /** Stops the picture where it is; again: goes on. */
  togglePause(): void {
    const { at } = this.client.view;
    if (at !== null) this.goLive();
    else this.travel(this.client.get("status")?.lastPos ?? null);
  }

  async step(step: 1 | -1, of: "log" | "actor"): Promise<void> {
    const pos = await this.client.ask({ kind: "step", step, of });
    if (pos !== null) this.travel(pos);
    else if (step === 1) this.goLive();
  }

  toggleTheme(): void {
    const theme = this.ui.get().theme === "dark" ? "light" : "dark";
    keepTheme(theme);
    this.ui.set({ theme });
  }

  toggleErrors(): void {
    const { query } = this.client.view.log;
    const term = "is:error";
    const without = query.replace(term, "").replaceAll(/\s+/g, " ").trim();
    this.client.show({
      log: { query: query.includes(term) ? without : `${without} ${term}`.trim(), start: null },
    });
  }

  send(event: string | null): void {
    this.ui.set({ dialog: "send", event });
  }

  notice(text: string): void {
    this.ui.set({ notice: text });
  }

  focus(id: string): void {
    const element = document.getElementById(id);
    element?.focus();
    if (element instanceof HTMLInputElement) element.select();
  }

  // ── Links ────────────────────────────────────────────────────────────────────

  /** Goes where the address says, as soon as what it names is there. */
  async followLink(hash: string): Promise<void> {
    const link = readLink(hash);
    if (link === null) return;
    this.#isLinking = true;
    try {
      if (link.tab !== null) this.openTab(link.tab);
      if (link.query !== null) this.client.show({ log: { query: link.query, start: null } });
      if (link.app === null) return;
      for (let attempt = 0; attempt < 40; attempt++) {
        const { key, pos } = await this.client.ask({
          kind: "find",
          app: link.app,
          path: link.path,
          seq: link.seq,
        });
        if (key !== null && (link.seq === null || pos !== null)) {
          this.select(key);
          if (pos !== null) this.travel(pos);
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      this.notice(`${link.path ?? link.app} is not there (any more)`);
    } finally {
      this.#isLinking = false;
    }
  }

  /** The address of what is shown. */
  link(): string {
    const actor = this.client.get("actor");
    const status = this.client.get("status");
    const source = status?.sources.find((it) => it.id === actor?.source);
    return writeLink({
      app: source?.app ?? null,
      path: actor?.path ?? null,
      tab: this.ui.get().tab,
      seq: this.client.view.at === null ? null : (status?.shownSeq ?? null),
      query: this.client.view.log.query === "" ? null : this.client.view.log.query,
    });
  }

  #link(): void {
    if (this.#isLinking) return;
    const hash = this.link();
    if (hash !== location.hash) history.replaceState(null, "", hash);
  }
}

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new Error("there is no page around this component");
  return page;
}

export function useUi(): Ui {
  const { ui } = usePage();
  return useSyncExternalStore(ui.subscribe, () => ui.get());
}
