/** Structural difference of two JSON values. */

export interface Difference {
  /** Where: `decision.retry.attempt`, `ops[2]`; empty for the whole value. */
  readonly path: string;
  /** As JSON; `nothing` where the key is missing. */
  readonly expected: string;
  readonly actual: string;
}

/** Every place where `actual` is not `expected`, in the order of `expected`; keys that only `actual` has come last. */
export function differences(expected: unknown, actual: unknown, path = ""): Difference[] {
  if (expected === actual) return [];
  if (!isTree(expected) || !isTree(actual) || Array.isArray(expected) !== Array.isArray(actual)) {
    return [{ path, expected: text(expected), actual: text(actual) }];
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...keys].flatMap((key) =>
    differences(own(expected, key), own(actual, key), step(path, key, Array.isArray(expected))),
  );
}

/** Whether two JSON values are the same. */
export function isSame(expected: unknown, actual: unknown): boolean {
  if (expected === actual) return true;
  if (!isTree(expected) || !isTree(actual) || Array.isArray(expected) !== Array.isArray(actual)) return false;
  const keys = Object.keys(expected);
  return (
    keys.length === Object.keys(actual).length &&
    keys.every((key) => Object.hasOwn(actual, key) && isSame(expected[key], actual[key]))
  );
}

/** `path: expected -> actual`, one line each. */
export function renderDifferences(found: readonly Difference[]): string[] {
  return found.map(
    ({ path, expected, actual }) => `${path === "" ? "answer" : path}: ${expected} -> ${actual}`,
  );
}

type Tree = Readonly<Record<string, unknown>>;

const missing = Symbol("nothing");

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null;
}

function own(tree: Tree, key: string): unknown {
  return Object.hasOwn(tree, key) ? tree[key] : missing;
}

function text(value: unknown): string {
  return value === missing ? "nothing" : (JSON.stringify(value) ?? String(value));
}

function step(path: string, key: string, isIndex: boolean): string {
  if (isIndex) return `${path}[${key}]`;
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
