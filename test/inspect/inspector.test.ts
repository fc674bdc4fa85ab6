import { describe, expect, it } from "vitest";
import {
  type ActorRefFrom,
  assign,
  createActor,
  createMachine,
  fromCallback,
  fromPromise,
  type InspectionEvent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from "xstate";
import { createInspector, type Inspector, type InspectorOptions } from "../../src/inspect/inspector.ts";
import type { Definition, InspectionRecord, RecordKind, SourceMessage } from "../../src/inspect/index.ts";

const worker = setup({}).createMachine({
  id: "worker",
  initial: "idle",
  context: { jobs: 0, last: null as string | null },
  states: {
    idle: {
      on: {
        WORK: {
          target: "busy",
          actions: assign({ jobs: ({ context }) => context.jobs + 1 }),
        },
        END: "over",
      },
    },
    busy: { always: { guard: ({ context }) => context.jobs > 1, target: "idle" }, on: { DONE: "idle" } },
    over: { type: "final" },
  },
});
const boss = setup({ actors: { worker, beat: fromCallback(() => {}) } }).createMachine({
  id: "boss",
  initial: "up",
  states: {
    up: {
      invoke: [
        { src: "worker", id: "w1", systemId: "first" },
        { src: "beat", id: "beat" },
      ],
      on: { GO: { actions: sendTo("w1", { type: "WORK" }) }, DOWN: "down" },
    },
    down: {},
  },
});

interface Watched {
  readonly inspector: Inspector;
  readonly messages: SourceMessage[];
  /** All records so far, of these kinds. */
  records<K extends RecordKind>(...kinds: K[]): Extract<InspectionRecord, readonly [K, ...unknown[]]>[];
}

function watching(options: InspectorOptions = {}): Watched {
  let at = 0;
  const inspector = createInspector({ now: () => ++at, timeOrigin: 0, setTimeout: () => {}, ...options });
  const messages: SourceMessage[] = [];
  inspector.connect((message) => void messages.push(structuredClone(message)));
  return {
    inspector,
    messages,
    records(...kinds) {
      inspector.flush();
      const all = messages.flatMap((it) => (it.type === "batch" && !it.catchUp ? it.records : []));
      return all.filter(([kind]) => (kinds as string[]).includes(kind)) as never;
    },
  };
}

const definitionsOf = ({ messages }: Watched): Definition[] => messages.filter((it) => it.type === "def");

describe("an observed system", () => {
  it("is told as actors, events, exact transitions, values and contexts, without a missing number", () => {
    const watched = watching();
    const actor = createActor(boss, { inspect: watched.inspector.inspect }).start();
    actor.send({ type: "GO" });
    const records = watched.records("a", "e", "t", "v", "c", "p", "x", "s", "d");
    expect(records.map(([, seq]) => seq)).toEqual(records.map((_, index) => index + 1));
    expect(
      watched
        .records("a")
        .map(([, , , number, { path, parent, logic, src, systemId }]) => [
          number,
          path,
          parent,
          logic,
          src,
          systemId,
        ]),
    ).toEqual([
      [1, "boss", 0, "machine", null, null],
      [2, "boss/w1", 1, "machine", "worker", "first"],
      [3, "boss/beat", 1, "callback", "beat", null],
    ]);
    expect(watched.records("e").map(([, , , to, from, type]) => [to, from, type])).toContainEqual([
      2,
      1,
      "WORK",
    ]);
    const [, ofWorker] = definitionsOf(watched);
    const taken = watched.records("t").filter(([, , , number]) => number === 2);
    expect(
      taken.map(([, , , , places]) => places.map((place) => ofWorker?.model?.transitions[place]?.id)),
    ).toEqual([["worker.idle:WORK:0"]]);
    expect(watched.records("v").map(([, , , number, value]) => [number, value])).toEqual([
      [2, "idle"],
      [1, "up"],
      [2, "busy"],
    ]);
    expect(watched.records("c").filter(([, , , number]) => number === 2)).toMatchObject([
      ["c", expect.any(Number), expect.any(Number), 2, { jobs: 1, last: null }],
    ]);
  });

  it("has one context an actor and batch, then only the keys that have changed", () => {
    const watched = watching();
    const actor = createActor(worker, { inspect: watched.inspector.inspect }).start();
    watched.inspector.flush();
    actor.send({ type: "WORK" });
    actor.send({ type: "DONE" });
    actor.send({ type: "WORK" });
    expect(watched.records("c", "p").map((it) => it.slice(4))).toEqual([
      [{ jobs: 0, last: null }],
      [{ jobs: 2 }, []],
    ]);
  });

  it("tells of an eventless microstep as one of its own", () => {
    const watched = watching();
    const actor = createActor(worker, { inspect: watched.inspector.inspect }).start();
    for (const type of ["WORK", "DONE", "WORK"]) actor.send({ type } as { type: "WORK" });
    const model = definitionsOf(watched)[0]?.model ?? null;
    watched.inspector.flush();
    const ids = definitionsOf(watched)[0]?.model?.transitions.map(({ id }) => id) ?? [];
    expect(model).toBe(null);
    expect(watched.records("t").flatMap(([, , , , places]) => places.map((it) => ids[it]))).toEqual([
      "worker.idle:WORK:0",
      "worker.busy:DONE:0",
      "worker.idle:WORK:0",
      "worker.busy::0",
    ]);
  });

  it("tells how each actor has ended, also one whose own code threw", () => {
    const thrower = createMachine({
      on: {
        BOOM: {
          actions: () => {
            throw new Error("boom");
          },
        },
      },
    });
    const parent = setup({
      actors: { thrower, worker, answer: fromPromise(() => Promise.resolve(42)) },
    }).createMachine({
      entry: [
        spawnChild("thrower", { id: "t" }),
        spawnChild("worker", { id: "w" }),
        spawnChild("worker", { id: "v" }),
      ],
      on: {
        BOOM: { actions: sendTo("t", { type: "BOOM" }) },
        STOP: { actions: stopChild("w") },
        END: { actions: sendTo("v", { type: "END" }) },
        "xstate.error.actor.t": {},
      },
    });
    const watched = watching();
    const actor = createActor(parent, { inspect: watched.inspector.inspect }).start();
    for (const type of ["STOP", "END", "BOOM"]) actor.send({ type });
    const ends = watched.records("s").map(([, , , number, status, data]) => [number, status, data]);
    expect(ends).toEqual([
      [3, "stopped", null],
      [4, "done", null],
      [2, "error", expect.objectContaining({ $t: "error", message: "boom" })],
    ]);
  });

  it("is told in full to whoever connects late: its state, after a gap", () => {
    const watched = watching();
    const actor = createActor(boss, { inspect: watched.inspector.inspect }).start();
    actor.send({ type: "GO" });
    const late: SourceMessage[] = [];
    watched.inspector.connect((message) => void late.push(message));
    expect(late.map(({ type }) => type)).toEqual(["hello", "def", "def", "gap", "batch"]);
    const [, , , gap, batch] = late;
    const kinds = batch?.type === "batch" ? batch.records.map((it) => it[0]) : [];
    expect(gap).toMatchObject({
      from: 1,
      to: Math.max(...watched.records("a", "e", "t", "v", "c", "x").map((it) => it[1])),
    });
    expect(kinds.filter((it) => it === "a")).toHaveLength(3);
    expect(kinds).not.toContain("e");
  });

  it("that runs already is told with the actors that are there", () => {
    const actor = createActor(boss).start();
    actor.send({ type: "GO" });
    const watched = watching();
    const end = watched.inspector.attach(actor);
    actor.send({ type: "DOWN" });
    expect(watched.records("a").map((it) => it[4].path)).toEqual(["boss", "boss/w1", "boss/beat"]);
    expect(watched.records("v").map((it) => it.slice(3))).toEqual([
      [1, "up"],
      [2, "busy"],
      [1, "down"],
    ]);
    // What the first event starts from, and not what comes of it.
    expect(watched.records("c")[1]?.slice(3)).toEqual([2, { jobs: 1, last: null }]);
    const before = watched.records("e").length;
    end();
    actor.send({ type: "GO" });
    expect(watched.records("e")).toHaveLength(before);
  });

  it("may be paused: what is missed is a gap, and the state after it is right", () => {
    const watched = watching();
    const actor = createActor(worker, { inspect: watched.inspector.inspect }).start();
    watched.inspector.flush();
    watched.inspector.pause(true);
    actor.send({ type: "WORK" });
    expect(watched.records("e", "v").length).toBe(2);
    watched.inspector.pause(false);
    watched.inspector.flush();
    const [gap, state, contexts] = watched.messages.slice(-3);
    expect(gap).toMatchObject({ type: "gap", reason: "paused" });
    expect(state).toMatchObject({
      catchUp: true,
      records: [["v", expect.any(Number), expect.any(Number), 1, "busy"]],
    });
    expect(contexts).toMatchObject({
      records: [["p", expect.any(Number), expect.any(Number), 1, { jobs: 1 }, []]],
    });
    const to = gap?.type === "gap" ? gap.to : 0;
    expect(contexts?.type === "batch" ? contexts.records[0]?.[1] : 0).toBe(to + 1);
  });
});

describe("a definition", () => {
  it("is sent once for a machine, whatever is provided for it and however many actors have it", () => {
    const watched = watching();
    const many = setup({ actors: { worker, again: worker.provide({}) } }).createMachine({
      entry: [spawnChild("worker"), spawnChild("again"), spawnChild("worker")],
    });
    createActor(many, { inspect: watched.inspector.inspect }).start();
    expect(watched.records("a").map((it) => it[4].def)).toHaveLength(4);
    expect(definitionsOf(watched).map(({ machine }) => machine)).toEqual(["(machine)", "worker"]);
  });

  it("keeps the order of its states, its full depth, and JSON schemas of its events", async () => {
    const { crashBudgetMachine } = await import("../../machines/crash-budget.ts");
    const watched = watching();
    const inner = (depth: number): { initial?: string; states: object } =>
      depth === 0
        ? { initial: "z", states: { z: { on: { X: "a" } }, a: {} } }
        : { initial: "z", states: { z: inner(depth - 1), a: {} } };
    const deep = createMachine({ id: "deep", ...inner(8) } as Parameters<typeof createMachine>[0]);
    createActor(deep, { inspect: watched.inspector.inspect }).start();
    watched.inspector.flush();
    const [definition] = definitionsOf(watched);
    expect(JSON.stringify(definition?.config)).toBe(JSON.stringify(deep.config));
    expect(definition?.events).toBe(null);
    const { Definitions } = await import("../../src/inspect/definitions.ts");
    const events = new Definitions({}).of(crashBudgetMachine).events;
    expect(events?.["backend.exited"]).toMatchObject({
      type: "object",
      required: expect.arrayContaining(["at"]),
    });
  });
});

describe("an observer", () => {
  const hostile = {
    type: "HOSTILE",
    get payload(): never {
      throw new Error("no");
    },
  };

  it("never wedges an actor, whatever its events, its sinks or XState itself do to it", () => {
    const watched = watching();
    watched.inspector.connect(() => {
      throw new Error("sink");
    });
    const actor = createActor(worker, { inspect: watched.inspector.inspect }).start();
    actor.send(hostile as unknown as { type: "WORK" });
    watched.inspector.inspect({ type: "@xstate.microstep" } as InspectionEvent);
    actor.send({ type: "WORK" });
    expect(watched.records("v").map((it) => it[4])).toEqual(["idle", "busy"]);
    expect(watched.records("e").find((it) => it[5] === "HOSTILE")?.[6]).toMatchObject({ $t: "cut" });
    expect(actor.getSnapshot().value).toBe("busy");
    expect(watched.inspector.failures).toBeGreaterThan(1);
  });

  it("sheds what its queue does not hold, says so, and still knows every actor and where it stands", () => {
    const watched = watching({ queue: 5 });
    const actor = createActor(worker, { inspect: watched.inspector.inspect }).start();
    for (let i = 0; i < 50; i++) actor.send({ type: i % 2 === 0 ? "WORK" : "DONE" } as { type: "WORK" });
    actor.send({ type: "END" });
    watched.inspector.flush();
    const [batch, gap, state] = watched.messages.filter(({ type }) => type === "batch" || type === "gap");
    expect(batch).toMatchObject({ records: { length: 5 } });
    expect(gap).toMatchObject({ from: 6, reason: "queueFull" });
    expect(state).toMatchObject({ catchUp: true });
    expect(JSON.stringify(state)).toContain('"over"');
    expect(JSON.stringify(state)).toContain('"done"');
  });

  it("hides secrets wherever they are: definition, event, context, input and output", () => {
    const secret = "hunter2-hunter2";
    const vault = setup({
      actors: { fetch: fromPromise(({ input }: { input: { apiKey: string } }) => Promise.resolve(input)) },
    }).createMachine({
      id: "vault",
      context: {
        password: secret,
        url: `https://me:${secret}@host`,
        kept: "seen",
        // In data these are keys like others.
        states: { password: secret },
      },
      invoke: { src: "fetch", id: "f", input: { apiKey: secret } },
      on: { LOGIN: { actions: assign({ password: ({ event }) => String(event["token"]) }) }, END: ".over" },
      initial: "token",
      states: { token: {}, over: { type: "final" } },
      output: { sessionToken: secret },
    });
    const watched = watching();
    const actor: ActorRefFrom<typeof vault> = createActor(vault, {
      inspect: watched.inspector.inspect,
    }).start();
    watched.inspector.flush();
    actor.send({ type: "LOGIN", token: `${secret}!` });
    actor.send({ type: "END" });
    watched.inspector.flush();
    const text = JSON.stringify(watched.messages);
    expect(text).not.toContain(secret);
    expect(text).toContain('"kept":"seen"');
    // The name of a state is no secret.
    expect(JSON.stringify(definitionsOf(watched)[0]?.config)).toContain('"states":{"token":{}');
    expect(text.match(/"redacted"/g)?.length).toBeGreaterThan(5);
  });
});
