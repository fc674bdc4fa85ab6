import { describe, expect, it } from "vitest";
import { Narrator } from "../../../src/cli/run/narrator.ts";
import type { Occurrence } from "../../../src/core/records.ts";
import { exit } from "../../fakes/fake-servers.ts";

/** What `occurrences` are told as. */
function tell(...occurrences: Occurrence[]): string[] {
  const narrator = new Narrator();
  return occurrences.flatMap((occurrence, index) => {
    const line = narrator.tell({ ...occurrence, seq: index + 1, at: 0 });
    return line === null ? [] : [`${line.subject}: ${line.text}`];
  });
}

const git = { plugin: "git", server: "git" } as const;
const first = { ...git, incarnation: 1, role: "active" } as const;
const started = { type: "server.started", ...first, pid: 7, tools: 2, startMs: 240, monotonicMs: 0 } as const;
const exited = {
  type: "server.exited",
  ...first,
  uptimeMs: 7_200,
  unexpected: true,
  monotonicMs: 1_000,
} as const;

describe("Narrator", () => {
  it("tells a crash and how long the server was down", () => {
    expect(
      tell(
        started,
        { ...exited, exit: exit({ code: 3, signal: null, stderrTail: "Error: no more memory\n" }) },
        { type: "start.scheduled", ...git, retryAfterMs: 250, attempt: 1, monotonicMs: 1_000 },
        { ...started, incarnation: 2, pid: 8, monotonicMs: 1_480 },
      ),
    ).toEqual([
      "git: serves: 2 tools, pid 7, started in 240 ms",
      "git: exited with code 3 (Error: no more memory) after 7.2 s",
      "git: starts again in 250 ms",
      "git: serves again: 2 tools, pid 8, was down for 480 ms",
    ]);
  });

  it("tells which part of a refused event does not fit", () => {
    const problems = [{ path: "at", reason: "Invalid input" }];
    expect(
      tell({
        type: "event.refused",
        subject: "supervisor",
        event: "supervisor.stop",
        problems,
        monotonicMs: 0,
      }),
    ).toEqual(["supervisor: refused supervisor.stop: at Invalid input"]);
  });

  it("does not take what stderr ends with for the reason of a SIGKILL", () => {
    const killed = { ...exited, exit: exit({ stderrTail: "ready\n" }) };
    expect(tell(killed)).toEqual(["git: killed by SIGKILL after 7.2 s"]);
  });

  it("is silent about an end that was asked for, and about a start that was called off", () => {
    const failure = { code: "aborted", message: "told to stop", permanent: false, exit: null } as const;
    const failed = { type: "server.startFailed", ...first, monotonicMs: 0 } as const;
    expect(tell({ ...exited, unexpected: false, exit: exit() }, { ...failed, failure })).toEqual([]);
    expect(tell({ ...failed, failure: { ...failure, code: "handshake_timeout" } })).toHaveLength(1);
  });

  it("tells of a plugin that its one server says it all, and of a composed one what it is", () => {
    const degraded = { type: "plugin.changed", from: "healthy", to: "degraded", monotonicMs: 0 } as const;
    const web = { ...started, plugin: "tools", server: "web" } as const;
    expect(
      tell(
        started,
        web,
        { ...degraded, plugin: "git", reason: "git is down" },
        { ...degraded, plugin: "tools", reason: "web is down" },
      ).slice(1),
    ).toEqual(["tools/web: serves: 2 tools, pid 7, started in 240 ms", "tools: is degraded: web is down"]);
  });

  it("tells a change of tools only when their number is another", () => {
    const changed = { type: "tools.changed", ...git, monotonicMs: 0 } as const;
    expect(tell(started, { ...changed, tools: 2 }, { ...changed, tools: 1 }).slice(1)).toEqual([
      "git: now offers 1 tool",
    ]);
  });

  it("tells what a recipe had done and undid, and what it could not undo", () => {
    const step = {
      kind: "custom",
      name: "put_branch_back",
      args: {},
      timeoutMs: 1,
      idempotent: true,
    } as const;
    const undone = {
      type: "compensation.finished",
      subject: "git",
      scenario: "stale_branch",
      episode: 1,
      seq: 9,
      at: 0,
      index: 0,
      step,
      status: "succeeded",
      failure: null,
    } as const;
    const failure = { code: "internal", message: "no branch" } as const;
    const failed = { ...undone, status: "failed" as const, failure };
    const told = (report: { type: string }) =>
      tell({ type: "recovery.reported", report, monotonicMs: 0 } as const);
    expect([told(undone), told(failed)]).toEqual([
      ["git: what its recipe had done is undone: put_branch_back"],
      ["git: put_branch_back did not undo what was done: no branch"],
    ]);
  });

  it("gives a server's words no power over the terminal, and one line", () => {
    const stderrTail = "Error: \u001B[31mred\u001B[0m\u0007 and\u009B2J more";
    const [text = ""] = tell({ ...exited, exit: exit({ code: 1, signal: null, stderrTail }) });
    // oxlint-disable-next-line no-control-regex -- control characters are what it is about
    expect(text).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
    expect(text).toContain("Error: red");
  });

  it("remembers the last line of each subject", () => {
    const narrator = new Narrator();
    narrator.tell({ ...started, seq: 1, at: 5 });
    narrator.tell({ type: "server.starting", ...first, monotonicMs: 0, seq: 2, at: 6 });
    expect(narrator.lastLines.get("git")).toMatchObject({ at: 5, tone: "good" });
  });
});
