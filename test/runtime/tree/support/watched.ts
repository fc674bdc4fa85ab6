import type { CheckStatus, ChildSpecInput, RootTree } from "../../../../src/index.ts";
import type { World } from "./world.ts";

export type Health = NonNullable<ChildSpecInput["health"]>;
export type CheckInput = NonNullable<Health["checks"]>[number];

/** Asked every second, with what it answers: the same, or one after the other, and then the last. */
export function check(
  name: string,
  answers: CheckStatus | CheckStatus[],
  rest: Partial<CheckInput> = {},
): CheckInput {
  const left = [answers].flat();
  const next = (): CheckStatus => (left.length > 1 ? left.shift() : left[0]) ?? "passing";
  return { name, everyMs: 1_000, run: () => ({ status: next() }), ...rest };
}

/** Restarted 10 ms after each failure. */
export async function watched(
  world: World,
  health: Health,
  rest: Partial<ChildSpecInput> = {},
): Promise<RootTree> {
  return world.started({
    policy: { limit: { intensity: 9 }, backoff: { kind: "constant", delayMs: 10 } },
    children: [world.worker("a", { health, ...rest })],
  });
}

/** Lets promises that are settled be heard. */
export const flush = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};
