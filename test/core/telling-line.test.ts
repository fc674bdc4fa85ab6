import { expect, it } from "vitest";
import { tellingLine } from "../../src/core/server.ts";

it.each([
  [
    "the error above a stack and the version of Node.js",
    "Error: no\n    at a (b.js:1)\n\nNode.js v24.1.0\n",
    "Error: no",
  ],
  [
    "the last line of a Python traceback",
    "Traceback:\n  File a\nModuleNotFoundError: No module named 'x'\n",
    "ModuleNotFoundError: No module named 'x'",
  ],
  ["the last of several errors", "TypeError: a\nRangeError: b\ndone\n", "RangeError: b"],
  ["the last line when none looks like an error", "one\ntwo\n\n", "two"],
  ["nothing of nothing", " \n", ""],
])("the telling line is %s", (_, stderrTail, line) => {
  expect(tellingLine(stderrTail)).toBe(line);
});
