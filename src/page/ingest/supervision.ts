/** What a supervisor looks after, at a moment. */
import type { Source } from "./source.ts";
import type { SupervisionSlice } from "./slices.ts";
import type { View } from "./view.ts";
import type { System } from "./system.ts";

type Lists = { -readonly [K in keyof SupervisionSlice]: SupervisionSlice[K][number][] };

export function supervisionSlice(system: System, { at }: View): SupervisionSlice {
  const lists: Lists = {
    budgets: [],
    leases: [],
    migrations: [],
    plugins: [],
    recoveries: [],
    escalations: [],
  };
  for (const source of system.sources.values()) {
    const { timeOrigin } = source.hello;
    for (const history of source.domain.values()) {
      const moment = history.at(at);
      if (moment === undefined) continue;
      const { record } = moment;
      const own = { source: source.id };
      if (record.kind === "budget") {
        const retryWallAt = record.retryAt === null ? null : timeOrigin + record.retryAt;
        lists.budgets.push({ ...record, ...own, retryWallAt });
      } else if (record.kind === "plugin") lists.plugins.push({ ...record, ...own });
      else if (record.kind === "escalation") {
        // Where it was opened, not where it last changed.
        const opened = [...history].find((it) => it.record.kind === "escalation" && it.record.open);
        const actorKey = actorOf(source, record.subject);
        lists.escalations.push({ ...record, ...own, pos: (opened ?? moment).pos, actorKey });
      } else if ("state" in record && record.state !== "gone") {
        if (record.kind === "lease") lists.leases.push({ ...record, ...own });
        if (record.kind === "migration") lists.migrations.push({ ...record, ...own });
        if (record.kind === "recovery") lists.recoveries.push({ ...record, ...own });
      }
    }
  }
  lists.escalations.sort((a, b) => Number(b.open) - Number(a.open) || b.openedAt - a.openedAt);
  return lists;
}

/** The actor that the subject of an escalation names: by the ids that a supervisor gives. */
function actorOf({ actors }: Source, subject: string): string | null {
  const [plugin = ""] = subject.split("/");
  const ids = new Set([
    `plugin:${plugin}`,
    `attempt:${subject}`,
    `migration:${subject}`,
    `recovery:${subject}`,
    subject,
  ]);
  for (const it of actors.values()) if (ids.has(it.info.id)) return it.key;
  return null;
}
