import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { assign, createActor, setup } from "xstate";
import {
  createInspector,
  type Hello,
  type InspectionRecord,
  sourcePath,
  viewerPath,
} from "../../../src/inspect/index.ts";
import { type InspectorServer, openInspector } from "../../../src/node/inspector/open-inspector.ts";
import { missingNumbers, view } from "../../support/inspector-viewer.ts";

const directory = mkdtempSync(join(tmpdir(), "inspector-"));
const page = join(directory, "page");
mkdirSync(join(page, "assets"), { recursive: true });
writeFileSync(join(page, "index.html"), "<!doctype html>the page");
writeFileSync(join(page, "assets", "main-abc.js"), "1");
afterAll(() => rmSync(directory, { recursive: true }));

let server: InspectorServer;
beforeEach(async () => {
  server = await openInspector({ page, version: "1.2.3" });
});
afterEach(() => server.close());

const counter = setup({}).createMachine({
  id: "counter",
  context: { count: 0 },
  initial: "on",
  on: { ADD: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
  states: { on: { on: { OFF: "off" } }, off: {} },
});

interface Reply {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

function get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port: server.port, path, headers }, (response) => {
      let body = "";
      response.on("data", (it: Buffer) => (body += it.toString()));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    })
      .on("error", reject)
      .end();
  });
}

/** How an attempt to connect ends: `open`, a status, or the code of a close. */
function connect(path: string, headers: Record<string, string> = {}): Promise<string | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
  return new Promise((resolve) => {
    const end = (how: string | number): void => {
      resolve(how);
      socket.terminate();
    };
    socket.on("unexpected-response", (_, { statusCode = 0 }) => end(statusCode));
    socket.on("close", end);
    socket.on("error", () => {});
    // One that is let in only to be told why it is refused is closed right after.
    socket.on("open", () => setImmediate(() => socket.ping(() => {})));
    socket.on("pong", () => end("open"));
  });
}

describe("the page", () => {
  it("is served with the token, its assets for ever, and its address is not handed on", async () => {
    const document = await get(`/?token=${server.token}`);
    expect([document.status, document.body]).toEqual([200, "<!doctype html>the page"]);
    expect(document.headers).toMatchObject({ "cache-control": "no-cache", "referrer-policy": "no-referrer" });
    const asset = await get("/assets/main-abc.js");
    expect(asset.headers).toMatchObject({
      "cache-control": "public, max-age=31536000, immutable",
      "content-type": "text/javascript; charset=utf-8",
    });
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/?token=${server.token}`);
  });

  it("is refused without the token, for another Host, and outside its folder; the first two are counted", async () => {
    expect((await get("/")).status).toBe(403);
    expect((await get(`/?token=${server.token}x`)).status).toBe(403);
    expect((await get(`/?token=${server.token}`, { host: "evil.example" })).status).toBe(403);
    expect((await get("/../package.json")).status).toBe(404);
    expect(server.status().refused).toEqual({ origin: 0, host: 1, token: 2 });
  });

  it("that is not built yet is answered with 503 and what to do, and served once it is", async () => {
    await server.close();
    const later = join(directory, "later");
    server = await openInspector({ page: later });
    const answer = await get(`/?token=${server.token}`);
    expect(answer.status).toBe(503);
    expect(answer.body).toContain("npm run build");
    mkdirSync(later);
    writeFileSync(join(later, "index.html"), "now");
    expect((await get(`/?token=${server.token}`)).body).toBe("now");
  });
});

describe("a connection", () => {
  const token = (): string => `?token=${server.token}`;

  it.each(["https://evil.example", "null", "http://127.0.0.1.evil.example"])(
    "from %s is refused and counted, token or not",
    async (origin) => {
      for (const path of [viewerPath, sourcePath, "/"])
        expect(await connect(path + token(), { origin })).toBe(403);
      expect(server.status().refused.origin).toBe(3);
    },
  );

  it("under a foreign Host or without the token is refused and counted", async () => {
    expect(await connect(viewerPath + token(), { host: "evil.example" })).toBe(403);
    expect(await connect(sourcePath)).toBe(403);
    expect(await connect("/?token=guess")).toBe(403);
    expect(await connect(viewerPath)).toBe(1008);
    expect(server.status().refused).toEqual({ origin: 0, host: 1, token: 3 });
  });

  it("of a page of this machine may send, but only ours may view", async () => {
    const origin = "http://localhost:5173";
    expect(await connect(`/${token()}`, { origin })).toBe("open");
    expect(await connect(sourcePath + token(), { origin })).toBe("open");
    expect(await connect(viewerPath + token(), { origin })).toBe(403);
    expect(await connect(viewerPath + token(), { origin: `http://127.0.0.1:${server.port}` })).toBe("open");
  });

  it("that speaks no known protocol is heard by nobody: its messages are dropped, counted, and shown", async () => {
    const viewer = await view(server);
    for (const path of [sourcePath, "/"]) {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}${token()}`);
      await new Promise((resolve) => socket.once("open", resolve));
      for (const text of ["no json", "[]", '{"type":"batch","source":"x","records":[]}', '{"type":"hello"}'])
        socket.send(text);
      await viewer.until(() =>
        viewer.messages.some((it) => it.type === "status" && it.dropped > 0 && it.dropped % 4 === 0),
      );
      viewer.messages.length = 0;
      socket.terminate();
    }
    expect(server.status()).toMatchObject({
      dropped: 8,
      lastProblem: expect.stringContaining("@statelyai/inspect"),
    });
    expect(viewer.records()).toEqual([]);
  });
});

describe("a viewer", () => {
  it("gets what an app in the same process does, without a missing number", async () => {
    const inspector = createInspector({ app: "mine" });
    server.inspect(inspector);
    const viewer = await view(server);
    const actor = createActor(counter, { inspect: inspector.inspect }).start();
    actor.send({ type: "ADD" });
    actor.send({ type: "OFF" });
    await viewer.until(() => viewer.records().some(([kind, , , , value]) => kind === "v" && value === "off"));
    expect(viewer.messages[0]).toMatchObject({
      type: "welcome",
      version: "1.2.3",
      allowSend: false,
      sources: [inspector.source],
    });
    expect(viewer.messages.filter(({ type }) => type === "def")).toHaveLength(1);
    expect(missingNumbers(viewer.messages)).toEqual([]);
  });

  it("that comes late, or again, gets what it has not: all, or what follows its last number", async () => {
    const inspector = createInspector();
    server.inspect(inspector);
    const actor = createActor(counter, { inspect: inspector.inspect }).start();
    actor.send({ type: "ADD" });
    inspector.flush();
    const first = await view(server);
    await first.until(() => first.records().length > 0);
    const have = first.records().at(-1)?.[1] ?? 0;
    await first.close();
    actor.send({ type: "OFF" });
    inspector.flush();
    const second = await view(server, { have: { [inspector.source]: have } });
    await second.until(() => second.records().length > 0);
    expect(second.records()[0]?.[1]).toBe(have + 1);
    expect(missingNumbers([...first.messages, ...second.messages])).toEqual([]);
  });

  it("that comes after the server has forgotten gets a gap and the state within it", async () => {
    await server.close();
    server = await openInspector({ page, keep: 10 });
    const inspector = createInspector();
    server.inspect(inspector);
    const actor = createActor(counter, { inspect: inspector.inspect }).start();
    for (let i = 0; i < 30; i++) {
      actor.send({ type: "ADD" });
      inspector.flush();
    }
    const viewer = await view(server);
    await viewer.until(() => viewer.records().length > 0);
    const [gap, state] = viewer.messages.filter(
      (it) => it.type === "gap" || (it.type === "batch" && it.catchUp),
    );
    expect(gap).toMatchObject({ from: 1, reason: "shed" });
    expect(state?.type === "batch" ? state.records.map(([kind]) => kind) : []).toEqual(["a", "v", "c"]);
    expect(missingNumbers(viewer.messages)).toEqual([]);
  });

  it("that grants no credits gets no records, then a gap with the state in it, and what was shed is counted", async () => {
    await server.close();
    server = await openInspector({ page, waiting: 1_000 });
    const viewer = await view(server, { credits: 0 });
    const inspector = createInspector();
    server.inspect(inspector);
    const actor = createActor(counter, { inspect: inspector.inspect }).start();
    for (let i = 0; i < 2_000; i++) {
      actor.send({ type: "ADD" });
      if (i % 50 === 0) inspector.flush();
    }
    inspector.flush();
    await viewer.until(() => viewer.messages.some((it) => it.type === "gap"));
    expect(viewer.records()).toEqual([]);
    await viewer.until(() => viewer.messages.some((it) => it.type === "status" && it.shed > 1_000));
    viewer.send({ type: "credits", records: 1_000_000 });
    const { count } = actor.getSnapshot().context;
    await viewer.until(() =>
      JSON.stringify(viewer.records().findLast(([kind]) => kind === "p") ?? null).includes(
        `"count":${count}`,
      ),
    );
    expect(missingNumbers(viewer.messages)).toEqual([]);
    const state = viewer.messages.find((it) => it.type === "batch" && it.catchUp);
    expect(state?.type === "batch" ? state.records.map(([kind]) => kind) : []).toEqual(["a", "v", "c"]);
  });

  it("gets 50,000 records a second of a thousand actors shed, not stuck: all numbers, in batches or in gaps", async () => {
    await server.close();
    server = await openInspector({ page, waiting: 5_000 });
    const viewer = await view(server, { credits: 2_000 });
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${sourcePath}?token=${server.token}`);
    await new Promise((resolve) => socket.once("open", resolve));
    const hello: Hello = {
      type: "hello",
      proto: 1,
      source: "flood",
      app: "flood",
      pid: null,
      via: "homeostat",
      timeOrigin: 0,
      accepts: [],
      exactTransitions: true,
    };
    socket.send(JSON.stringify(hello));
    let seq = 0;
    for (let batch = 0; batch < 50; batch++) {
      const records = Array.from({ length: 1_000 }, (): InspectionRecord => {
        seq += 1;
        return ["v", seq, seq / 50, (seq % 1_000) + 1, `state${seq}`];
      });
      socket.send(JSON.stringify({ type: "batch", source: "flood", records }));
      // A slow page: it takes a tenth of what comes.
      if (batch % 10 === 0) viewer.send({ type: "credits", records: 1_000 });
    }
    await viewer.until(() => viewer.messages.some((it) => it.type === "status" && it.shed > 30_000));
    viewer.send({ type: "credits", records: 1_000_000 });
    await viewer.until(() => viewer.records().at(-1)?.[1] === seq);
    expect(missingNumbers(viewer.messages)).toEqual([]);
    socket.terminate();
  });

  it("is told when a source is lost and when it comes back, which resumes where it stopped", async () => {
    const viewer = await view(server);
    const path = `ws://127.0.0.1:${server.port}${sourcePath}?token=${server.token}`;
    const hello = {
      type: "hello",
      proto: 1,
      source: "s",
      app: "a",
      pid: 1,
      via: "homeostat",
      timeOrigin: 0,
      accepts: [],
      exactTransitions: true,
    };
    const resumed: unknown[] = [];
    for (const records of [
      [["v", 1, 0, 1, "a"]],
      [
        ["v", 1, 0, 1, "a"],
        ["v", 2, 0, 1, "b"],
      ],
    ]) {
      const socket = new WebSocket(path);
      await new Promise((resolve) => socket.once("open", resolve));
      const resume = new Promise((resolve) =>
        socket.once("message", (data: Buffer) => resolve(JSON.parse(data.toString()))),
      );
      socket.send(JSON.stringify(hello));
      resumed.push(await resume);
      socket.send(JSON.stringify({ type: "batch", source: "s", records }));
      await viewer.until(() => viewer.records().length === resumed.length);
      socket.terminate();
      const lost = resumed.length;
      await viewer.until(() => viewer.messages.filter(({ type }) => type === "ended").length === lost);
    }
    expect(resumed).toEqual([
      { type: "resume", source: "s", seq: 0 },
      { type: "resume", source: "s", seq: 1 },
    ]);
    expect(missingNumbers(viewer.messages)).toEqual([]);
  });
});
