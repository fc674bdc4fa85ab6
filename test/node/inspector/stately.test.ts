/** Against the real `@statelyai/inspect`. What needs a browser is tested with the page. */
import {
  createBrowserInspector,
  createWebSocketInspector,
  createWebSocketReceiver,
  type StatelyInspectionEvent,
} from "@statelyai/inspect";
import { createInspectorServer } from "@statelyai/inspect/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createServer } from "node:net";
import { assign, createActor, type InspectionEvent, setup } from "xstate";
import { attachStately, StatelyHandshake, StatelyReceiver } from "../../../src/inspect/index.ts";
import type { SourceMessage } from "../../../src/inspect/index.ts";
import { type InspectorServer, openInspector } from "../../../src/node/inspector/open-inspector.ts";
import { missingNumbers, view, type Viewer } from "../../support/inspector-viewer.ts";
import { until } from "../../support/until.ts";

const child = setup({}).createMachine({
  id: "child",
  initial: "a",
  states: { a: { on: { NEXT: "b" } }, b: {} },
});
const machine = setup({ actors: { child } }).createMachine({
  id: "parent",
  context: { count: 0, password: "hunter2" },
  invoke: { src: "child", id: "kid" },
  initial: "idle",
  states: {
    idle: { on: { GO: { target: "busy", actions: assign({ count: ({ context }) => context.count + 1 }) } } },
    busy: { on: { BACK: "idle" } },
  },
});

let server: InspectorServer;
let viewer: Viewer;
const ends: (() => void | Promise<void>)[] = [];
beforeEach(async () => {
  server = await openInspector();
  viewer = await view(server);
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await viewer.close();
  await server.close();
});

const values = (): unknown[] => viewer.records().flatMap((it) => (it[0] === "v" ? [it[4]] : []));
const url = (): string => `ws://127.0.0.1:${server.port}/?token=${server.token}`;

describe("an app that uses @statelyai/inspect", () => {
  it("by WebSocket from Node is received: actors, events, values, contexts, transitions, the chart", async () => {
    const inspector = createWebSocketInspector({ url: url() });
    ends.push(() => inspector.stop());
    const actor = createActor(machine, { inspect: inspector.inspect }).start();
    // Upstream takes a snapshot when it registers an actor, which is later than the actor's start.
    await viewer.until(() => viewer.records().filter(([kind]) => kind === "a").length === 2);
    actor.send({ type: "GO" });
    await viewer.until(() => values().includes("busy"));
    expect(viewer.messages.find((it) => it.type === "hello")).toMatchObject({
      via: "stately",
      exactTransitions: false,
    });
    const definitions = viewer.messages.filter((it) => it.type === "def");
    expect(definitions.map((it) => it.machine)).toEqual(["parent", "child"]);
    expect(viewer.records().flatMap((it) => (it[0] === "a" ? [it[4].path] : []))).toEqual([
      "parent",
      "parent/kid",
    ]);
    const ids = definitions[0]?.model?.transitions.map(({ id }) => id) ?? [];
    const [taken] = viewer.records().flatMap((it) => (it[0] === "t" ? [it[4]] : []));
    expect(taken?.map((place) => ids[place])).toEqual(["parent.idle:GO:0"]);
    expect(missingNumbers(viewer.messages)).toEqual([]);
    actor.stop();
  });

  it("twice is two sources, though each numbers its actors from x:0", async () => {
    for (let app = 1; app <= 2; app++) {
      const inspector = createWebSocketInspector({ url: url() });
      ends.push(() => inspector.stop());
      inspector.actor("x:0", { status: "active", context: { app } });
      await viewer.until(() => viewer.messages.filter(({ type }) => type === "hello").length === app);
    }
    expect(new Set(viewer.messages.flatMap((it) => (it.type === "hello" ? [it.source] : []))).size).toBe(2);
  });

  it("without XState, by its manual API, is received", async () => {
    const inspector = createWebSocketInspector({ url: url() });
    ends.push(() => inspector.stop());
    inspector.actor("cart", { status: "active", context: { items: 1 } });
    inspector.event("cart", { type: "ADD" }, { source: "ui" });
    inspector.snapshot("cart", { context: { items: 2 } });
    await viewer.until(() => viewer.records().filter(([kind]) => kind === "c").length === 2);
    expect(viewer.records().map(([kind]) => kind)).toEqual(["a", "c", "e", "c"]);
  });

  it("by its browser inspector, in a window that opened ours, is received after our word", async () => {
    const { messages, handshake, actor } = inWindow({ opensFirst: false });
    handshake.start();
    actor.send({ type: "GO" });
    await until("the value comes", () => JSON.stringify(messages()).includes('"busy"'));
    expect(messages()[0]?.type).toBe("hello");
  });

  it("by its browser inspector, that did not hear our first word, is asked again and all of it is received", async () => {
    const { messages, handshake, actor } = inWindow({ opensFirst: true });
    actor.send({ type: "GO" });
    handshake.loaded();
    await until("everything comes", () => JSON.stringify(messages()).includes("parent/kid"));
    expect(
      messages()
        .flatMap((it) => (it.type === "batch" ? it.records : []))
        .filter(([kind]) => kind === "a"),
    ).toHaveLength(2);
  });

  /** The package's own browser adapter, with a window that a test holds. */
  function inWindow({ opensFirst }: { opensFirst: boolean }) {
    const received: SourceMessage[] = [];
    const listeners: ((event: { data: unknown }) => void)[] = [];
    const receiver = new StatelyReceiver({ emit: (it) => void received.push(it), app: "window", batchMs: 1 });
    let words = 0;
    const handshake = new StatelyHandshake({
      receiver,
      post: (data) => {
        words += 1;
        if (opensFirst && words === 1) return;
        for (const listener of listeners) listener({ data });
      },
      setTimeout,
    });
    if (opensFirst) handshake.start();
    const window = {
      open: () => ({ postMessage: (data: unknown) => void handshake.receive(data) }),
      addEventListener: (_: string, listener: (event: { data: unknown }) => void) =>
        void listeners.push(listener),
    };
    const inspector = createBrowserInspector({ window: window as never });
    const actor = createActor(machine, { inspect: inspector.inspect }).start();
    ends.push(() => void actor.stop());
    return { messages: () => received, handshake, actor };
  }
});

describe("the Stately Inspector, attached", () => {
  it("gets our actors through its own server, redacted: its own receiver understands them", async () => {
    const port = await freePort();
    const upstream = createInspectorServer({ port, autoOpen: false });
    ends.push(() => upstream.stop());
    const got: StatelyInspectionEvent[] = [];
    const receiver = createWebSocketReceiver({ server: `ws://127.0.0.1:${port}` });
    receiver.subscribe((event) => void got.push(event));
    const attached = await attachStately({ url: `ws://127.0.0.1:${port}` });
    ends.push(() => attached.stop());
    const actor = createActor(machine, { inspect: attached.inspect }).start();
    actor.send({ type: "GO" });
    attached.inspector.flush();
    await until("the value comes", () => JSON.stringify(got).includes('"value":"busy"'));
    expect(
      got.filter((it) => it.type === "@xstate.actor").map((it) => [it.name, it.parentId === undefined]),
    ).toEqual([
      ["parent", true],
      ["kid", false],
    ]);
    const definition = got.find((it) => it.type === "@xstate.actor")?.definition ?? "";
    expect(Object.keys((JSON.parse(definition) as { states: object }).states)).toEqual(["idle", "busy"]);
    expect(JSON.stringify(got)).not.toContain("hunter2");
    actor.stop();
  });

  it("cannot wedge an actor, though its connection throws at every message", async () => {
    const module = {
      createWebSocketInspector: () => ({
        adapter: {
          send() {
            throw new Error("closed");
          },
        },
        stop() {},
      }),
    };
    const attached = await attachStately({
      module: { ...module, createBrowserInspector: module.createWebSocketInspector },
    });
    const actor = createActor(machine, { inspect: attached.inspect }).start();
    actor.send({ type: "GO" });
    attached.inspector.flush();
    expect(actor.getSnapshot().value).toBe("busy");
    expect(attached.inspector.failures).toBeGreaterThan(0);
    attached.inspect({ type: "@xstate.event" } as InspectionEvent);
    actor.send({ type: "BACK" });
    expect(actor.getSnapshot().value).toBe("idle");
  });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
