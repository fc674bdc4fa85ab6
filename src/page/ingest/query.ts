/**
 * The filter language of the log and of the tree:
 *
 * ```text
 *   word "two words"      text that contains it, in any case
 *   /re/                  text that matches it
 *   actor:mail            field: actor, type, state, event, tag, from, is (error, escalation)
 *   actor:mail|billing    either
 *   !type:context         not
 * ```
 *
 * Terms are separated by blanks; all must hold.
 *
 * @module
 */

/** What a filter looks at. Getters are asked only for the fields that it names. */
export interface Subject {
  /** In lower case. */
  readonly text: string;
  field(name: Field): string;
}

const fields = ["actor", "type", "state", "event", "tag", "from", "is"] as const;
export type Field = (typeof fields)[number];

export interface Query {
  /** Everything, when no term is given. */
  readonly test: (subject: Subject) => boolean;
  readonly isEmpty: boolean;
  /** What is wrong with the text; the terms that are well formed still hold. */
  readonly problem: string | null;
}

type Test = Query["test"];

export function parseQuery(text: string): Query {
  const tests: Test[] = [];
  let problem: string | null = null;
  for (const token of tokens(text)) {
    try {
      tests.push(term(token));
    } catch (error) {
      problem ??= error instanceof Error ? error.message : String(error);
    }
  }
  const [only] = tests;
  const test: Test =
    only === undefined
      ? () => true
      : tests.length === 1
        ? only
        : (subject) => tests.every((it) => it(subject));
  return { test, isEmpty: tests.length === 0, problem };
}

/** Split at blanks, but not within quotation marks or slashes. */
function tokens(text: string): string[] {
  return text.match(/!?(?:[a-z]+:)?(?:\/(?:\\.|[^/\\])+\/|(?:"[^"]*"|[^\s"])+)/gi) ?? [];
}

function term(token: string): Test {
  if (token.startsWith("!")) {
    if (token.length === 1) throw new Error("write what is not wanted after the !");
    const inner = term(token.slice(1));
    return (subject) => !inner(subject);
  }
  const named = /^([a-z]+):(.+)$/i.exec(token);
  if (named === null) {
    const matches = pattern(token);
    return (subject) => matches(subject.text);
  }
  const [, name = "", wanted = ""] = named;
  const field = fields.find((it) => it === name.toLowerCase());
  if (field === undefined) throw new Error(`no field "${name}"; there are ${fields.join(", ")}`);
  const matches = pattern(wanted);
  return (subject) => matches(subject.field(field).toLowerCase());
}

function pattern(text: string): (value: string) => boolean {
  const expression = /^\/(.*)\/$/.exec(text);
  if (expression !== null) {
    try {
      const compiled = new RegExp(expression[1] ?? "", "i");
      return (value) => compiled.test(value);
    } catch {
      throw new Error(`${text} is not a regular expression`);
    }
  }
  const words = text
    .replaceAll('"', "")
    .toLowerCase()
    .split("|")
    .filter((it) => it !== "");
  const [only = ""] = words;
  return words.length < 2
    ? (value) => value.includes(only)
    : (value) => words.some((it) => value.includes(it));
}
