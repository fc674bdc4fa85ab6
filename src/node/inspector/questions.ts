/** What sources were asked and have not answered. Each is answered once: by its source, or for want of an answer. */
import type { Answer, AnswerCode } from "../../inspect/protocol/command.ts";

interface Asked<Link> {
  readonly answer: (answer: Answer) => void;
  readonly link: Link;
  readonly timer: NodeJS.Timeout;
}

export class Questions<Link> {
  readonly #answerMs: number;
  readonly #asked = new Map<string, Asked<Link>>();
  #count = 0;

  constructor(answerMs: number) {
    this.#answerMs = answerMs;
  }

  /** Returns the id to ask under. */
  ask(link: Link, answer: (answer: Answer) => void): string {
    const id = `q${++this.#count}`;
    const late = refusal("noAnswer", `the source did not answer within ${this.#answerMs} ms`);
    const timer = setTimeout(() => this.answer(id, late), this.#answerMs);
    this.#asked.set(id, { answer, link, timer });
    return id;
  }

  answer(id: string, answer: Answer): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    this.#asked.delete(id);
    clearTimeout(asked.timer);
    asked.answer(answer);
  }

  /** Those of one link, or all. */
  giveUp(why: string, link?: Link): void {
    for (const [id, asked] of this.#asked) {
      if (link === undefined || asked.link === link) this.answer(id, refusal("noAnswer", why));
    }
  }
}

export function refusal(code: AnswerCode, message: string): Answer {
  return { ok: false, code, message };
}
