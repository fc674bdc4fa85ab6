import { expect, it } from "vitest";
import { callAgent } from "../../../src/node/index.ts";
import type { ServerSession, SessionCallOutcome } from "../../../src/core/ports.ts";

const never = new AbortController().signal;

/** Hosts that answer as is said; `null`: it does not serve. Notes who was called. */
function call(answers: readonly (SessionCallOutcome["outcome"] | null)[]) {
  const called: number[] = [];
  const hosts = answers.map((outcome, index) => {
    const session = {
      callTool: () => {
        called.push(index);
        return Promise.resolve({ outcome });
      },
    };
    return { session: () => (outcome === null ? null : (session as unknown as ServerSession)) };
  });
  const outcome = callAgent(hosts, { id: "a" }, { name: "echo", args: {}, timeoutMs: 1 }, never);
  return outcome.then((it) => ({ outcome: it.outcome, called }));
}

it("L07: a call that one host could not send goes to the host that serves the agent since", async () => {
  expect(await call(["notSent", "completed"])).toEqual({ outcome: "completed", called: [0, 1] });
});

it("L07: a call whose effect is not known goes nowhere else", async () => {
  expect(await call(["lost", "completed"])).toEqual({ outcome: "lost", called: [0] });
});

it("L07: a call that nobody serves is answered at once, and asks each host once", async () => {
  expect(await call([null, null])).toEqual({ outcome: "notSent", called: [] });
  expect(await call(["notSent", null, "notSent"])).toEqual({ outcome: "notSent", called: [0, 2] });
});
