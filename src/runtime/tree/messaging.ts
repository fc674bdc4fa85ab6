import { createActor, type EventObject, fromCallback } from "xstate";
import type { ChildTarget } from "./api.ts";
import { ask, find } from "./commands.ts";
import type { Engine } from "./engine.ts";
import type { Message } from "./messages/box.ts";
import type { Delivery, Messaging, Refused, Reply, RequestEvent, TargetFault } from "./outcomes.ts";

/** As the MCP SDK has it for its requests. @see https://ts.sdk.modelcontextprotocol.io, `DEFAULT_REQUEST_TIMEOUT_MSEC` */
const defaultTimeoutMs = 60_000;
const down: Refused = { outcome: "refused", reason: "tree_stopped", retryAfterMs: null };

export function createMessaging(get: () => Engine | undefined): Messaging {
  return {
    async send(target, event) {
      const answer = await ask<{ delivery: Delivery }>(get(), "send", (tell, engine) => {
        const at = engine.deadlines.clock.now();
        const delivery = post(engine, target, { event, at, settle: null, holder: null });
        tell({ ok: true, delivery });
      });
      return answer.ok ? answer.delivery : refused(get(), target, event);
    },
    async ask(target, event, { timeoutMs = defaultTimeoutMs } = {}) {
      const answer = await ask<{ reply: Reply }>(get(), "ask", (tell, engine) =>
        request(engine, target, { event, timeoutMs }, (reply) => tell({ ok: true, reply })),
      );
      return answer.ok ? answer.reply : refused(get(), target, event);
    },
  };
}

/** The answer goes to an actor of its own, so that a child needs nothing but `sendTo`. */
function request(
  engine: Engine,
  target: ChildTarget,
  { event, timeoutMs }: { event: EventObject; timeoutMs: number },
  tell: (reply: Reply) => void,
): void {
  const found = find(engine, target);
  const at = engine.deadlines.clock.now();
  let isSettled = false;
  const settle = (reply: Reply): void => {
    if (isSettled) return;
    isSettled = true;
    engine.children.cancel(deadline);
    tell(reply);
  };
  const replyTo = createActor(
    fromCallback(({ receive }) =>
      receive((answer) => {
        const incarnation = message.holder?.incarnation ?? null;
        settle({ outcome: "answered", answer, incarnation });
        if ("spec" in found) engine.care.messages.done(found, message, "answered");
      }),
    ),
  );
  const asked: RequestEvent = { ...event, replyTo };
  const message: Message = { event: asked, at, settle, holder: null };
  const deadline = engine.children.deadline(at + timeoutMs, () => {
    if (isSettled || !("spec" in found)) return;
    settle({ outcome: "timedOut", delivered: message.holder !== null });
    engine.care.messages.done(found, message, "timed_out");
  });
  replyTo.start();
  post(engine, target, message);
}

function post(engine: Engine, target: ChildTarget, message: Message): Delivery {
  const found = find(engine, target);
  if ("spec" in found) return engine.care.messages.post(found, message);
  const id = typeof target === "string" ? target : target.id;
  return engine.care.messages.refuse(id, message, found.code as TargetFault, null);
}

function refused(engine: Engine | undefined, target: ChildTarget, { type }: EventObject): Refused {
  const id = typeof target === "string" ? target : target.id;
  engine?.record({
    type: "message.dropped",
    id,
    message: type,
    reason: "tree_stopped",
    retryAfterMs: null,
    waitedMs: 0,
  });
  return down;
}
