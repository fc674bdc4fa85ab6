/** Sentences and their tone. */
export type Tone = "good" | "notable" | "bad" | "plain";

export interface Sentence {
  readonly text: string;
  readonly tone: Tone;
}

export const good = (text: string): Sentence => ({ text, tone: "good" });
export const notable = (text: string): Sentence => ({ text, tone: "notable" });
export const bad = (text: string): Sentence => ({ text, tone: "bad" });
export const plain = (text: string): Sentence => ({ text, tone: "plain" });
