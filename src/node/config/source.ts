/**
 * Places in the text of a configuration file, and the problems found there.
 *
 * @module
 */
import { findNodeAtLocation, type Node } from "jsonc-parser";
import type { ErrorCode } from "../../core/errors.ts";

/** Keys and array indices from the root. */
export type Path = readonly (string | number)[];

/** One thing to mend in a configuration file. */
export interface ConfigProblem {
  readonly code: Extract<ErrorCode, "config_invalid" | "variable_missing">;
  /** Such as `mcpServers.git.args[0]`; `null` where the text is no JSON; empty for the whole document. */
  readonly path: string | null;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units as editors count. */
  readonly column: number;
  readonly message: string;
  /** The line in question and a caret below it, secrets masked; `null` where path and message say enough. */
  readonly excerpt: string | null;
}

/** A problem that has a path, but not yet a place. */
export interface Finding {
  readonly code?: ConfigProblem["code"];
  readonly path: Path;
  readonly message: string;
}

export function positionAt(text: string, offset: number): Pick<ConfigProblem, "line" | "column"> {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** `finding` with the place of its key; a key that is not there has the place of what should contain it. */
export function locate(
  text: string,
  root: Node,
  { code = "config_invalid", path, message }: Finding,
): ConfigProblem {
  return { code, path: formatPath(path), ...positionAt(text, offsetOf(root, path)), message, excerpt: null };
}

function offsetOf(root: Node, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    // The parent of a property's value is the property, which begins with its key.
    if (node !== undefined) return node.parent?.type === "property" ? node.parent.offset : node.offset;
  }
  return root.offset;
}

/** `["plugins", "my plugin", "args", 0]` as `plugins["my plugin"].args[0]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** The line of `offset` and a caret below it; long lines are cut around it. `shown`: the text with secrets masked. */
export function excerptAt(shown: string, offset: number): string {
  const { line, column } = positionAt(shown, offset);
  const whole = (shown.split(/\r\n|\n|\r/)[line - 1] ?? "").replaceAll("\t", " ");
  const from = Math.max(0, column - 1 - excerptReach);
  const part = whole.slice(from, column - 1 + excerptReach);
  const gutter = `${line} | `;
  return `${gutter}${part}\n${" ".repeat(gutter.length + column - 1 - from)}^`;
}

/** Characters shown to either side of the caret. */
const excerptReach = 60;
