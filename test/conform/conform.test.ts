import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { readCase } from "../../src/conform/lines.ts";
import {
  conform,
  type ConformOptions,
  type ConformRecord,
  type Registry,
  registry,
  renderDifferences,
  vias,
} from "../../src/conform/index.ts";

// Hundreds of actors, or 200,000 lines: seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const vectors = (kind: string): string =>
  readFileSync(new URL(`../vectors/${kind}.jsonl`, import.meta.url), "utf8");
const linesOf = (kind: string): string[] => vectors(kind).trimEnd().split("\n");

type Differing = Extract<ConformRecord, { type: "difference" }>;

/** What a run over `chunks` finds. */
async function check(
  chunks: Iterable<string> | AsyncIterable<string>,
  options: Omit<ConformOptions, "sources"> = {},
) {
  const differences: Differing[] = [];
  for await (const record of conform({ sources: [{ name: "in", chunks }], ...options })) {
    if (record.type === "difference") differences.push(record);
    if (record.type === "counts") return { differences, kinds: record.kinds };
  }
  throw new Error("a run without counts");
}

const kinds = [...registry.keys()];
const runs = kinds.flatMap((kind) => vias.map((via) => ({ kind, via })));

describe.each(runs)("$kind via $via", ({ kind, via }) => {
  it("answers every recorded operation as recorded", async () => {
    const lines = linesOf(kind);
    const operations = lines.reduce((sum, line) => sum + (readCase(line)?.ops.length ?? 0), 0);
    expect(await check([vectors(kind)], { via })).toEqual({
      differences: [],
      kinds: { [kind]: { cases: lines.length, operations, differing: 0 } },
    });
  });

  it("finds one changed answer, and names its operation", async () => {
    const recorded = readCase(linesOf(kind)[3] ?? "");
    if (recorded === null) throw new Error("there is no fourth line");
    const index = recorded.ops.length - 1;
    recorded.expected[index] = { ...(recorded.expected[index] as object), changed: 1 };
    const { differences, kinds: counts } = await check([JSON.stringify(recorded)], { via });
    expect(differences).toMatchObject([
      {
        source: "in",
        line: 1,
        kind,
        id: expect.stringContaining(kind),
        operationIndex: index,
        operation: recorded.ops[index],
        expected: recorded.expected[index],
        differences: [{ path: "changed", expected: "1", actual: "nothing" }],
      },
    ]);
    expect(counts[kind]).toMatchObject({ cases: 1, differing: 1 });
  });
});

describe("one changed number", () => {
  it.each(vias)("in an expected answer is found via %s", async (via) => {
    const text = vectors("crash_budget").replace('"retry_after_ms":19485', '"retry_after_ms":19486');
    const { differences } = await check([text], { via });
    expect(differences.map(({ id, operationIndex }) => [id, operationIndex])).toEqual([
      ["crash_budget seed 1 case 120", 2],
    ]);
    expect(differences.map((it) => renderDifferences(it.differences))).toEqual([
      ["decision.refuse.retry_after_ms: 19486 -> 19485"],
    ]);
  });

  it.each(vias)("in an operation is found via %s", async (via) => {
    const text = vectors("crash_budget").replace('"now_ms":1014735', '"now_ms":1014736');
    const { differences } = await check([text], { via });
    expect(differences).toMatchObject([{ id: "crash_budget seed 1 case 120", operationIndex: 2 }]);
  });
});

describe("a malformed line", () => {
  const good = linesOf("crash_budget")[0] ?? "";
  const key = { instance: "shared", service_name: "s", service_version: "1" };
  const one = (op: object, expected: object = {}) =>
    JSON.stringify({ kind: "crash_budget", ops: [op], expected: [expected] });

  it.each([
    ["no JSON", "{", "no JSON: "],
    ["no object", "1", "no recorded case: Invalid input: expected object, received number"],
    ["no operations", '{"kind":"crash_budget"}', "no recorded case: ops: "],
    [
      "an answer too few",
      '{"kind":"crash_budget","ops":[{"op":"new"}],"expected":[]}',
      "1 operations with 0 expected answers",
    ],
    ["an unknown kind", '{"kind":"x","ops":[],"expected":[]}', 'unknown kind "x"; the known ones are '],
    ["an unknown operation", one({ op: "crash" }), 'operation "crash": op: '],
    ["a missing field", one({ op: "record_crash", key }), 'operation "record_crash": now_ms: '],
    [
      "a field too many",
      one({ op: "record_success", key, more: 1 }),
      'operation "record_success": Unrecognized key: "more"',
    ],
  ])("with %s is named by file and line", async (_, line, message) => {
    await expect(check([`${good}\n\n${line}\n${good}\n`])).rejects.toMatchObject({
      name: "HomeostatError",
      code: "invalid_event",
      details: { source: "in", line: 3 },
      message: expect.stringContaining(`in:3: ${message}`),
    });
  });

  it("with an operation before what it builds on is named", async () => {
    const line = JSON.stringify({
      kind: "plugin_lifecycle",
      ops: [{ op: "shutdown" }],
      expected: [{ ok: true }],
    });
    await expect(check([line])).rejects.toThrow('in:1: operation "shutdown" needs a "new" before it');
  });
});

describe("a stream", () => {
  it("may be cut anywhere", async () => {
    const text = linesOf("crash_recovery_pipeline").slice(0, 3).join("\r\n");
    const cuts = fc.array(fc.nat(text.length), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        const ends = [0, ...at.toSorted((a, b) => a - b), text.length];
        const chunks = ends.slice(1).map((end, index) => text.slice(ends[index], end));
        expect((await check(chunks, { via: "decisions" })).kinds).toMatchObject({
          crash_recovery_pipeline: { cases: 3, differing: 0 },
        });
      }),
      { numRuns: 30 },
    );
  });

  it("is checked for one kind only when that is asked for", async () => {
    const text = `${linesOf("crash_budget")[0]}\n${linesOf("x_spawn_budget")[0]}\n`;
    const { kinds: counts } = await check([text], { kind: "x_spawn_budget" });
    expect(Object.keys(counts)).toEqual(["x_spawn_budget"]);
  });

  it("is read no further than its consumer has got, and nothing of a checked case is kept", async () => {
    const lines = 200_000;
    const line = `${JSON.stringify({ kind: "counted", ops: [{ op: "ask" }], expected: [{}] })}\n`;
    let produced = 0;
    let alive = 0;
    let mostAlive = 0;
    const counted: Registry = new Map([["counted", { decisions: subject, machines: subject }]]);
    function subject() {
      alive += 1;
      mostAlive = Math.max(mostAlive, alive);
      return { answer: () => ({}), dispose: () => (alive -= 1) };
    }
    async function* generate() {
      while (produced < lines) {
        produced += 100;
        yield line.repeat(100);
      }
    }
    let ahead = 0;
    let progress = 0;
    let last: ConformRecord | null = null;
    const sources = [{ name: "in", chunks: generate() }];
    for await (const record of conform({ sources, registry: counted })) {
      if (record.type === "progress") {
        progress += 1;
        ahead = Math.max(ahead, produced - record.cases);
      }
      last = record;
    }
    expect(last).toMatchObject({ kinds: { counted: { cases: lines, operations: lines, differing: 0 } } });
    expect({ mostAlive, alive, ahead, progress }).toEqual({
      mostAlive: 1,
      alive: 0,
      ahead: 0,
      progress: 2_000,
    });
  });

  it("yields each difference when it is found, not at the end", async () => {
    const wrong = JSON.stringify({
      kind: "crash_recovery_pipeline",
      ops: [{ op: "steps" }],
      expected: [{}],
    });
    let produced = 0;
    function* endless() {
      for (;;) {
        produced += 1;
        yield `${wrong}\n`;
      }
    }
    const run = conform({ sources: [{ name: "in", chunks: endless() }], via: "decisions" });
    expect(await run.next()).toMatchObject({ value: { type: "difference", line: 1 } });
    await run.return();
    expect(produced).toBe(1);
  });
});

it("takes an implementation that throws for one that answers wrongly", async () => {
  const broken: Registry = new Map([["broken", { decisions: subject, machines: subject }]]);
  function subject() {
    return {
      answer: () => {
        throw new Error("out of order");
      },
    };
  }
  const line = JSON.stringify({ kind: "broken", case: 7, ops: [{ op: "ask" }], expected: [{}] });
  expect((await check([line], { registry: broken })).differences).toMatchObject([
    { id: "broken case 7", actual: { threw: "out of order" } },
  ]);
});

it("blames no line for a subject that cannot be created", async () => {
  const subject = () => {
    throw new Error("no such chart");
  };
  const broken: Registry = new Map([["broken", { decisions: subject, machines: subject }]]);
  const line = JSON.stringify({ kind: "broken", ops: [], expected: [] });
  await expect(check([line], { registry: broken })).rejects.toThrow(/^no such chart$/);
});

it("reads a line of kind retry_delay_overflow as one question, whose answer saturates", async () => {
  const asked: unknown[] = [];
  const delays: Registry = new Map([["retry_delay_overflow", { decisions: subject, machines: subject }]]);
  function subject() {
    return {
      answer: (operation: unknown) => {
        asked.push(operation);
        return { delay_secs: 300 };
      },
    };
  }
  const config = {
    initial_retry_delay_secs: 10,
    max_retry_delay_secs: 300,
    use_exponential_backoff: true,
  };
  const line = JSON.stringify({
    kind: "retry_delay_overflow",
    config,
    attempt: 32,
    in_range: false,
    original_debug: "panic",
    original_release: 0,
    saturating: 300,
  });
  expect((await check([line], { registry: delays })).differences).toEqual([]);
  expect(asked).toEqual([{ op: "retry_delay", config, attempt: 32 }]);
});
