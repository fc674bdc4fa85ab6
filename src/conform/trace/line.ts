/** Lines of a log of a running system: what happened to it, and what could be seen of it then. */
import type { AnyEventObject } from "xstate";
import * as z from "zod";
import { HomeostatError } from "../../core/errors.ts";
import { problemsOf } from "../wire/wire.ts";

const Event = z.union([
  z
    .string()
    .min(1)
    .transform((type): AnyEventObject => ({ type })),
  z.looseObject({ type: z.string().min(1) }),
]);

/** A state as logs write it: `a.b`, several of them, or XState's `value`; what is left out may be anything. */
const State = z.union([z.string(), z.array(z.string()), z.record(z.string(), z.unknown())]);

const Logged = z.looseObject({
  event: Event.optional(),
  /** The actor that has ended, with `done` or `fails`. */
  settle: z.string().optional(),
  done: z.unknown().optional(),
  fails: z.unknown().optional(),
  /** After the event; only those keys that it has are compared. */
  state: State.optional(),
  context: z.record(z.string(), z.unknown()).optional(),
  status: z.enum(["active", "done", "error", "stopped"]).optional(),
  /** The system did not accept the event. */
  ignored: z.boolean().optional(),
  /** Milliseconds from any beginning, or a date of ISO 8601. */
  at: z.union([z.number(), z.iso.datetime({ offset: true })]).optional(),
  /** A machine of this run begins here. */
  input: z.unknown().optional(),
});

type LoggedState = z.infer<typeof State>;

/** A line, read. */
export interface LogLine {
  /** The machine that it is about, where a log has several. */
  readonly run: string;
  readonly event: AnyEventObject | null;
  readonly settles: { readonly actor: string; readonly done?: unknown; readonly fails?: unknown } | null;
  readonly state: LoggedState | null;
  readonly context: Readonly<Record<string, unknown>> | null;
  readonly status: string | null;
  readonly ignored: boolean;
  readonly atMs: number | null;
  /** `null`: it begins nothing. */
  readonly begins: { readonly input: unknown } | null;
}

/** `null` for an empty line. Throws `invalid_event` for one that is no line of a log. `key`: the field that names the run. */
export function readLogLine(text: string, key: string): LogLine | null {
  if (text.trim() === "") return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new HomeostatError("invalid_event", `no JSON: ${(error as SyntaxError).message}`);
  }
  const parsed = Logged.safeParse(json);
  if (!parsed.success) {
    throw new HomeostatError("invalid_event", `no line of a log: ${problemsOf(parsed.error)}`);
  }
  const line = parsed.data;
  const own = ["event", "settle", "state", "context", "status", "input"].some((it) => it in line);
  // A line that has nothing of ours is the event itself.
  const bare = own || typeof line["type"] !== "string" ? undefined : (line as AnyEventObject);
  if (!own && bare === undefined) {
    throw new HomeostatError(
      "invalid_event",
      'no line of a log: it needs "event", "settle", "state", "context", "status" or "input", or the "type" of an event',
    );
  }
  const { at, settle } = line;
  const run = line[key];
  return {
    run: typeof run === "string" ? run : run === undefined ? "" : JSON.stringify(run),
    event: (line.event as AnyEventObject | undefined) ?? bare ?? null,
    settles:
      settle === undefined
        ? null
        : { actor: settle, done: line.done, ...("fails" in line ? { fails: line.fails } : {}) },
    state: line.state ?? null,
    context: line.context ?? null,
    status: line.status ?? null,
    ignored: line.ignored === true,
    atMs: typeof at === "string" ? Date.parse(at) : (at ?? null),
    begins: "input" in line ? { input: line.input } : null,
  };
}
