import { explain, keyOf } from "../../machines/supervisor.ts";
import { HomeostatError } from "../core/errors.ts";
import type { Explanation } from "../core/explanation.ts";
import type { Clock } from "./clock.ts";
import { budgetState, type View } from "./view.ts";

/**
 * Why the servers of `subject`, `PLUGIN` or `PLUGIN/SERVER`, are or are not started, as the charts say now. Throws
 * `invalid_state` before the start, `not_found` for another subject.
 */
export function explainSubject(
  view: View,
  subject: string,
  { names, clock }: { readonly names: readonly string[]; readonly clock: Pick<Clock, "now" | "wallNow"> },
): Explanation[] {
  const supervisor = view.supervisor();
  if (supervisor === undefined) throw new HomeostatError("invalid_state", "the supervisor is not started");
  const known = names.flatMap((plugin) =>
    (view.plugin(plugin)?.context.servers ?? []).map((server) => ({ plugin, server })),
  );
  const asked = known.filter(
    ({ plugin, server }) => plugin === subject || keyOf({ plugin, server: server.name }) === subject,
  );
  if (asked.length === 0) {
    const all = known.map(({ plugin, server }) => keyOf({ plugin, server: server.name })).join(", ");
    throw new HomeostatError("not_found", `no plugin or server is called "${subject}"; there are ${all}`);
  }
  const now = clock.now();
  return asked.map(({ plugin, server }) => {
    const { name, active, permanentFailure, lastError } = server;
    const budget = view.budget(plugin, name);
    return explain({
      key: keyOf({ plugin, server: name }),
      isRunning: view.isRunning(),
      supervisor: supervisor.context,
      budget: budget === undefined ? null : { state: budgetState(budget), context: budget.context },
      process: active === null ? "none" : active.state === "starting" ? "starting" : "ready",
      permanentFailure,
      lastError,
      now,
      wallOffsetMs: clock.wallNow() - now,
    });
  });
}
