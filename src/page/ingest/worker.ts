/**
 * The page's worker: everything that arrives is parsed, kept and searched here; the page gets what it shows.
 *
 * @module
 */
import { Connection } from "./connection.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { respond } from "./requests.ts";
import { Session } from "./session.ts";

const post = (message: FromWorker): void => self.postMessage(message);
const session = new Session({ now: () => Date.now(), post: (frame) => post({ type: "frame", frame }) });
let connection: Connection | null = null;

setInterval(() => session.flush(), 33);
// Rates and what has no end yet go on while nothing arrives.
setInterval(() => session.tick(), 1000);

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case "connect":
      connection ??= new Connection({
        url: data.url,
        have: () => Object.fromEntries([...session.system.sources].map(([id, it]) => [id, it.lastSeq])),
        onMessage: (message) => session.receive(message),
        onState: (state, message) => session.connected(state, message),
      });
      return;
    case "view":
      return session.show(data.view);
    case "inject":
      return connection?.inject(data.message);
    case "drawn":
      return session.drawn();
    case "ask": {
      const { id, request } = data;
      if (request.kind !== "command")
        return post({ type: "response", id, response: respond(session, request) });
      const none = { ok: false, code: "noAnswer", message: "a recording takes no commands" } as const;
      const asked = connection?.ask(request.source, request.command) ?? Promise.resolve(none);
      void asked.then((response) => post({ type: "response", id, response }));
    }
  }
});
