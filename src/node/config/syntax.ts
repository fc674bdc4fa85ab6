/**
 * Strict JSON with errors a person can act on: jsonc-parser finds the places, `JSON.parse` has the last word.
 *
 * @module
 */
import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { maskSecrets } from "./redact.ts";
import { type ConfigProblem, excerptAt, type Finding, type Path, positionAt } from "./source.ts";

export type ParsedText =
  | { readonly valid: true; readonly root: Node; readonly value: unknown }
  | { readonly valid: false; readonly problems: readonly ConfigProblem[] };

/** Parses strict JSON; comments, trailing commas and whatever follows the value are problems. */
export function parseStrictJson(text: string): ParsedText {
  const shown = maskSecrets(text);
  if (text.trim() === "") return invalid([problemAt(0, "the file is empty; expected a JSON object")]);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const problems = firstOfEachLine(errors.map((error) => describe(error)));
  if (problems.length > 0) return invalid(problems);
  try {
    const value: unknown = JSON.parse(text);
    if (root !== undefined) return { valid: true, root, value };
  } catch (error) {
    return invalid([problemAt(0, error instanceof Error ? error.message : String(error))]);
  }
  return invalid([problemAt(0, "expected a JSON object")]);

  function invalid(found: readonly ConfigProblem[]): ParsedText {
    return { valid: false, problems: found };
  }

  function problemAt(offset: number, message: string): ConfigProblem {
    const excerpt = excerptAt(shown, offset);
    return { code: "config_invalid", path: null, ...positionAt(text, offset), message, excerpt };
  }

  function describe({ error, offset, length }: ParseError): ConfigProblem {
    const before = text.slice(0, offset).trimEnd();
    const closes = text[offset] === "}" || text[offset] === "]";
    if (closes && before.endsWith(",")) return problemAt(before.length - 1, "trailing comma; JSON has none");
    const found =
      offset >= text.length ? "the end of the file" : `${shown.slice(offset, offset + Math.min(length, 40))}`;
    return problemAt(
      Math.min(offset, text.length),
      `${expectation(printParseErrorCode(error))}, found ${found}`,
    );
  }
}

function expectation(code: string): string {
  return expectations[code] ?? "expected valid JSON";
}

/** By the names that jsonc-parser gives its errors. */
const expectations: Readonly<Record<string, string>> = {
  InvalidSymbol: "expected JSON (text needs double quotes)",
  InvalidNumberFormat: "expected a number as JSON writes it",
  PropertyNameExpected: "expected a key in double quotes",
  ValueExpected: "expected a value",
  ColonExpected: 'expected ":" after the key',
  CommaExpected: 'expected ","',
  CloseBraceExpected: 'expected "}"',
  CloseBracketExpected: 'expected "]"',
  EndOfFileExpected: "expected nothing after the JSON value",
  InvalidCommentToken: "JSON has no comments",
  UnexpectedEndOfComment: "JSON has no comments",
  UnexpectedEndOfString: "expected a double quote at the end of the string",
  UnexpectedEndOfNumber: "expected a digit",
  InvalidUnicode: "expected four hexadecimal digits after \\u",
  InvalidEscapeCharacter: "expected an escape that JSON knows after the backslash",
  InvalidCharacter: "expected no control character in a string",
};

/** What follows on the same line is most often the same mistake once more. */
function firstOfEachLine(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  return sorted.filter((it, index) => it.line !== sorted[index - 1]?.line);
}

/** Keys that an object has twice: `JSON.parse` would drop the first of them without a word. */
export function findDuplicateKeys(node: Node, text: string, path: Path = []): Finding[] {
  const seen = new Map<string, number>();
  return (node.children ?? []).flatMap((child, index): Finding[] => {
    if (node.type === "array") return findDuplicateKeys(child, text, [...path, index]);
    const [keyNode, valueNode] = child.children ?? [];
    const key = String(keyNode?.value);
    const inner = valueNode === undefined ? [] : findDuplicateKeys(valueNode, text, [...path, key]);
    const { line } = positionAt(text, child.offset);
    const earlier = seen.get(key);
    seen.set(key, line);
    if (earlier === undefined) return inner;
    const message = `the key is there twice, in lines ${earlier} and ${line}; only one can count`;
    return [{ path: [...path, key], message }, ...inner];
  });
}
