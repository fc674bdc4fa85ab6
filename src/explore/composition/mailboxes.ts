/** Contents of mailboxes, numbered: 0 is empty. Putting and taking are looked up. */
export class Mailboxes {
  readonly #contents: (readonly number[])[] = [[]];
  readonly #index = new Map<string, number>([["", 0]]);
  readonly #put: (number[] | undefined)[] = [];
  readonly #rest: number[] = [0];

  /** `contents` with `message` behind it. */
  put(contents: number, message: number): number {
    const known = (this.#put[contents] ??= []);
    return (known[message] ??= this.#number([...this.messages(contents), message]));
  }

  /** The oldest message; -1: there is none. */
  first(contents: number): number {
    return this.messages(contents)[0] ?? -1;
  }

  rest(contents: number): number {
    return (this.#rest[contents] ??= this.#number(this.messages(contents).slice(1)));
  }

  messages(contents: number): readonly number[] {
    return this.#contents[contents] ?? [];
  }

  length(contents: number): number {
    return this.messages(contents).length;
  }

  map(contents: number, change: (message: number) => number): number {
    return this.#number(this.messages(contents).map(change));
  }

  #number(messages: readonly number[]): number {
    const key = messages.join();
    let number = this.#index.get(key);
    if (number === undefined) {
      number = this.#contents.push(messages) - 1;
      this.#index.set(key, number);
    }
    return number;
  }
}
