/** The work of `homeostat walk`, without its command line. */
import * as z from "zod";
import { HomeostatError } from "../../core/errors.ts";
import {
  actorSut,
  describeWalk,
  type Move,
  replayWalk,
  type Sut,
  SuiteMismatch,
  walkRandomly,
} from "../../testgen/index.ts";
import { loadOne } from "../check/load-one.ts";
import { importModule } from "../load-machines.ts";

export interface WalkCommandOptions {
  readonly sut?: string;
  readonly seed?: number;
  readonly runs?: number;
  readonly steps?: number;
  readonly tries?: number;
  readonly replay?: string;
  readonly json?: boolean;
}

interface Terminal {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

const Outcome = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("done"), output: z.unknown() }),
  z.object({ kind: z.literal("error"), error: z.unknown() }),
]);
const Moves = z.array(
  z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("event"), event: z.looseObject({ type: z.string() }) }),
    z.object({ kind: z.literal("timer") }),
    z.object({ kind: z.literal("wait"), ms: z.number() }),
    z.object({ kind: z.literal("outcome"), actor: z.string(), outcome: Outcome }),
  ]),
);

/** 0: as the machine says. 1: not so. 2: the input cannot be used. */
export async function runWalk(
  name: string,
  options: WalkCommandOptions,
  { stdout, stderr }: Terminal,
): Promise<0 | 1 | 2> {
  const { json = false, seed, runs, steps, tries } = options;
  let isGood = true;
  const tell = (record: object, text: string): void => {
    stdout.write(`${json ? JSON.stringify(record) : text}\n`);
  };
  try {
    const { machine, options: explore } = await loadOne(name);
    const suts = options.sut === undefined ? [actorSut(machine)] : await loadSuts(options.sut);
    for (const sut of suts) {
      const title = sut.name ?? "the system";
      if (options.replay !== undefined) {
        const moves = movesIn(options.replay);
        const error = await replayWalk(machine, sut, moves, explore).then(
          () => null,
          (it: unknown) => it,
        );
        if (error !== null && !(error instanceof SuiteMismatch)) throw error;
        if (error !== null) isGood = false;
        const message = error === null ? `${title}: as the machine says` : `${title}: ${error.message}`;
        tell({ type: "replay", machine: machine.id, sut: title, isGood: error === null, message }, message);
        continue;
      }
      const limits = { seed, runs, maxSteps: steps, maxTries: tries };
      const given = Object.fromEntries(Object.entries(limits).filter(([, it]) => it !== undefined));
      const report = await walkRandomly(machine, sut, { ...explore, ...given });
      if (report.failure !== null) isGood = false;
      const moves = JSON.stringify(report.failure?.moves ?? []);
      const again = `homeostat walk ${name}${options.sut === undefined ? "" : ` --sut ${options.sut}`} --replay ${quoted(moves)}`;
      tell(
        { type: "walk", sut: title, ...report, again: report.failure === null ? null : again },
        `${title}: ${describeWalk(report, again)}`,
      );
    }
    return isGood ? 0 : 1;
  } catch (error) {
    if (!(error instanceof HomeostatError)) throw error;
    const { code, message } = error;
    if (json) stdout.write(`${JSON.stringify({ type: "error", code, message })}\n`);
    stderr.write(`homeostat walk: ${message}\n`);
    return 2;
  }
}

/** For a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

function movesIn(text: string): readonly Move[] {
  try {
    return Moves.parse(JSON.parse(text)) as readonly Move[];
  } catch (error) {
    const message =
      '--replay takes the moves that a failure prints, such as [{"kind":"event","event":{"type":"open"}}]';
    throw new HomeostatError("invalid_event", message, {}, error);
  }
}

async function loadSuts(file: string): Promise<readonly Sut[]> {
  const exported = await importModule(file);
  const suts = [(exported["suts"] ?? exported["sut"] ?? []) as Sut | readonly Sut[]].flat();
  if (suts.length > 0 && suts.every((it) => typeof it.create === "function")) return suts;
  throw new HomeostatError(
    "not_found",
    `${file} exports no "suts": a system with create(), or a list of them`,
    { file },
  );
}
