/** Takes the place of ELK's bundle in the page, which lays out in a worker: see `scripts/page.vite.config.ts`. */
export default class NoInlineElk {
  constructor() {
    throw new Error("the page lays out charts in its worker only; give layoutChart an engine");
  }
}
