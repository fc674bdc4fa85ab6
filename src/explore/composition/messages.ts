/** Events between components, numbered. */
import type { AnyEventObject } from "xstate";
import { canonical } from "../explorer/canonical.ts";

export class Messages {
  readonly all: AnyEventObject[] = [];
  readonly #index = new Map<string, number>();

  of(number: number): AnyEventObject {
    return this.all[number] as AnyEventObject;
  }

  number(event: AnyEventObject): number {
    const key = canonical(event);
    let number = this.#index.get(key);
    if (number === undefined) {
      number = this.all.push(event) - 1;
      this.#index.set(key, number);
    }
    return number;
  }
}
