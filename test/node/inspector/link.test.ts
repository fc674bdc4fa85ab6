import { afterEach, describe, expect, it } from "vitest";
import { assign, createActor, setup } from "xstate";
import {
  createInspector,
  type Inspector,
  type Link,
  linkTo,
  sourcePath,
} from "../../../src/inspect/index.ts";
import { type InspectorServer, openInspector } from "../../../src/node/inspector/open-inspector.ts";
import { missingNumbers, view } from "../../support/inspector-viewer.ts";

const counter = setup({}).createMachine({
  id: "counter",
  context: { count: 0 },
  on: { ADD: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
});
const token = "a-token-of-a-test";
let server: InspectorServer;
let link: Link;
afterEach(async () => {
  link.close();
  await server.close();
});

function counting(inspector: Inspector, options: { port: number; keep?: number }) {
  const actor = createActor(counter, { inspect: inspector.inspect }).start();
  link = linkTo(inspector, {
    url: `ws://127.0.0.1:${options.port}${sourcePath}?token=${token}`,
    keep: options.keep,
    retryMs: 10,
  });
  return {
    actor,
    count: (times: number): void => {
      for (let i = 0; i < times; i++) {
        actor.send({ type: "ADD" });
        inspector.flush();
      }
    },
  };
}

describe("an app that is linked to an inspector elsewhere", () => {
  it("is seen and asked there", async () => {
    server = await openInspector({ token, allowSend: true });
    const inspector = createInspector();
    const { actor } = counting(inspector, server);
    const viewer = await view(server);
    await viewer.until(
      () => viewer.records().length > 0 || viewer.messages.some((it) => it.type === "batch"),
    );
    const answer = await viewer.ask(inspector.source, { name: "send", actor: 1, event: { type: "ADD" } });
    expect(answer).toEqual({ ok: true, result: { kind: "sent" } });
    expect(actor.getSnapshot().context.count).toBe(1);
  });

  it.each([
    ["comes back with all of what happened meanwhile", { keep: 50_000, isAll: true }],
    ["comes back with a gap for what it could not keep, and the state in it", { keep: 20, isAll: false }],
  ])("%s, after the connection was lost", async (_, { keep, isAll }) => {
    server = await openInspector({ token });
    const { port } = server;
    const inspector = createInspector();
    const { count } = counting(inspector, { port, keep });
    const first = await view(server);
    count(5);
    await first.until(() => JSON.stringify(first.messages).includes('"count":5'));
    // Its question comes after what the server has acknowledged.
    await first.ask(inspector.source, { name: "snapshot", actor: 1 });
    const have = first.records().at(-1)?.[1] ?? 0;
    await server.close();
    count(50);
    // The same server as far as anybody can tell, but it has forgotten everything.
    server = await openInspector({ token, port });
    const second = await view(server);
    count(1);
    await second.until(() => JSON.stringify(second.messages).includes('"count":56'));
    expect(missingNumbers(second.messages)).toEqual([]);
    const [gap] = second.messages.filter((it) => it.type === "gap");
    expect(gap).toMatchObject({ from: 1, reason: "disconnected" });
    expect(gap?.to === have).toBe(isAll);
    expect(second.records().filter(([kind]) => kind === "e").length === 51).toBe(isAll);
    const state = second.messages.find((it) => it.type === "batch" && it.catchUp);
    expect(state?.type === "batch" ? state.records.map(([kind]) => kind) : []).toEqual(["a", "v", "c"]);
  });
});
