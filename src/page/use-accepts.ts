/**
 * Which events the selected actor would take now. Asked of the app where it can tell; else read off the chart, without guards.
 *
 * @module
 */
import { useEffect, useMemo, useState } from "react";
import type { Accepts } from "../inspect/protocol/command.ts";
import { useSlice, useView } from "./client.ts";
import { usePage } from "./page.ts";

export interface Acceptable {
  readonly type: string;
  readonly accepted: boolean;
  readonly reason: string | null;
}

export interface Acceptance {
  readonly events: readonly Acceptable[];
  /** Whether guards were asked. */
  readonly isExact: boolean;
}

export function useAccepts(): Acceptance {
  const { client } = usePage();
  const actor = useSlice(client, "actor") ?? null;
  const machine = useSlice(client, "machine") ?? null;
  const status = useSlice(client, "status");
  const { at } = useView(client);
  const [answer, setAnswer] = useState<{ readonly of: string; readonly accepts: Accepts } | null>(null);
  const source = status?.sources.find((it) => it.id === actor?.source);
  const canAsk =
    at === null && actor?.status === "active" && source?.ended === null && source.accepts.includes("accepts");
  const key = actor?.key ?? null;
  // What it takes depends on its state and its context.
  const of = `${key} ${actor?.state} ${actor?.contextPos}`;
  useEffect(() => {
    if (!canAsk || key === null || source === undefined) return;
    let isWanted = true;
    // A state that is left at once need not be asked about.
    const timer = setTimeout(() => {
      const command = { name: "accepts", actor: Number(key.slice(key.lastIndexOf(":") + 1)) } as const;
      void client.ask({ kind: "command", source: source.id, command }).then((it) => {
        if (isWanted && it.ok && it.result.kind === "accepts") setAnswer({ of, accepts: it.result });
      });
    }, 120);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
    // oxlint-disable-next-line react/exhaustive-deps -- `of` says the rest
  }, [client, canAsk, of, source?.id]);

  return useMemo(() => {
    if (answer?.of === of && canAsk) return { events: answer.accepts.events, isExact: true };
    const model = machine?.hash === actor?.def ? machine?.model : null;
    if (model == null || actor === null) return { events: [], isExact: false };
    const active = new Set(actor.active.map((it) => it.id));
    const types = new Map<string, boolean>();
    for (const it of model.transitions) {
      if (it.kind === "event") types.set(it.event, (types.get(it.event) ?? false) || active.has(it.source));
    }
    const events = [...types].map(([type, accepted]) => ({
      type,
      accepted: accepted && actor.status === "active",
      reason: accepted ? null : "no active state has a transition for it",
    }));
    return { events, isExact: false };
  }, [answer, of, canAsk, machine, actor]);
}
