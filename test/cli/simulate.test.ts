import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runSimulate, simulateCommand, type SimulateOptions } from "../../src/cli/simulate.ts";
import { builtInPolicies } from "../../src/simulate/policies.ts";
import { homeostat, root } from "../support/command.ts";
import { elements, parseXml } from "../support/xml.ts";

const directory = mkdtempSync(join(tmpdir(), "homeostat-simulate-"));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const policies = (...names: string[]) => builtInPolicies.filter((it) => names.includes(it.name));

/** Runs the command in this process, with streams that remember. */
async function run(options: Partial<SimulateOptions> = {}, { stdin = "", isTTY = false } = {}) {
  const written = { stdout: "", stderr: "" };
  const output = (name: keyof typeof written) => ({
    isTTY,
    write: (text: string) => (written[name] += text),
  });
  async function* bytes() {
    yield new TextEncoder().encode(stdin);
  }
  const terminal = { stdin: bytes(), stdout: output("stdout"), stderr: output("stderr") };
  const code = await runSimulate({ hours: 1, seed: 1, ...options }, terminal);
  return { code, ...written };
}

interface Simulation {
  readonly policies: readonly { readonly name: string; readonly source: string }[];
  readonly results: readonly (Readonly<Record<string, unknown>> & { readonly policy: string })[];
}

describe("homeostat simulate", () => {
  it("prints a grid of starts, downtime and gaps, and ends with 0", async () => {
    const chosen = policies("homeostat", "otp", "kubernetes", "vscode-languageclient");
    expect(await run({ policy: chosen, intervals: [50, 45_000, 1_200_000] })).toEqual({
      code: 0,
      stdout: `${[
        "starts per hour, by crash interval",
        "                       50ms        45s        20m",
        "homeostat                17!60s     19!7.5m     3",
        "otp                       2×100ms   81          4",
        "kubernetes               17         15          4",
        "vscode-languageclient     5×250ms    5×3.8m     4",
        "",
        "downtime in an hour",
        "                       50ms        45s        20m",
        "homeostat               60m        46m      500ms",
        "otp                     60m        0ms        0ms",
        "kubernetes              60m        49m        0ms",
        "vscode-languageclient   60m        56m        0ms",
        "",
        "longest gap",
        "                       50ms        45s        20m",
        "homeostat                5m         5m      250ms",
        "otp                     60m        0ms        0ms",
        "kubernetes               5m         5m        0ms",
        "vscode-languageclient   60m        56m        0ms",
        "",
        "17!1m   goes on with rare probes, and told somebody after 1 min",
        " 5×2.9s gave up after 2.9 s, and told somebody",
      ].join("\n")}\n`,
      stderr: "",
    });
  });

  it("prints one table for one interval, with the way back when it heals", async () => {
    const { stdout } = await run({
      policy: policies("homeostat", "otp"),
      intervals: [50],
      healAfter: 600_000,
    });
    expect(stdout.split("\n").slice(0, 4)).toEqual([
      "crashes after 50ms of uptime, 1 h",
      "policy                  starts/h  gives up     tells  downtime  longest gap  starts after   back in",
      "homeostat                      8     never       60s       11m           5m             1       61s",
      "otp                            2     100ms     100ms       60m          60m             0     never",
    ]);
  });

  it("prints one table for one policy", async () => {
    const { stdout } = await run({ policy: policies("pm2"), intervals: [999, 1_000] });
    expect(stdout.split("\n").slice(0, 4)).toEqual([
      "pm2, 1 h",
      "crash every             starts/h  gives up     tells  downtime  longest gap",
      "999ms                         16       16s       16s       60m          60m",
      "1s                          3601     never     never       0ms          0ms",
    ]);
  });

  it.each([
    [{}],
    [{ healAfter: 600_000 }],
    [{ intervals: [50], healAfter: 600_000 }],
    [{ intervals: [1, 20, 300, 4_000, 50_000, 600_000, 700_000, 800_000, 9_000_000], hours: 100 }],
  ])("fits 100 columns with %j", async (options) => {
    const { stdout } = await run(options);
    expect(stdout.split("\n").filter((line) => line.length > 100)).toEqual([]);
    expect(stdout.split("\n").length).toBeGreaterThan(builtInPolicies.length);
  });

  it("shows each of many intervals, in several grids", async () => {
    const intervals = Array.from({ length: 15 }, (_, index) => (index + 1) * 1_000);
    const { stdout } = await run({ intervals, policy: policies("otp", "pm2") });
    const heads = stdout.match(/^ +1s.*|^ +8s.*|^ +15s.*/gm);
    expect(heads).toHaveLength(9);
  });

  it("prints one object with --json, the same each time", async () => {
    const first = await run({ json: true });
    const { type, horizonMs, results, ...rest } = JSON.parse(first.stdout) as Simulation &
      Record<string, unknown>;
    expect({ type, horizonMs }).toEqual({ type: "simulation", horizonMs: 3_600_000 });
    expect(rest.policies.map((it) => it.name)).toEqual(builtInPolicies.map((it) => it.name));
    expect(results).toHaveLength(builtInPolicies.length * 7);
    expect(results.find((it) => it.policy === "pm2" && it["intervalMs"] === 2_000)).toEqual({
      policy: "pm2",
      trace: "2000ms",
      intervalMs: 2_000,
      starts: 1_801,
      startsPerHour: 1_801,
      crashes: 1_800,
      refusals: 0,
      gaveUpAtMs: null,
      toldAtMs: null,
      uptimeMs: 3_600_000,
      downtimeMs: 0,
      longestGapMs: 0,
      healing: null,
    });
    expect(await run({ json: true })).toEqual(first);
    expect((await run({ json: true, seed: 2 })).stdout).not.toBe(first.stdout);
  });

  it("takes a recorded trace from a file, and from stdin", async () => {
    const lines = '{"uptimeMs":50}\n{"uptimeMs":50}\n{"uptimeMs":50}\n';
    const path = file("trace.jsonl", `\uFEFF${lines}`);
    const fromFile = await run({ trace: path, json: true, policy: policies("otp") });
    const fromStdin = await run({ trace: "-", json: true, policy: policies("otp") }, { stdin: lines });
    expect(JSON.parse(fromFile.stdout)).toMatchObject({
      results: [{ trace: path, starts: 2, gaveUpAtMs: 100 }],
    });
    expect(JSON.parse(fromStdin.stdout)).toMatchObject({ results: [{ trace: "stdin", starts: 2 }] });
  });

  it("shows a trace beside intervals when both are given", async () => {
    const trace = file("both.jsonl", '{"at":50}\n');
    const { stdout } = await run({ trace, intervals: [50], policy: policies("otp", "pm2") });
    expect(stdout.split("\n")[1]).toBe("                       50ms      trace");
  });

  it("draws a chart of the policies asked for", async () => {
    const svg = join(directory, "chart.svg");
    const { stdout } = await run({ svg, policy: policies("otp", "pm2"), intervals: [100, 1_000], hours: 2 });
    expect(stdout).toContain(`wrote ${svg}`);
    const texts = elements(parseXml(readFileSync(svg, "utf8")), "text").map((it) => it.text);
    expect(texts).toEqual(expect.arrayContaining(["otp", "pm2", "2 h of virtual time, jitter by seed 1"]));
    expect(texts).not.toContain("suture");
    expect(texts).not.toContain("20 min");
  });

  it("has no colours unless it writes to a terminal", async () => {
    expect((await run()).stdout).not.toContain("\u001B");
  });

  it("explains itself with every policy, examples and exit codes", () => {
    let help = "";
    const command = simulateCommand().configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    for (const { name, summary } of builtInPolicies) expect(help).toContain(`${name.padEnd(22)} ${summary}`);
    expect(help).toContain("homeostat simulate --svg policies.svg");
    expect(help).toContain("Exit codes:");
  });
});

describe("as a process, homeostat simulate", () => {
  it("reproduces published behaviour as one JSON object", async () => {
    const { code, stdout, stderr } = await homeostat(
      [
        "simulate",
        "--json",
        "--policy",
        "suture",
        "pm2",
        "--policy",
        "otp",
        "--intervals",
        "2s,50ms",
        "--hours",
        "0.5",
      ],
      root,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { results } = JSON.parse(stdout) as Simulation;
    expect(results.map((it) => [it.policy, it["intervalMs"]])).toEqual([
      ["suture", 50],
      ["suture", 2_000],
      ["pm2", 50],
      ["pm2", 2_000],
      ["otp", 50],
      ["otp", 2_000],
    ]);
    expect(results[3]).toMatchObject({ starts: 901, startsPerHour: 1_802 });
  });

  it.each([
    [["--policy", "sutur"], "There is no such policy; did you mean suture?"],
    [["--policy", "nomd"], "did you mean nomad-service or nomad-batch or nomad-delay?"],
    [["--policy", "docker"], "there are homeostat, otp, elixir, "],
    [["--intervals", "50ms,soon"], "Expected a duration such as 500ms, 30s or 2m."],
    [["--intervals", "0s"], "Expected a duration"],
    [["--hours", "0"], "Expected hours, more than 0 and at most 8760."],
    [["--hours", "1e9"], "Expected hours"],
    [["--heal-after", "10"], "Expected a duration"],
    [["--heal-after", "2h"], "--heal-after 2 h is not within the 1 h simulated; see --hours"],
    [["--seed", "-1"], "Expected a whole number."],
    [["--polcy", "otp"], "Did you mean --policy?"],
    [["--svg", "/no/such/folder/chart.svg"], "cannot write /no/such/folder/chart.svg: ENOENT"],
    [["--trace", "/no/such/trace"], "cannot read /no/such/trace: ENOENT"],
  ])("refuses %j with exit code 2 and nothing on stdout", async (args, message) => {
    const { code, stdout, stderr } = await homeostat(["simulate", ...args], root);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it.each([
    ["epoch.jsonl", '{"at":1700000000000}', "472222 h 13 min after the first start", "startedAt"],
    ["no-json.jsonl", '{"at":1}\n{"at"', ":2: no JSON: ", ""],
    ["empty.jsonl", "\n", "holds no crash", ""],
  ])("refuses the trace %s", async (name, text, message, hint) => {
    const { code, stdout, stderr } = await homeostat(
      ["simulate", "--json", "--trace", file(name, text)],
      root,
    );
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ type: "error", code: "invalid_event" });
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });
});
