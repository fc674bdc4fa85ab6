import { stripVTControlCharacters } from "node:util";
import * as fc from "fast-check";
import pc from "picocolors";
import { describe, expect, it } from "vitest";
import type { Line } from "../../../src/cli/run/narrator.ts";
import { renderView, type ViewModel } from "../../../src/cli/run/view.ts";
import { healthOf, pluginStatus, serverStatus } from "../../fakes/fake-supervisor.ts";

const plain = pc.createColors(false);

const line = (subject: string, text: string): [string, Line] => [
  subject,
  { at: 0, subject, text, tone: "plain" },
];

const model: ViewModel = {
  health: healthOf(
    pluginStatus("everything", { servers: [serverStatus("everything", { standby: "ready" })] }),
    pluginStatus("memory", {
      state: "failed",
      servers: [
        serverStatus("memory", {
          status: "failed",
          pid: null,
          uptimeMs: null,
          restarts: 2,
          budget: "refused",
          retriesLeft: 0,
          retryAfterMs: 11_400,
        }),
      ],
    }),
    pluginStatus("tools", {
      state: "degraded",
      servers: [
        serverStatus("git", { uptimeMs: 3_723_000 }),
        serverStatus("web", { status: "starting", uptimeMs: null, budget: "retrying", retriesLeft: 0 }),
      ],
    }),
  ),
  lastLines: new Map([
    line("memory", "killed by SIGKILL after 7.2 s"),
    line("tools", "is degraded: web does not serve"),
    line("tools/git", "serves: 3 tools, pid 100, started in 200 ms"),
  ]),
  retries: 1,
  elapsedMs: 12_000,
  forMs: 30_000,
  notes: ["chaos: 1 of 3 kills, 1 recovered"],
};

const render = (width: number, height = 24, changes: Partial<ViewModel> = {}): string[] =>
  renderView({ ...model, ...changes }, { width, height, colors: plain });

describe("renderView", () => {
  it("shows plugins, states, uptime, restarts, budget and the last event", () => {
    expect(render(100).join("\n")).toBe(
      [
        "homeostat   3 plugins, 2 of 4 servers serving   0:12 of 0:30",
        "",
        "PLUGIN      STATE        UPTIME  RESTARTS  BUDGET             LAST EVENT",
        "everything  healthy +1     1:05         0  1 of 1 retry left  ",
        "memory      refused           –         2  retry in 12 s      killed by SIGKILL after 7.2 s",
        "tools       degraded                                          is degraded: web does not serve",
        "  git       healthy     1:02:03         0  1 of 1 retry left  serves: 3 tools, pid 100, started in …",
        "  web       starting          –         0  0 of 1 retry left  ",
        "",
        "chaos: 1 of 3 kills, 1 recovered",
        "Ctrl-C stops",
      ].join("\n"),
    );
  });

  it.each([
    [64, ["PLUGIN", "STATE", "UPTIME", "RESTARTS", "BUDGET"]],
    [56, ["PLUGIN", "STATE", "UPTIME", "BUDGET"]],
    [46, ["PLUGIN", "STATE", "UPTIME"]],
    [26, ["PLUGIN", "STATE"]],
  ])("leaves out what does not fit %i columns", (width, titles) => {
    expect(render(width)[2]?.trim().split(/\s+/)).toEqual(titles);
  });

  it("never is wider or higher than the screen", () => {
    const sizes = fc.record({
      width: fc.integer({ min: 1, max: 200 }),
      height: fc.integer({ min: 12, max: 60 }),
    });
    const names = fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9][\w.-]{0,63}$/), { maxLength: 30 });
    fc.assert(
      fc.property(sizes, names, fc.string(), ({ width, height }, plugins, text) => {
        const health = healthOf(...plugins.map((name) => pluginStatus(name)));
        const lastLines = new Map(plugins.map((name) => line(name, text)));
        const lines = render(width, height, { health, lastLines });
        expect(Math.max(...lines.map((it) => it.length))).toBeLessThanOrEqual(width);
        expect(lines.length).toBeLessThan(height);
      }),
    );
  });

  it("shows what is amiss first when not all of it fits the height", () => {
    const healthy = Array.from({ length: 20 }, (_, index) => pluginStatus(`p${index}`));
    const lines = render(100, 12, { health: healthOf(...healthy, ...model.health.plugins.slice(1, 2)) });
    expect(lines[3]).toMatch(/^memory +refused/);
    expect(lines).toContain("and 17 more");
  });

  it("says how to kill while it stops", () => {
    const lines = render(100, 24, { health: { ...model.health, status: "stopping" } });
    expect(lines.at(-1)).toBe("stopping… press Ctrl-C again to kill");
  });

  it("names what needs a person", () => {
    const escalation = {
      id: "1",
      subject: "memory",
      cause: "quarantined",
      message: "it crashes",
      openedAt: 0,
      acknowledged: false,
    } as const;
    const lines = render(100, 24, { health: { ...model.health, escalations: [escalation] } });
    expect(lines).toContain("needs a person: memory: it crashes");
  });

  it("differs with colours by nothing but colours", () => {
    const coloured = renderView(model, { width: 80, height: 24, colors: pc.createColors(true) });
    expect(coloured.join("\n")).toContain("\u001B[31mrefused");
    expect(coloured.map((it) => stripVTControlCharacters(it))).toEqual(render(80));
  });
});
