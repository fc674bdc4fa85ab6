/** Answers of the worker that need no server. */
import type { Request, Responses } from "./messages.ts";
import type { Session } from "./session.ts";

type Local = Exclude<Request, { kind: "command" }>;

export function respond(session: Session, request: Local): Responses[Local["kind"]] {
  const { system } = session;
  switch (request.kind) {
    case "step":
      return session.step(request.step, request.of);
    case "placeAt":
      return system.rows.placeAt(request.at);
    case "find": {
      const source = [...system.sources.values()].findLast((it) => it.hello.app === request.app);
      if (source === undefined) return { key: null, pos: null };
      const actors = [...source.actors.values()];
      // Of several that had this path one after the other, the last one.
      const actor = actors.findLast((it) => it.info.path === request.path);
      const pos = request.seq === null ? null : system.rows.placeOf(source, request.seq);
      return { key: actor?.key ?? null, pos };
    }
    case "search": {
      const words = request.text.toLowerCase().split(/\s+/);
      return [...system.sources.values()]
        .flatMap((it) => [...it.actors.values()])
        .filter((it) => it.isStarted)
        .map((it) => ({ key: it.key, path: it.info.path, state: it.values.last()?.text ?? it.info.logic }))
        .filter(({ path, state }) => words.every((word) => `${path} ${state}`.toLowerCase().includes(word)))
        .slice(0, 40);
    }
    case "open":
      return session.open(request.text);
    case "openCoverage":
      try {
        session.openCoverage(request.text);
        return null;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    case "recording":
      return session.recording(request.from);
    case "row": {
      const row = system.rows.get(request.pos);
      return row?.record == null ? null : JSON.stringify(row.record, null, 2);
    }
  }
}
