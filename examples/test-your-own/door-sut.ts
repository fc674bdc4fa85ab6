/** The door as a system under test: what events do to it, what can be seen of it, and how time passes. */
import type { Sut } from "../../src/testgen/index.ts";
import { type Bug, Door } from "./door.ts";

export function doorSut(bug: Bug | null = null): Sut {
  return {
    name: bug === null ? "the door" : `a door where ${bug}`,
    create() {
      const time = manualTime();
      const door = new Door(time, bug);
      return {
        send({ type, code }) {
          if (type === "code.entered") door.enterCode(String(code));
          else if (type === "opened") door.open();
          else if (type === "closed") door.close();
          else if (type === "reset") door.reset();
        },
        read: () => ({ value: door.state, context: { wrong: door.wrongCodes } }),
        advance: (ms) => time.advance(ms),
      };
    },
  };
}

function manualTime() {
  let now = 0;
  const due = new Map<() => void, number>();
  return {
    start(callback: () => void, delayMs: number) {
      due.set(callback, now + delayMs);
      return () => void due.delete(callback);
    },
    advance(ms: number) {
      now += ms;
      for (const [callback, at] of due) {
        if (at > now) continue;
        due.delete(callback);
        callback();
      }
    },
  };
}
