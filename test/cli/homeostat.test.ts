import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith, homeostat, parseLines, root } from "../support/command.ts";

const oneServer = { mcpServers: { git: { command: "node" } } };

describe("homeostat", () => {
  it("prints its help with examples and exit codes", async () => {
    const { code, stdout } = await homeostat(["--help"], root);
    expect(code).toBe(0);
    expect(stdout).toContain("homeostat run --for 20s --chaos 3");
    for (const exitCode of [0, 1, 2, 3, 130]) expect(stdout).toMatch(new RegExp(`^  ${exitCode} +\\w`, "m"));
  });

  it("prints the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(await homeostat(["--version"], root)).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it.each([
    [["rnu"], "unknown command 'rnu'", "Did you mean run?"],
    [["run", "--caos", "3"], "unknown option '--caos'", "Did you mean --chaos?"],
    [["run", "--for", "3"], "argument '3' is invalid", "500ms, 30s or 2m"],
    [["run", "--chaos", "-1"], "argument '-1' is invalid", "whole number"],
    [["run", "--seed", "x"], "argument 'x' is invalid", "whole number"],
    [["run", "--seed", "x"], "argument 'x' is invalid", "homeostat run --help"],
    [["explain"], "missing required argument 'subject'", "homeostat explain --help"],
  ])("refuses %j", async (args, what, hint) => {
    const { code, stdout, stderr } = await homeostat(args, root);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(what);
    expect(stderr).toContain(hint);
  });

  it("prints its help and fails without a command", async () => {
    const { code, stderr } = await homeostat([], root);
    expect(code).toBe(2);
    expect(stderr).toContain("Usage: homeostat");
  });
});

describe("homeostat validate", () => {
  it("counts what a valid configuration has", async () => {
    expect(await homeostat(["validate"], root)).toMatchObject({
      code: 0,
      stdout: "stately.config.json: valid, 3 plugins, 3 servers\n",
      stderr: "",
    });
  });

  it("prints one object with --json, without secrets", async () => {
    const secret = { mcpServers: { git: { command: "node", env: { API_KEY: "hunter2hunter2" } } } };
    const { code, stdout } = await homeostat(["validate", "--json"], folderWith(secret));
    expect(code).toBe(0);
    expect(parseLines(stdout)).toMatchObject([{ type: "valid", plugins: 1, servers: 1 }]);
    expect(stdout).not.toContain("hunter2");
  });

  it("lists every problem, as objects with --json", async () => {
    const folder = folderWith('{\n  "plugin": {},\n  "startSlots": 0\n}');
    const { code, stdout, stderr } = await homeostat(["validate", "--json"], folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /stately\.config\.json:2:3: plugin: unknown key "plugin"; did you mean "plugins"\?/,
    );
    expect(stderr).toMatch(/stately\.config\.json:3:3: startSlots: expected more than 0/);
    expect(parseLines(stdout)).toMatchObject([
      {
        type: "error",
        code: "config_invalid",
        details: { problems: [{ path: "plugin" }, { path: "startSlots" }] },
      },
    ]);
  });
});

describe("homeostat run, before anything is started,", () => {
  it.each([
    [
      "an unknown key",
      { mcpServers: { git: { comand: "node" } } },
      /mcpServers\.git\.comand: .*did you mean "command"\?/,
    ],
    [
      "invalid JSON",
      '{\n  "mcpServers": {\n    "git": { "command" "node" }\n  }\n}',
      /stately\.config\.json:3:24: /,
    ],
    [
      "a missing variable",
      { mcpServers: { git: { command: "${NO_SUCH}" } } },
      /mcpServers\.git\.command: .*NO_SUCH is not set/,
    ],
  ])("refuses %s with exit code 2", async (_, config, message) => {
    const folder = folderWith(config);
    const { code, stdout, stderr } = await homeostat(["run"], folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).toContain("homeostat: nothing was started");
    expect(readdirSync(folder)).toEqual(["stately.config.json"]);
  });

  it("says which file is missing", async () => {
    const { code, stderr } = await homeostat(["run", "--config", "no.json"], folderWith(oneServer));
    expect(code).toBe(2);
    expect(stderr).toMatch(/no\.json: there is no such file/);
  });

  it("says that a run directory cannot be used", async () => {
    const { code, stderr } = await homeostat(["run", "--dir", "stately.config.json"], folderWith(oneServer));
    expect(code).toBe(2);
    expect(stderr).toContain("stately.config.json cannot be the run directory");
  });
});
