import { once } from "node:events";
import { request } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type * as ws from "ws";
import { type AnyActorRef, type AnyStateMachine, assign, createActor, createMachine, setup } from "xstate";
import { startXStateInspect, type XStateInspectOptions } from "../../bridges/xstate-inspect/src/index.ts";
import { everyMachine } from "../chart/machines.ts";

/** What the package's own XState 4 and `@xstate/inspect` offer: they cannot be imported from here, beside XState 5. */
interface Receiver {
  send(command: object): void;
  subscribe(next: (event: Received) => void): unknown;
}
interface Received {
  readonly type: string;
  readonly sessionId: string;
  readonly id?: string;
  readonly parent?: string;
  readonly machine?: {
    readonly stateIds: readonly string[];
    readonly initialState: { readonly value: unknown };
  };
  readonly state?: { readonly value: unknown; readonly context: unknown; readonly done?: boolean };
  readonly event?: { readonly data: { readonly type: string } };
}
const bridge = createRequire(new URL("../../bridges/xstate-inspect/package.json", import.meta.url));
const { createWebSocketReceiver } = bridge("@xstate/inspect") as {
  createWebSocketReceiver: (options: { readonly server: string }) => Receiver;
};
const { WebSocket } = bridge("ws") as typeof ws;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function inspector(options: XStateInspectOptions = {}) {
  const started = await startXStateInspect(options);
  cleanUps.push(started.close);
  return started;
}

const lampMachine = setup({
  types: {
    context: {} as { presses: number; token: string },
    events: {} as { type: "press"; code?: string },
  },
  actions: { count: assign({ presses: ({ context }) => context.presses + 1 }) },
}).createMachine({
  id: "lamp",
  context: { presses: 0, token: "hunter2" },
  initial: "off",
  states: {
    off: { on: { press: { target: "on", actions: "count" } } },
    on: {
      initial: "dim",
      on: { press: "off" },
      states: { dim: { after: { 60_000: "bright" } }, bright: {} },
    },
  },
});

function run(
  machine: AnyStateMachine,
  inspect: Awaited<ReturnType<typeof inspector>>["inspect"],
): AnyActorRef {
  const actor = createActor(machine, { inspect });
  cleanUps.push(() => actor.stop());
  return actor.start();
}

/** The receiver of `@xstate/inspect` itself, with what it was told so far. */
function receiver(server: string) {
  const told: Received[] = [];
  const waiting: (() => void)[] = [];
  const it = createWebSocketReceiver({ server });
  it.subscribe((event) => {
    told.push(event);
    for (const wake of waiting.splice(0)) wake();
  });
  const until = async (isThere: (event: Received) => boolean): Promise<Received> => {
    for (;;) {
      const found = told.find(isThere);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  return { told, until, send: (command: object) => it.send(command) };
}

async function socket(server: string) {
  const client = new WebSocket(`ws://${server}`);
  cleanUps.push(() => client.terminate());
  await once(client, "open");
  return client;
}

/** Waits until the server has handled what was sent on this connection before. */
async function roundTrip(client: InstanceType<typeof WebSocket>): Promise<void> {
  client.ping();
  await once(client, "pong");
}

describe("an actor of XState 5", () => {
  it("appears in the receiver of @xstate/inspect, with its states and where it is", async () => {
    const { inspect, server } = await inspector();
    const actor = run(lampMachine, inspect);
    actor.send({ type: "press" });
    const viewer = receiver(server);
    const registered = await viewer.until(({ type }) => type === "service.register");
    expect(registered).toMatchObject({
      id: "x:0",
      sessionId: actor.sessionId,
      state: { value: { on: "dim" }, context: { presses: 1 } },
    });
    expect(registered.machine?.stateIds).toEqual([
      "lamp",
      "lamp.off",
      "lamp.on",
      "lamp.on.dim",
      "lamp.on.bright",
    ]);
    expect(registered.machine?.initialState.value).toBe("off");
  });

  it("is followed there: each event, each state, and its end", async () => {
    const { inspect, server } = await inspector();
    const actor = run(lampMachine, inspect);
    const viewer = receiver(server);
    await viewer.until(({ type }) => type === "service.register");
    actor.send({ type: "press" });
    actor.stop();
    await viewer.until(({ type }) => type === "service.stop");
    expect(viewer.told.map(({ type, event, state }) => [type, event?.data.type ?? state?.value])).toEqual([
      ["service.register", "off"],
      ["service.event", "press"],
      ["service.state", { on: "dim" }],
      ["service.state", { on: "dim" }],
      ["service.stop", undefined],
    ]);
  });

  it("names its parent when that is a machine, too", async () => {
    const { inspect, server } = await inspector();
    const parent = createMachine({ id: "parent", invoke: { src: lampMachine, id: "lamp" } });
    const actor = run(parent, inspect);
    const viewer = receiver(server);
    expect(await viewer.until(({ id }) => id === "lamp")).toMatchObject({ parent: actor.sessionId });
  });

  it.each(everyMachine)("can be read by XState 4, whatever is in its chart: %s", async (_, machine) => {
    const { inspect, server, counts } = await inspector();
    const snapshot = { status: "active", value: {}, context: {}, tags: new Set<string>() };
    const actorRef = { id: machine.id, sessionId: "x:0", logic: machine, send: () => {} };
    inspect({ type: "@xstate.actor", actorRef });
    inspect({ type: "@xstate.snapshot", actorRef, snapshot, event: { type: "xstate.init" } });
    const viewer = receiver(server);
    const registered = await viewer.until(({ type }) => type === "service.register");
    const depth = (node: object): number =>
      1 + Object.values((node as { states?: object }).states ?? {}).reduce((sum, it) => sum + depth(it), 0);
    expect(registered.machine?.stateIds).toHaveLength(depth(machine.root));
    expect(counts().failures).toBe(0);
  });
});

describe("a viewer", () => {
  it("drives an actor when that is allowed", async () => {
    const { inspect, server } = await inspector({ allowSend: true });
    const actor = run(lampMachine, inspect);
    const viewer = receiver(server);
    await viewer.until(({ type }) => type === "service.register");
    const event = JSON.stringify({ name: "press", data: { type: "press" }, origin: actor.sessionId });
    viewer.send({ type: "xstate.event", event });
    await viewer.until(({ type, state }) => type === "service.state" && state?.value !== "off");
    expect(actor.getSnapshot().value).toEqual({ on: "dim" });
  });

  it("drives nothing otherwise", async () => {
    const { inspect, server, counts } = await inspector();
    const actor = run(lampMachine, inspect);
    const client = await socket(server);
    const event = JSON.stringify({ data: { type: "press" }, origin: actor.sessionId });
    client.send(JSON.stringify({ type: "xstate.event", event }));
    await roundTrip(client);
    expect(actor.getSnapshot().value).toBe("off");
    expect(counts().dropped).toBe(1);
  });

  it.each([
    ["no JSON", "not json"],
    ["another type", '{"type":"service.register"}'],
    ["an event that is no JSON", '{"type":"xstate.event","event":"{{"}'],
    ["an event without a type", '{"type":"xstate.event","event":"{\\"data\\":{}}"}'],
    [
      "a session that is not there",
      '{"type":"xstate.event","event":"{\\"data\\":{\\"type\\":\\"press\\"}}"}',
    ],
  ])("is not understood, counted and still served: %s", async (_, text) => {
    const { inspect, server, counts } = await inspector({ allowSend: true });
    run(lampMachine, inspect);
    const client = await socket(server);
    client.send(text);
    await roundTrip(client);
    expect(counts()).toMatchObject({ dropped: 1, viewers: 1 });
    client.send('{"type":"xstate.inspecting"}');
    const [answer] = await once(client, "message");
    expect(JSON.parse(String(answer))).toMatchObject({ type: "service.register" });
  });

  it.each([
    ["without the token", (port: string) => [`ws://127.0.0.1:${port}/`, {}] as const],
    ["with another token", (port: string) => [`ws://127.0.0.1:${port}/?token=x`, {}] as const],
    [
      "of a foreign page",
      (port: string, token: string) =>
        [`ws://127.0.0.1:${port}/?token=${token}`, { origin: "http://evil.example" }] as const,
    ],
    [
      "that calls us by a foreign name",
      (port: string, token: string) =>
        [`ws://127.0.0.1:${port}/?token=${token}`, { headers: { host: "evil.example" } }] as const,
    ],
  ])("is refused and counted %s", async (_, address) => {
    const { server, counts } = await inspector();
    const { port, searchParams } = new URL(`ws://${server}`);
    const [url, options] = address(port, searchParams.get("token") ?? "");
    const client = new WebSocket(url, options);
    const [error] = (await once(client, "error")) as [Error];
    expect(error.message).toContain("403");
    expect(counts()).toMatchObject({ refused: 1, viewers: 0 });
  });

  it("that does not read misses messages, is told so in numbers, and ends with the last state", async () => {
    const { inspect, server, counts } = await inspector();
    const machine = setup({
      types: { context: {} as { n: number; text: string } },
      actions: { grow: assign({ n: ({ context }) => context.n + 1 }) },
    }).createMachine({
      context: { n: 0, text: "x".repeat(100_000) },
      on: { grow: { actions: "grow" } },
    });
    const actor = run(machine, inspect);
    const client = await socket(server);
    client.pause();
    for (let at = 0; at < 400; at += 1) actor.send({ type: "grow" });
    expect(counts().missed).toBeGreaterThan(0);
    const last = new Promise<void>((resolve) => {
      client.on("message", (data: Buffer) => {
        const message = JSON.parse(data.toString()) as { type: string; state?: string };
        if (message.type !== "service.state") return;
        const state = JSON.parse(message.state ?? "") as { context: { n: number } };
        if (state.context.n === 400) resolve();
      });
    });
    client.resume();
    await last;
  });
});

describe("the inspector", () => {
  it("lets nothing leave that redact takes out", async () => {
    const redact = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value), (key, it: unknown) => (["token", "code"].includes(key) ? "…" : it));
    const { inspect, server } = await inspector({ redact });
    const actor = run(lampMachine, inspect);
    const client = await socket(server);
    const texts: string[] = [];
    client.on("message", (data: Buffer) => texts.push(data.toString()));
    client.send('{"type":"xstate.inspecting"}');
    await roundTrip(client);
    actor.send({ type: "press", code: "hunter3" });
    await roundTrip(client);
    expect(texts).toHaveLength(3);
    expect(texts.join("")).not.toContain("hunter");
  });

  it("never stops an actor, whatever its context does when it is written", async () => {
    const { inspect, server } = await inspector();
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    const throwing = {
      toJSON: () => {
        throw new Error("no");
      },
    };
    const machine = createMachine({ context: { circular, throwing, big: 1n }, on: { go: { actions: [] } } });
    const actor = run(machine, inspect);
    const client = await socket(server);
    actor.send({ type: "go" });
    const [message] = await once(client, "message");
    expect(JSON.parse(String(message))).toMatchObject({ type: "service.event" });
    expect(actor.getSnapshot().status).toBe("active");
  });

  it("leaves the actors running when it closes, and is gone", async () => {
    const { inspect, server, close } = await inspector();
    const actor = run(lampMachine, inspect);
    await close();
    actor.send({ type: "press" });
    expect(actor.getSnapshot().value).toEqual({ on: "dim" });
    const client = new WebSocket(`ws://${server}`);
    expect(await once(client, "error")).toMatchObject([{ code: "ECONNREFUSED" }]);
  });

  it("answers a browser that was sent to it in words", async () => {
    const { server } = await inspector();
    const call = request(`http://${server}`).end();
    const [response] = await once(call, "response");
    expect(response.statusCode).toBe(426);
    response.resume();
  });
});

it("the package has an XState 4 of its own, and this repository XState 5", () => {
  const { version } = bridge("xstate/package.json") as { version: string };
  expect(version).toMatch(/^4\./);
  expect(fileURLToPath(import.meta.resolve("xstate"))).not.toContain("bridges");
});
