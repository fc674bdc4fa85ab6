import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { HomeostatConfig } from "../../src/core/config.ts";
import { HomeostatError } from "../../src/core/errors.ts";
import { type ConfigProblem, readConfig, redactConfig, type ReadConfig } from "../../src/node/config.ts";

describe("a valid file", () => {
  it("gets its defaults, and absolute working directories", () => {
    const file = write({
      mcpServers: { git: { command: "node" }, near: { command: "node", cwd: "sub/dir" } },
      plugins: { both: { servers: { far: { command: "node", cwd: "/opt" } } } },
    });
    const { config, directory } = readConfig(file, {});
    expect(config.mcpServers["git"]).toMatchObject({ args: [], env: {}, cwd: directory, required: true });
    expect(config.mcpServers["near"]?.cwd).toBe(join(directory, "sub/dir"));
    expect(config.plugins["both"]?.servers["far"]?.cwd).toBe("/opt");
    expect(config.crashBudget.retryBackoffMs).toBe(250);
  });

  it("may begin with a byte order mark", () => {
    expect(readConfig(write('\uFEFF{ "startSlots": 2 }'), {}).config.startSlots).toBe(2);
  });

  it("is warned about when there is nothing to supervise, a plugin is empty, or a secret is written into it", () => {
    const warnings = (config: object): readonly string[] => readConfig(write(config), {}).warnings;
    expect(warnings({})).toEqual([expect.stringContaining("nothing to supervise")]);
    expect(warnings({ plugins: { a: { servers: {} } } })).toEqual([
      expect.stringContaining("plugins.a has no servers"),
    ]);
    const written = server({ env: { API_KEY: "sk-12345678", MODE: "fast" } });
    expect(warnings(written)).toEqual([
      expect.stringContaining("mcpServers.git.env.API_KEY looks like a secret"),
    ]);
  });
});

describe("a file that cannot be read", () => {
  it("is named, with a way to make one", () => {
    const error = failure("/nowhere/stately.config.json", {});
    expect(error.code).toBe("config_unreadable");
    expect(error.message).toContain("/nowhere/stately.config.json: there is no such file");
    expect(error.message).toContain('{ "mcpServers":');
  });

  it("may be a folder", () => {
    const folder = join(write({}), "..", "folder.json");
    mkdirSync(folder);
    expect(failure(folder, {}).message).toContain("is a folder");
  });
});

describe("text that is no JSON", () => {
  it.each([
    ["a comment", '{\n  "startSlots": 2 // two\n}', 2, 19, "JSON has no comments"],
    ["a trailing comma", '{\n  "startSlots": 2,\n}', 2, 18, "trailing comma"],
    ["a missing comma", '{\n  "plugins": {}\n  "mcpServers": {}\n}', 3, 3, 'expected ","'],
    ["a missing colon", '{ "startSlots" 2 }', 1, 16, 'expected ":"'],
    ["a key without quotes", "{ startSlots: 2 }", 1, 3, "double quotes), found startSlots"],
    ["something after the end", '{ "startSlots": 2 }\n}', 2, 1, "nothing after the JSON value"],
    ["an end too early", '{ "startSlots": 2', 1, 18, "found the end of the file"],
    ["an unfinished string", '{ "a: 2 }', 1, 3, "double quote at the end"],
    ["nothing", " \n", 1, 1, "the file is empty"],
  ])("%s is shown at its place", (_, text, line, column, message) => {
    const [problem] = problemsOf(write(text));
    expect(problem).toMatchObject({ line, column, path: null });
    expect(problem?.message).toContain(message);
  });

  it("is shown with its line and a caret below the place", () => {
    const error = failure(write('{\n  "startSlots" 2\n}'), {});
    expect(error.message).toContain('stately.config.json:2:16: expected ":" after the key, found 2');
    expect(error.message).toContain('\n2 |   "startSlots" 2\n                   ^');
  });

  it("has each broken line listed", () => {
    expect(problemsOf(write('{\n  "a": tru,\n  "b": [1,]\n}')).map((it) => it.line)).toEqual([2, 3]);
  });

  it("is never quoted with a secret in it", () => {
    const text = `{ "mcpServers": { "a": { "env": { "X": "hunter2hunter2" }, "args": ["--token", "abcdefgh"] } }, }`;
    const { message } = failure(write(text), {});
    expect(message).toContain("^");
    expect(message).not.toMatch(/hunter2|abcdefgh/);
  });
});

describe("a wrong document", () => {
  it("has all of its problems listed at once, in the order of the text", () => {
    const file = write(
      [
        "{",
        '  "startSlots": 0,',
        '  "mcpServers": {',
        '    "git": { "comand": "x", "args": ["a", 5] },',
        '    "a b": { "command": "" }',
        "  },",
        '  "crashBudgt": {}',
        "}",
      ].join("\n"),
    );
    expect(problemsOf(file).map(({ path, line, message }) => `${line} ${path}: ${message}`)).toEqual([
      "2 startSlots: expected more than 0, found the number 0",
      "4 mcpServers.git.command: the key is missing; expected a string",
      expect.stringMatching(/^4 mcpServers\.git\.comand: unknown key "comand"; did you mean "command"\?/),
      "4 mcpServers.git.args[1]: expected a string, found a number",
      expect.stringMatching(/^5 mcpServers\["a b"\]: cannot be a name: letters/),
      '5 mcpServers["a b"].command: expected text, found nothing between the quotes',
      expect.stringMatching(/^7 crashBudgt: unknown key "crashBudgt"; did you mean "crashBudget"\?/),
    ]);
  });

  it.each([
    [server({ probe: { evryMs: 5 } }), "mcpServers.git.probe.evryMs", "everyMs"],
    [server({ stop: { eof: 5 } }), "mcpServers.git.stop.eof", "eofMs"],
    [server({ start: { timeoutMs: 5 } }), "mcpServers.git.start.timeoutMs", "handshakeMs"],
    [{ crashBudget: { outerLimit: { period: 5 } } }, "crashBudget.outerLimit.period", "periodMs"],
    [{ plugins: { a: { server: {} } } }, "plugins.a.server", "servers"],
  ])("names an unknown key at any depth: %j", (document, path, nearest) => {
    const problem = problemsOf(write(document)).find((it) => it.path === path);
    expect(problem?.message).toContain(`did you mean "${nearest}"?`);
  });

  it.each([
    ["null", "expected an object, found null"],
    ["[]", "expected an object, found an array"],
    [
      '{ "crashBudget": { "window": "rolling" } }',
      'expected "tumbling" or "sliding", found the text "rolling"',
    ],
    ['{ "startSlots": 1.5 }', "expected a whole number, found the number 1.5"],
    ['{ "mcpServers": { "a": { "command": "x", "standby": 2 } } }', "expected 0 or 1, found the number 2"],
  ])("%s: %s", (text, message) => {
    expect(problemsOf(write(text)).map((it) => it.message)).toEqual([message]);
  });

  it("has a key twice", () => {
    const file = write('{\n  "startSlots": 1,\n  "startSlots": 2\n}');
    expect(problemsOf(file)).toMatchObject([
      { path: "startSlots", message: expect.stringContaining("lines 2 and 3") },
    ]);
  });

  it("gives a plugin and a server of mcpServers the same name", () => {
    const file = write({ ...server({}), plugins: { git: { servers: {} } } });
    expect(problemsOf(file)).toMatchObject([
      { path: "mcpServers.git", message: expect.stringContaining("plugins.git") },
    ]);
  });

  it("never has a value quoted that may be a secret", () => {
    const file = write(server({ env: { API_KEY: 12345678 }, args: [87654321] }));
    expect(failure(file, {}).message).not.toMatch(/12345678|87654321/);
  });
});

describe("variables", () => {
  const expanded = (value: string, env: Record<string, string> = {}): string | undefined =>
    readConfig(write(server({ args: [value] })), env).config.mcpServers["git"]?.args[0];

  it.each([
    ["${A}", "one"],
    ["x${A}y${B}z", "xoneyz"],
    ["${MISSING:-two}", "two"],
    ["${B:-empty}", "empty"],
    ["${A:-two}", "one"],
    ["${MISSING:-}", ""],
    ["$$", "$"],
    ["$${A}", "${A}"],
    ["$$$${A}", "$${A}"],
    ["$$${A}", "$one"],
    ["$A", "$A"],
    ["100$", "100$"],
  ])("%s becomes %s", (value, expected) => {
    expect(expanded(value, { A: "one", B: "" })).toBe(expected);
  });

  it("are expanded in command, args, env and cwd, once, and nowhere else", () => {
    const spec = { command: "${A}", args: ["${A}"], env: { "${A}": "${A}" }, cwd: "${A}" };
    const { config, directory } = readConfig(write({ $schema: "${A}", ...server(spec) }), { A: "${B}" });
    expect(config.$schema).toBe("${A}");
    expect(config.mcpServers["git"]).toMatchObject({
      command: "${B}",
      args: ["${B}"],
      env: { "${A}": "${B}" },
      cwd: join(directory, "${B}"),
    });
  });

  it("that are missing are all named, with their places", () => {
    const file = write(server({ args: ["${ONE}"], env: { X: "${TWO}" } }));
    const error = failure(file, {});
    expect(error.code).toBe("variable_missing");
    expect(problemsOf(file)).toMatchObject([
      { path: "mcpServers.git.args[0]", message: expect.stringContaining("ONE is not set"), line: 6 },
      { path: "mcpServers.git.env.X", message: expect.stringContaining("TWO is not set"), line: 9 },
    ]);
  });

  it("are listed with the other problems", () => {
    const file = write(server({ args: ["${ONE}"], standby: 7 }));
    expect(failure(file, {}).code).toBe("config_invalid");
    expect(problemsOf(file).map((it) => it.code)).toEqual(["variable_missing", "config_invalid"]);
  });

  it.each(["${}", "${a b}", "${1X}", "${OPEN"])("%s is none, and said to be none", (value) => {
    const [problem] = problemsOf(write(server({ args: [value] })));
    expect(problem).toMatchObject({ code: "config_invalid", path: "mcpServers.git.args[0]" });
    expect(problem?.message).toContain("is no variable");
  });

  it("that leave the command empty are a problem", () => {
    expect(problemsOf(write(server({ command: "${X:-}" })))).toMatchObject([
      { path: "mcpServers.git.command" },
    ]);
  });

  it("leave any text alone that has no dollar in it", () => {
    const text = fc.string().filter((it) => !it.includes("$"));
    fc.assert(
      fc.property(text, (value) => {
        expect(expanded(value)).toBe(value);
      }),
      { numRuns: 30 },
    );
  });
});

describe("redactConfig", () => {
  it("keeps names and shape, and no secret", () => {
    const spec = {
      args: ["--api-key", "abcdefgh", "--token=ijklmnop", "https://me:pass@host/x", "${AUTH_TOKEN}", "plain"],
      env: { API_KEY: "qrstuvwx", MODE: "fast" },
    };
    const read: ReadConfig = readConfig(write(server(spec)), { AUTH_TOKEN: "opaque-value" });
    const shown = redactConfig(read.config, read.secrets);
    expect(HomeostatConfig.parse(shown)).toEqual(shown);
    expect(shown.mcpServers["git"]).toMatchObject({
      args: ["--api-key", "***", "--token=***", "https://***@host/x", "***", "plain"],
      env: { API_KEY: "***", MODE: "***" },
    });
  });
});

/** A document with one server, `git`. */
function server(spec: object): { mcpServers: { git: object } } {
  return { mcpServers: { git: { command: "node", ...spec } } };
}

function write(content: string | object): string {
  const folder = mkdtempSync(join(tmpdir(), "homeostat-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "stately.config.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return file;
}

function failure(file: string, env: Record<string, string>): HomeostatError {
  try {
    readConfig(file, env);
  } catch (error) {
    if (error instanceof HomeostatError) return error;
    throw error;
  }
  throw new Error(`${file} is valid`);
}

function problemsOf(file: string): ConfigProblem[] {
  return failure(file, {}).details["problems"] as ConfigProblem[];
}
