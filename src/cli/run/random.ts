export { type Random, seededRandom } from "../../core/random.ts";

/** A seed that nobody asked for. */
export function chooseSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
