import type { Child } from "./child.ts";
import type { Engine } from "./engine.ts";
import { failed } from "./exit.ts";

/** Ends `child`, found broken with `error`, as if it had crashed, and calls `then` when it is down: not before is it restarted. */
export function fail(engine: Engine, child: Child, error: unknown, then: () => void): void {
  const uptimeMs = engine.deadlines.clock.now() - child.startedAt;
  engine.children.terminate(child, () => {
    engine.fell(child, failed(error), uptimeMs);
    then();
  });
}
