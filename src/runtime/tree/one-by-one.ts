/** Does `step` for each, the next one when it has called back, which it may do at once; then `then`. */
export function oneByOne<T>(
  all: readonly T[],
  step: (it: T, done: () => void) => void,
  then: () => void,
): void {
  let index = 0;
  const next = (): void => {
    while (index < all.length) {
      let isDone = false;
      let isInside = true;
      step(all[index++] as T, () => {
        isDone = true;
        if (!isInside) next();
      });
      isInside = false;
      if (!isDone) return;
    }
    then();
  };
  next();
}
