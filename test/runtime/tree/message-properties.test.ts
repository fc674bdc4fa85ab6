/** What holds for every message, whatever becomes of the child that it is for. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { ChildSpecInput, Reply } from "../../../src/index.ts";
import { Clerk, work } from "./support/clerk.ts";
import { child } from "./support/world.ts";

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("ask", "ask", "slow", "poison", "send").map((it) => ({ do: it })) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom("crash", "answer", "stop", "start", "restart", "fail")
      .map((it) => ({ do: it })),
  },
  { weight: 3, arbitrary: fc.nat(600).map((ms) => ({ do: "advance", ms })) },
);
const whileDown = fc.constantFrom("reject", "stash", "reply", "standIn");

it("is settled exactly once, is handed over at most once, and a stash keeps the order", async () => {
  await fc.assert(
    fc.asyncProperty(
      whileDown,
      fc.record({
        capacity: fc.integer({ min: 1, max: 4 }),
        graceMs: fc.constantFrom(null, 300),
        trial: fc.boolean(),
      }),
      fc.constantFrom("oneForOne", "oneForAll"),
      fc.array(step, { maxLength: 40 }),
      async (kind, stash, strategy, steps) => {
        const clerk = new Clerk();
        const { world } = clerk;
        const options = {
          reject: { kind },
          reply: { kind, reply: "busy" },
          stash: { kind, ...stash },
          standIn: { kind, logic: clerk.logic("s") },
        }[kind] as ChildSpecInput["whileDown"];
        const tree = await world.started({
          policy: { strategy, limit: { intensity: 1_000 } } as never,
          children: [{ id: "c", logic: clerk.logic(), whileDown: options }],
        });
        const replies: Promise<Reply>[] = [];
        const open: Promise<unknown>[] = [];
        let n = 0;
        for (const it of steps) {
          const item = `${it.do}${++n}`;
          if (it.do === "ask" || it.do === "slow" || it.do === "poison")
            replies.push(tree.children.ask("c", work(item)));
          else if (it.do === "send") open.push(tree.children.send("c", work(item)));
          else if (it.do === "crash") child(tree, "c")?.ref?.send({ type: "crash" });
          else if (it.do === "answer") clerk.askers.shift()?.send({ type: "worked" });
          else if (it.do === "advance") world.clock.advance("ms" in it ? it.ms : 0);
          else if (it.do === "fail") open.push(tree.children.fail("c", "found broken"));
          else open.push(tree.children[it.do as "stop" | "start" | "restart"]("c"));
        }
        await tree.shutdown();
        for (const it of await Promise.all([...replies, ...open])) expect(it).toBeTypeOf("object");
        const items = clerk.got.map((it) => it.split("@")[0]);
        expect(new Set(items).size).toBe(items.length);
        const byChild = clerk.got.filter((it) => !it.includes("@s")).map((it) => Number(/\d+/.exec(it)?.[0]));
        expect(byChild).toEqual(byChild.toSorted((a, b) => a - b));
        // Each message is handed over, answered for, or a record says that it was dropped.
        const sent = steps.filter(({ do: it }) => ["ask", "slow", "poison", "send"].includes(it)).length;
        const dropped = world.of("message.dropped").length + world.of("message.replied").length;
        expect(items.length + dropped).toBe(sent);
        expect(world.clock.pending).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});
