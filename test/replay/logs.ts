import * as fc from "fast-check";
import type { SupervisionRecord } from "../../src/core/records.ts";
import { replay, type ReplayOptions, type ReplayRecord } from "../../src/replay/index.ts";
import { flush } from "../fakes/fake-servers.ts";
import { startSupervisor } from "../fakes/supervised.ts";

export type Started = Awaited<ReturnType<typeof startSupervisor>>;

const servers = { x: { command: "fake" }, y: { command: "fake", required: false, standby: 1 as const } };
/** Two plugins of one server, and one of two with a spare. */
export const startThree = (options: Parameters<typeof startSupervisor>[1] = {}): Promise<Started> =>
  startSupervisor([], {
    plugins: {
      a: { servers: { a: { command: "fake" } } },
      b: { servers: { b: { command: "fake" } } },
      c: { servers },
    },
    ...options,
  });

const whats = [
  ..."serve die refuse refuseForGood restart restartAll report retry resolve abort reset configure wait".split(
    " ",
  ),
  ..."wait wait die die die loop loop".split(" "),
];
export const steps = fc.array(
  fc.record({
    what: fc.constantFrom(...whats),
    name: fc.constantFrom("a", "b", "x", "y"),
    ms: fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 400_000 })),
  }),
  { minLength: 5, maxLength: 60 },
);
export type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

export async function take(started: Started, { what, name, ms }: Step): Promise<void> {
  const { servers: fake, supervisor, advance } = started;
  const process = fake.last(name);
  const plugin = name === "x" || name === "y" ? "c" : name;
  const escalation = supervisor.health().escalations[0]?.id ?? "none";
  if (what === "serve" && process.alive) await process.serve();
  else if (what === "die" && process.alive) await process.serve().then(() => process.die());
  else if (what === "refuse" && process.alive) await process.refuse("exited_in_handshake", false);
  else if (what === "refuseForGood" && process.alive) await process.refuse("command_missing", true);
  else if (what === "restart") supervisor.restart(plugin, name);
  else if (what === "restartAll") supervisor.restart(plugin);
  else if (what === "report") supervisor.reportFailure(`${plugin}/${name}`, "provider_failure");
  else if (what === "retry" || what === "resolve" || what === "abort") supervisor.act(escalation, what);
  else if (what === "reset") supervisor.resetBudget(plugin, name);
  else if (what === "configure")
    supervisor.configure(plugin, { servers: plugin === "c" ? servers : { [name]: { command: "fake" } } });
  else if (what === "loop") await crash(started, name, 1 + (ms % 7), ms % 11 === 0 ? 61_000 : 0);
  else await advance(ms);
  await flush();
}

/** A backend that dies `times` times, each `uptimeMs` after it serves, and is started as soon as its budget grants it. */
export async function crash(started: Started, name: string, times: number, uptimeMs = 0): Promise<void> {
  const { servers: fake, advance } = started;
  for (let i = 0; i < times; i++) {
    for (let tries = 0; !fake.last(name).alive && tries < 11; tries++)
      await advance(tries === 0 ? 250 : 30_000);
    if (!fake.last(name).alive) return;
    await fake.last(name).serve();
    await advance(uptimeMs);
    await fake.last(name).die();
  }
}

export const toLog = (records: readonly object[]): string =>
  records.map((it) => `${JSON.stringify(it)}\n`).join("");

export async function replayed(
  records: readonly object[] | string,
  options: Omit<ReplayOptions, "sources"> = {},
): Promise<ReplayRecord[]> {
  const text = typeof records === "string" ? records : toLog(records);
  const found: ReplayRecord[] = [];
  for await (const it of replay({ sources: [{ name: "log", chunks: [text] }], ...options })) {
    if (it.type !== "progress") found.push(it);
  }
  return found;
}

/** The records with `change` made to the one at `index`. */
export const changed = (
  records: readonly SupervisionRecord[],
  index: number,
  change: object,
): SupervisionRecord[] => records.map((it, at) => (at === index ? { ...it, ...change } : it));

/** The records without those of `indices`, numbered anew. */
export const without = (records: readonly SupervisionRecord[], index: number): SupervisionRecord[] =>
  records.filter((_, at) => at !== index).map((it, at) => ({ ...it, seq: at + 1 }));
