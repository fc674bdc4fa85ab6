import { describe, expect, it } from "vitest";
import { createMachine } from "xstate";
import { modelOf } from "../../../src/chart/model-of.ts";
import type { DomainRecord } from "../../../src/inspect/protocol/domain.ts";
import type { InspectionRecord } from "../../../src/inspect/protocol/record.ts";
import { Session } from "../../../src/page/ingest/session.ts";
import type { Frame, Slices } from "../../../src/page/ingest/slices.ts";
import { batch, definition, hello, info, source, timeOrigin } from "../support/messages.ts";

const light = modelOf(
  createMachine({
    id: "light",
    initial: "red",
    states: {
      red: { on: { NEXT: "green" }, tags: ["stop"] },
      green: { on: { NEXT: "yellow" } },
      yellow: { initial: "steady", states: { steady: { after: { 500: "blinking" } }, blinking: {} } },
    },
  }),
);

/** A session whose page draws at once, with what it was posted last. */
function start(cap?: number) {
  const shown: Partial<Record<keyof Slices, unknown>> = {};
  const frames: Frame[] = [];
  let now = timeOrigin;
  const session = new Session({
    now: () => now,
    post: (frame) => {
      frames.push(frame);
      Object.assign(shown, frame);
    },
    ...(cap !== undefined && { cap }),
  });
  const draw = (): Slices => {
    session.drawn();
    session.tick();
    session.flush();
    return shown as Slices;
  };
  const setNow = (ms: number): void => void (now = timeOrigin + ms);
  return { session, frames, draw, setNow };
}

const key = (number: number): string => `${source}:${number}`;
const register = (number: number, id: string, facts: Parameters<typeof info>[1] = {}): InspectionRecord => [
  "a",
  number,
  0,
  number,
  info(id, { def: "h1", ...facts }),
];

/** One light that goes from red over green to yellow, at 10, 20 and 30 ms. */
function lights() {
  const world = start();
  const { session } = world;
  session.receive(hello());
  session.receive(definition(light));
  session.receive(
    batch(
      register(1, "light"),
      ["e", 2, 0, 1, 0, "xstate.init", null],
      ["v", 3, 0, 1, "red"],
      ["c", 4, 0, 1, { count: 0, who: "nobody" }],
      ["e", 5, 10, 1, 0, "NEXT", null],
      ["t", 6, 10, 1, [0], "NEXT"],
      ["v", 7, 10, 1, "green"],
      ["p", 8, 10, 1, { count: 1 }, ["who"]],
      ["e", 9, 20, 1, 0, "NEXT", null],
      ["t", 10, 20, 1, [1], "NEXT"],
      ["v", 11, 20, 1, { yellow: "steady" }],
      ["p", 12, 20, 1, { count: 2 }, []],
    ),
  );
  session.show({ selected: key(1) });
  return world;
}

it("what was received and what is missing are together all that there is, whatever is caught up", () => {
  const { session, draw } = lights();
  session.receive({ type: "gap", source, from: 13, to: 20, reason: "shed" });
  session.receive({ ...batch(["v", 19, 30, 1, "red"], ["c", 20, 30, 1, null]), catchUp: true });
  session.receive(batch(["e", 21, 40, 1, 0, "NEXT", null]));
  expect(draw().status).toMatchObject({ received: 13, missing: 8 });
});

describe("frames", () => {
  it("are posted only after the page has drawn the last one", () => {
    const { session, frames } = start();
    session.receive(hello());
    session.flush();
    session.receive(batch(register(1, "a"), ["v", 2, 0, 1, "red"]));
    session.flush();
    expect(frames.length).toBe(1);
    session.drawn();
    session.flush();
    expect(frames.length).toBe(2);
  });

  it("hold only the slices that have changed", () => {
    const { session, frames, draw } = lights();
    draw();
    const before = frames.length;
    draw();
    expect(frames.length).toBe(before);
    session.receive(batch(["x", 13, 21, 1, "log", null]));
    draw();
    expect(Object.keys(frames.at(-1) ?? {}).sort()).toEqual(["log", "status", "strip"]);
  });

  it("hold no more rows than are seen, whatever there is", () => {
    const { session, draw } = start();
    session.receive(hello());
    for (let actor = 1; actor <= 1000; actor++) {
      session.receive(
        batch(["a", 2 * actor - 1, 0, actor, info(`a${actor}`)], ["v", 2 * actor, 0, actor, "red"]),
      );
    }
    const { tree, log } = draw();
    expect(tree.rows.length).toBe(40);
    expect(log.rows.length).toBe(40);
  });
});

describe("the actor", () => {
  it("shows its state, the context, and what was before", () => {
    const { actor } = lights().draw();
    expect(actor).toMatchObject({
      state: "yellow · steady",
      context: { count: 2 },
      before: { count: 1 },
      taken: ["light.green:NEXT:0"],
    });
    expect(actor?.active.map((it) => [it.id, it.since - timeOrigin])).toEqual([
      ["light", 0],
      ["light.yellow", 20],
      ["light.yellow.steady", 20],
    ]);
  });

  it("is shown as it was at every moment, with everything else", () => {
    const { session, draw } = lights();
    const places = session.system.rows;
    const then = [...Array(places.end).keys()].find((pos) => places.get(pos)?.name === "green") ?? -1;
    session.show({ at: then });
    const { actor, status, tree } = draw();
    expect(actor).toMatchObject({ state: "green", context: { count: 0, who: "nobody" } });
    expect(tree.rows[0]).toMatchObject({ state: "green", rate: null });
    expect(status.shownAt).toBe(timeOrigin + 10);
    session.show({ at: null });
    expect(draw().actor?.state).toBe("yellow · steady");
  });

  it("is compared with the moment that is pinned", () => {
    const { session, draw } = lights();
    session.show({ pin: 3 });
    expect(draw().actor?.before).toEqual({ count: 0, who: "nobody" });
  });

  it("keeps exact contexts over many patches", () => {
    const { session, draw } = lights();
    for (let at = 0; at < 200; at++)
      session.receive(batch(["p", 13 + at, 30 + at, 1, { count: 100 + at }, []]));
    const wanted = session.system.rows.end - 57;
    session.show({ at: wanted });
    expect(draw().actor?.context).toEqual({ count: 243 });
  });
});

describe("the log", () => {
  it("filters what is there and what comes", () => {
    const { session, draw } = lights();
    session.show({ log: { ...session.view.log, query: "event:next" } });
    expect(draw().log.rows.map(({ kind, name }) => [kind, name])).toEqual([
      ["event", "NEXT"],
      ["transition", "NEXT"],
      ["event", "NEXT"],
      ["transition", "NEXT"],
    ]);
    session.receive(batch(["e", 13, 30, 1, 0, "NEXT", null], ["e", 14, 30, 1, 0, "OTHER", null]));
    expect(draw().log.total).toBe(5);
  });

  it("steps from row to row, and along one actor", () => {
    const { session } = lights();
    session.receive(batch(register(13, "other"), ["v", 14, 40, 13, "red"]));
    expect(session.step(-1, "log")).toBe(session.system.rows.end - 1);
    session.show({ at: session.system.rows.end - 1 });
    const own = session.step(-1, "actor");
    expect(session.system.rows.get(own ?? -1)?.actor?.name).toBe("light");
  });

  it("drops the oldest rows, and what is left still has its state", () => {
    const { session, draw } = start(100);
    session.receive(hello());
    session.receive(definition(light));
    session.receive(batch(register(1, "light"), ["v", 2, 0, 1, "red"], ["c", 3, 0, 1, { count: 0 }]));
    for (let at = 0; at < 500; at++) session.receive(batch(["e", 4 + at, at, 1, 0, "TICK", null]));
    session.show({ selected: key(1) });
    const { log, status, actor } = draw();
    expect(log.kept).toBeLessThanOrEqual(110);
    expect(status.firstPos).toBeGreaterThan(300);
    session.show({ at: status.firstPos });
    expect(draw().actor).toMatchObject({ state: "red", context: { count: 0 } });
    expect(actor?.state).toBe("red");
  });
});

describe("gaps", () => {
  it("are counted and stand in the log", () => {
    const { session, draw } = lights();
    session.receive({ type: "gap", source, from: 13, to: 1012, reason: "shed" });
    const { status, log } = draw();
    expect(status.missing).toBe(1000);
    expect(log.rows.at(-1)).toMatchObject({
      kind: "gap",
      name: "1,000 records are missing",
      detail: "more came than can be shown",
    });
  });

  it("from before the page was opened are not called missing", () => {
    const { session, draw } = start();
    session.receive(hello());
    session.receive({ type: "gap", source, from: 1, to: 50, reason: "disconnected" });
    session.receive({ ...batch(register(1, "light"), ["v", 50, 0, 1, "red"]), catchUp: true });
    const { status, tree, log } = draw();
    expect(status.missing).toBe(0);
    expect(tree.rows).toMatchObject([{ name: "light", state: "red" }]);
    expect(log.rows.map((it) => it.name)).toEqual(["50 earlier records"]);
  });
});

describe("the tree", () => {
  it("hides what was registered but never started", () => {
    const { session, draw } = start();
    session.receive(hello());
    session.receive(batch(register(1, "ghost"), register(2, "real"), ["v", 3, 0, 2, "red"]));
    expect(draw().tree.rows.map((it) => it.name)).toEqual(["real"]);
  });

  it("is filtered by state and tag, with what is around a match", () => {
    const { session, draw } = start();
    session.receive(hello());
    session.receive(definition(light));
    session.receive(
      batch(
        register(1, "root"),
        register(2, "a", { parent: 1 }),
        register(3, "b", { parent: 1 }),
        ["v", 4, 0, 1, "green"],
        ["v", 5, 0, 2, "red"],
        ["v", 6, 0, 3, "green"],
      ),
    );
    const names = (filter: string): string[] => {
      session.show({ tree: { ...session.view.tree, filter } });
      return draw().tree.rows.map((it) => it.name);
    };
    expect(names("")).toEqual(["root", "a", "b"]);
    expect(names("state:red")).toEqual(["root", "a"]);
    expect(names("tag:stop")).toEqual(["root", "a"]);
    expect(names("nobody")).toEqual([]);
  });

  it("folds, and says where each row is among its siblings", () => {
    const { session, draw } = start();
    session.receive(hello());
    session.receive(
      batch(
        register(1, "root"),
        register(2, "a", { parent: 1 }),
        ["v", 3, 0, 1, "green"],
        ["v", 4, 0, 2, "red"],
      ),
    );
    session.show({ tree: { ...session.view.tree, collapsed: [key(1)] } });
    expect(draw().tree.rows).toMatchObject([
      { name: "root", isExpandable: true, isExpanded: false, position: 1, siblings: 1 },
    ]);
  });
});

describe("messages", () => {
  it("are drawn between those that sent and got them, from its creation to its end, with the states between", () => {
    const { session, draw } = start();
    session.receive(hello());
    session.receive(definition(light));
    session.receive(
      batch(
        register(1, "parent"),
        ["v", 2, 0, 1, "red"],
        register(3, "child", { parent: 1 }),
        ["e", 4, 1, 3, 1, "xstate.init", null],
        ["v", 5, 1, 3, "red"],
        ["e", 6, 2, 3, 1, "NEXT", null],
        ["v", 7, 2, 3, "green"],
        ["e", 8, 3, 1, 3, "child.moved", null],
        ["s", 9, 4, 3, "done", null],
      ),
    );
    session.show({ selected: key(3) });
    const { sequence } = draw();
    expect(sequence.lanes.map((it) => it.name)).toEqual(["parent", "child"]);
    expect(sequence.items.map(({ kind, from, to, label }) => [kind, from, to, label])).toEqual([
      ["spawn", key(1), key(3), "create"],
      ["event", key(1), key(3), "xstate.init"],
      ["state", key(3), key(3), "red"],
      ["event", key(1), key(3), "NEXT"],
      ["state", key(3), key(3), "green"],
      ["event", key(3), key(1), "child.moved"],
      ["end", key(3), key(1), "done"],
    ]);
  });
});

describe("the timeline", () => {
  it("draws each state as long as it held, and shortens what is idle", () => {
    const { session, draw, setNow } = lights();
    session.receive(batch(["v", 13, 10_000, 1, "red"], ["v", 14, 10_010, 1, "green"]));
    session.receive({ type: "ended", source, reason: "endOfFile" });
    session.show({ shown: ["timeline"] });
    setNow(99_999);
    const { timeline } = draw();
    expect(timeline.gaps.map((it) => it.ms)).toEqual([9_980]);
    expect(timeline.gaps[0]?.width).toBeCloseTo(0.02);
    expect(
      timeline.rows[0]?.bars.map(({ state, from, to }) => [
        state,
        from - timeOrigin,
        to === null ? null : to - timeOrigin,
      ]),
    ).toEqual([
      ["red", 0, 10],
      ["green", 10, 20],
      ["yellow · steady", 20, 10_000],
      ["red", 10_000, 10_010],
      ["green", 10_010, null],
    ]);
    session.show({ timeline: { ...session.view.timeline, squash: false } });
    expect(draw().timeline.gaps).toEqual([]);
    // Far enough from each other and from the end for their words in a lane of 400 px.
    const places = draw().timeline.ticks.map(({ x }) => x);
    expect(places.length).toBeGreaterThan(2);
    const apart = [...places.slice(1), 1].map((x, index) => x - (places[index] ?? 0));
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(0.18);
  });
});

describe("coverage", () => {
  it("counts what the page saw, and shows the counts of a file beside it", () => {
    const { session, draw } = lights();
    session.show({ shown: ["coverage"] });
    expect(draw().coverage?.live).toMatchObject({
      states: { "light.red": 1, "light.green": 1, "light.yellow": 1, "light.yellow.steady": 1 },
      transitions: { "light.red:NEXT:0": 1, "light.green:NEXT:0": 1 },
    });
    session.openCoverage(
      JSON.stringify({
        coverage: [
          {
            def: "light",
            states: { "light.red": 9 },
            transitions: {},
            paths: { "light.yellow": ["NEXT", "NEXT"] },
          },
        ],
      }),
    );
    expect(draw().coverage?.tests).toEqual({
      states: { "light.red": 9 },
      transitions: {},
      paths: { "light.yellow": ["NEXT", "NEXT"] },
    });
  });

  it("refuses a file of something else", () => {
    const { session } = start();
    expect(() => session.openCoverage('{"name":"x"}')).toThrow("this is not a coverage file");
  });
});

describe("supervision", () => {
  const escalation = (open: boolean): DomainRecord => ({
    kind: "escalation",
    id: "e1",
    open,
    subject: "mail/mail",
    cause: "quarantined",
    message: "refused too often",
    openedAt: timeOrigin,
    acknowledged: false,
    verbs: [{ verb: "retry", consequence: "starts it once more" }],
  });

  it("is shown as it was, and leads to the moment at which an escalation was opened", () => {
    const { session, draw } = lights();
    session.receive(
      batch(register(13, "plugin:mail"), ["v", 14, 40, 13, "red"], ["d", 15, 41, 0, escalation(true)]),
    );
    const opened = session.system.rows.end - 1;
    session.receive(batch(["d", 16, 50, 0, escalation(false)]));
    expect(draw().supervision.escalations).toMatchObject([{ open: false, pos: opened, actorKey: key(13) }]);
    expect(draw().status.openEscalations).toBe(0);
    session.show({ at: opened });
    expect(draw().supervision.escalations).toMatchObject([{ open: true }]);
    expect(draw().status.openEscalations).toBe(1);
  });
});

describe("a recording", () => {
  it("opens as what it was made of", () => {
    const { session } = lights();
    const text = session.recording(0);
    const other = start();
    expect(other.session.open(text)).toEqual([]);
    other.session.show({ selected: key(1) });
    const { actor, status, log } = other.draw();
    expect(actor).toMatchObject({ state: "yellow · steady", context: { count: 2 }, before: { count: 1 } });
    expect(status).toMatchObject({ connection: "file", sources: [{ app: "demo", ended: "endOfFile" }] });
    expect(log.total).toBe(lights().draw().log.total);
  });

  it("from the middle begins with the state that held then", () => {
    const { session } = lights();
    const { rows } = session.system;
    const green = [...Array(rows.end).keys()].find((pos) => rows.get(pos)?.name === "green") ?? 0;
    const other = start();
    expect(other.session.open(session.recording(green + 1))).toEqual([]);
    other.session.show({ selected: key(1), at: 0 });
    expect(other.draw().actor).toMatchObject({ state: "green" });
    other.session.show({ at: null });
    expect(other.draw().actor).toMatchObject({ state: "yellow · steady", context: { count: 2 } });
  });

  it("leaves out lines that are not of the protocol, and says which", () => {
    const { session } = lights();
    const text = `${session.recording(0)}not json\n{"type":"batch","source":"s1","records":[["?",1]]}\n`;
    expect(
      start()
        .session.open(text)
        .map((it) => it.replace(/^line \d+ /, "")),
    ).toEqual(["is not JSON", "is not of a recording"]);
  });
});
