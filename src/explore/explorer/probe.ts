/**
 * Whether a step depends on nothing but its snapshot and its event: it is repeated with another clock and another luck.
 *
 * @module
 */

/** A day: no window and no deadline is as long. */
const shiftMs = 86_400_000;

/** Runs `step` while `Date` and `Math.random` say something else; they are put back whatever happens. */
export function underOtherConditions<T>(chance: number, step: () => T): T {
  const { Date: RealDate } = globalThis;
  const realNow = RealDate.now;
  const realRandom = Math.random;
  const later = realNow() + shiftMs * (1 + chance);
  try {
    RealDate.now = () => later;
    globalThis.Date = class extends RealDate {
      constructor(...args: [] | [number | string | Date]) {
        super(args.length === 0 ? later : args[0]);
      }
    } as DateConstructor;
    Math.random = () => chance;
    return step();
  } finally {
    globalThis.Date = RealDate;
    RealDate.now = realNow;
    Math.random = realRandom;
  }
}

/** Low and high luck: a threshold that chance decides lies between them. */
export const conditions = [0.0001, 0.9999] as const;

/** Whether somebody asked for the time or for chance since {@link Watch.reset}. */
export interface Watch {
  readonly wasAsked: boolean;
  /** It looks; else nothing is known. */
  readonly isOn: boolean;
  reset(): void;
  /** Runs `work` while it looks. */
  during<T>(work: () => T): T;
}

export function watchOutside(): Watch {
  let wasAsked = false;
  let isOn = false;
  return {
    get isOn() {
      return isOn;
    },
    get wasAsked() {
      return wasAsked;
    },
    reset() {
      wasAsked = false;
    },
    during(work) {
      const { Date: RealDate } = globalThis;
      const realNow = RealDate.now;
      const realRandom = Math.random;
      const asked = <T>(answer: T): T => {
        wasAsked = true;
        return answer;
      };
      try {
        RealDate.now = () => asked(realNow());
        globalThis.Date = class extends RealDate {
          constructor(...args: [] | [number | string | Date]) {
            super(args.length === 0 ? asked(realNow()) : args[0]);
          }
        } as DateConstructor;
        Math.random = () => asked(realRandom());
        isOn = true;
        return work();
      } finally {
        isOn = false;
        globalThis.Date = RealDate;
        RealDate.now = realNow;
        Math.random = realRandom;
      }
    },
  };
}
