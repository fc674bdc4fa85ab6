import { randomUUID } from "node:crypto";
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../../src/core/checkpoint.ts";
import { HomeostatError } from "../../../src/core/errors.ts";
import {
  CheckpointWriter,
  raiseFence,
  readCheckpoint,
  takeOverCheckpoint,
} from "../../../src/node/worker/checkpoint-file.ts";
import { replayCheckpoint, replayRun } from "../../../src/node/worker/replay.ts";
import { reloadCheckpoint } from "../../../src/node/worker/reload-checkpoint.ts";
import { actionOf, counting, type Count } from "../../fixtures/counting.ts";
import { temporaryFolder } from "../../support/processes.ts";

const never = new AbortController().signal;
const recorded = (data: string): RunEvent => ({ kind: "recorded", data });
const dataOf = (directory: string): unknown[] =>
  readCheckpoint(directory).events.map(({ event }) => ("data" in event ? event.data : null));

/** A worker's checkpoint of `steps` whole steps, with the state after each. */
function countTo(writer: CheckpointWriter, steps: number, from = 0): Count {
  let state: Count = { count: from, resumptions: 0 };
  for (let step = from + 1; step <= from + steps; step += 1) {
    writer.appendEvent({ kind: "requested", actionId: actionOf(step), data: null }, state);
    const completed = { kind: "completed", actionId: actionOf(step), data: null } as const;
    state = counting.reduce(state, completed);
    writer.appendEvent(completed, state);
  }
  return state;
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof HomeostatError) return error.code;
    throw error;
  }
  return "none";
}

describe("a checkpoint", () => {
  it("C1: keeps events in order, each chained to the one before", () => {
    const directory = temporaryFolder();
    const writer = new CheckpointWriter(directory, 1);
    expect(["a", "b", "c"].map((it) => writer.appendEvent(recorded(it)))).toEqual([1, 2, 3]);
    expect(readCheckpoint(directory)).toMatchObject({ epoch: 1, snapshot: null, torn: false });
    expect(dataOf(directory)).toEqual(["a", "b", "c"]);
  });

  it("is empty where there is none", () => {
    const directory = join(temporaryFolder(), "none");
    expect(readCheckpoint(directory)).toMatchObject({ epoch: 0, events: [], snapshot: null });
  });

  it("C2: has whatever was acknowledged, and nothing that was refused, whenever it is taken over", () => {
    const command = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("append" as const), back: fc.nat(3) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("snapshot" as const), back: fc.nat(3) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("takeOver" as const), back: fc.nat(0) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("tear" as const), back: fc.nat(0) }) },
    );
    const folder = temporaryFolder();
    fc.assert(
      fc.property(fc.array(command, { maxLength: 25 }), (commands) => {
        const directory = join(folder, randomUUID());
        const first = new CheckpointWriter(directory, 1);
        const writers = [first];
        const acknowledged: string[] = [];
        for (const [index, { kind, back }] of commands.entries()) {
          const epoch = writers.length;
          const writer = writers.at(-1 - Math.min(back, epoch - 1)) ?? first;
          // The worker of this epoch dies half-way through a line.
          if (kind === "tear") appendFileSync(join(directory, `events.${epoch}.jsonl`), '{"hash":"0');
          if (kind === "takeOver" || kind === "tear") {
            writers.push(new CheckpointWriter(directory, epoch + 1));
            continue;
          }
          const data = `event ${index}`;
          const write = () =>
            kind === "append" ? writer.appendEvent(recorded(data)) : writer.writeSnapshot(acknowledged);
          // A writer that was refused is of no use any more.
          expect(codeOf(write)).toMatch(writer.epoch === epoch ? /^none$/ : /^(stale_epoch|invalid_state)$/);
          if (writer.epoch === epoch && kind === "append") acknowledged.push(data);
        }
        const { snapshot, rejectedSnapshots } = readCheckpoint(directory);
        expect(dataOf(directory)).toEqual(acknowledged);
        expect(snapshot?.state ?? []).toEqual(acknowledged.slice(0, snapshot?.seq ?? 0));
        expect(rejectedSnapshots).toEqual([]);
        for (const writer of writers) writer.close();
      }),
      { numRuns: 60 },
    );
  });

  it("C3: refuses events and snapshots of an epoch that is fenced off, from the fence on", () => {
    const directory = temporaryFolder();
    const zombie = new CheckpointWriter(directory, 1);
    zombie.appendEvent(recorded("in time"));
    const sizeBefore = statSync(join(directory, "events.1.jsonl")).size;
    raiseFence(directory, 2);
    expect(() => zombie.appendEvent(recorded("late"))).toThrow(
      "is fenced to epoch 2: another worker took over from epoch 1, which must stop",
    );
    expect(statSync(join(directory, "events.1.jsonl")).size).toBe(sizeBefore);
    expect(codeOf(() => new CheckpointWriter(directory, 1).writeSnapshot(null))).toBe("stale_epoch");
    expect(dataOf(directory)).toEqual(["in time"]);
  });

  it("C3: refuses a write during which it was fenced off", () => {
    const directory = temporaryFolder();
    const zombie = new CheckpointWriter(directory, 1);
    // It is made into text between the worker's two looks at the fence.
    const takenOver = {
      toJSON: () => {
        raiseFence(directory, 2);
        return "state";
      },
    };
    expect(codeOf(() => zombie.writeSnapshot(takenOver))).toBe("stale_epoch");
  });

  it("C3: does not count what a worker wrote that was paused between its look at the fence and its write", () => {
    const directory = temporaryFolder();
    const zombie = new CheckpointWriter(directory, 1);
    zombie.appendEvent(recorded("in time"));
    const file = join(directory, "events.1.jsonl");
    // The line that it would write, from a twin that nobody fenced off.
    const twin = temporaryFolder();
    for (const name of ["fence.1", "events.1.jsonl"]) {
      writeFileSync(join(twin, name), readFileSync(join(directory, name)));
    }
    new CheckpointWriter(twin, 1).appendEvent(recorded("late"));
    const written = readFileSync(join(twin, "events.1.jsonl"));
    const next = new CheckpointWriter(directory, 2);
    writeFileSync(file, written);
    next.appendEvent(recorded("next"));
    expect(dataOf(directory)).toEqual(["in time", "next"]);
    expect(dataOf(twin)).toEqual(["in time", "late"]);
  });

  it("C3: does not use a late snapshot of an epoch that was taken over", () => {
    const directory = temporaryFolder();
    const twin = temporaryFolder();
    for (const it of [directory, twin]) new CheckpointWriter(it, 1).appendEvent(recorded("in time"));
    const ahead = new CheckpointWriter(twin, 1);
    ahead.appendEvent(recorded("late"));
    ahead.writeSnapshot("the state of the late one");
    const next = new CheckpointWriter(directory, 2);
    next.appendEvent(recorded("next"));
    writeFileSync(join(directory, "snapshot.1.json"), readFileSync(join(twin, "snapshot.1.json")));
    expect(readCheckpoint(directory)).toMatchObject({
      snapshot: null,
      rejectedSnapshots: ["snapshot.1.json"],
    });
  });

  it("C3: refuses a lower epoch than the fence, and takes the same one over twice", () => {
    const directory = temporaryFolder();
    takeOverCheckpoint(directory, 3);
    expect(takeOverCheckpoint(directory, 3).epoch).toBe(3);
    expect(codeOf(() => takeOverCheckpoint(directory, 2))).toBe("stale_epoch");
    expect(codeOf(() => raiseFence(directory, 1))).toBe("stale_epoch");
  });

  it("C3: stops a worker whose files were removed", () => {
    const directory = temporaryFolder();
    const writer = new CheckpointWriter(directory, 1);
    for (const name of readdirSync(directory)) rmSync(join(directory, name));
    expect(() => writer.appendEvent(recorded("a"))).toThrow("has lost its fence of epoch 1 (found 0)");
  });

  it("C3: knows its fence from the events when the fence's own file was removed", () => {
    const directory = temporaryFolder();
    takeOverCheckpoint(directory, 2);
    rmSync(join(directory, "fence.2"));
    expect(codeOf(() => takeOverCheckpoint(directory, 1))).toBe("stale_epoch");
  });

  it("C4: tolerates a last line that is torn at any byte", () => {
    const directory = temporaryFolder();
    const writer = new CheckpointWriter(directory, 1);
    const file = join(directory, "events.1.jsonl");
    writer.appendEvent(recorded("whole"));
    const whole = statSync(file).size;
    writer.appendEvent(recorded("torn"));
    for (let size = statSync(file).size - 1; size > whole; size -= 1) {
      truncateSync(file, size);
      expect(readCheckpoint(directory).torn).toBe(true);
      expect(dataOf(directory)).toEqual(["whole"]);
    }
    const next = new CheckpointWriter(directory, 2);
    next.appendEvent(recorded("next"));
    expect(dataOf(directory)).toEqual(["whole", "next"]);
  });

  it("C4: refuses any other damage, at whichever byte it is", () => {
    const directory = temporaryFolder();
    const writer = new CheckpointWriter(directory, 1);
    for (const it of ["a", "b"]) writer.appendEvent(recorded(it));
    const file = join(directory, "events.1.jsonl");
    const sound = readFileSync(file);
    for (let at = 0; at < sound.length - 1; at += 1) {
      const damaged = Buffer.from(sound);
      damaged.writeUInt8(sound.readUInt8(at) ^ 1, at);
      writeFileSync(file, damaged);
      expect(codeOf(() => readCheckpoint(directory))).toBe("checkpoint_corrupt");
      expect(codeOf(() => takeOverCheckpoint(directory, 2))).toBe("checkpoint_corrupt");
    }
    writeFileSync(file, sound);
    expect(dataOf(directory)).toEqual(["a", "b"]);
  });

  it.each(["events.1.jsonl", "events.2.jsonl"])("C4: refuses to go on without %s", (name) => {
    const directory = temporaryFolder();
    for (const epoch of [1, 2, 3])
      new CheckpointWriter(directory, epoch).appendEvent(recorded(`of ${epoch}`));
    rmSync(join(directory, name));
    expect(() => readCheckpoint(directory)).toThrow(
      "bring its files back from a copy, or cancel the attempt",
    );
  });

  it("C5: does without a damaged snapshot, and takes the one before", () => {
    const directory = temporaryFolder();
    const first = new CheckpointWriter(directory, 1);
    first.appendEvent(recorded("a"));
    first.writeSnapshot("after a");
    const second = new CheckpointWriter(directory, 2);
    second.appendEvent(recorded("b"));
    second.writeSnapshot("after b");
    expect(readCheckpoint(directory).snapshot).toEqual({ seq: 2, state: "after b" });
    const file = join(directory, "snapshot.2.json");
    writeFileSync(file, readFileSync(file, "utf8").replace("after b", "after B"));
    expect(readCheckpoint(directory)).toMatchObject({
      snapshot: { seq: 1, state: "after a" },
      rejectedSnapshots: ["snapshot.2.json"],
    });
  });

  it("C6: refuses a second end of an action, an end without a beginning, and a second beginning", () => {
    const writer = new CheckpointWriter(temporaryFolder(), 1);
    countTo(writer, 1);
    const end = { kind: "completed", actionId: actionOf(1), data: null } as const;
    expect(codeOf(() => writer.appendEvent(end))).toBe("invalid_event");
    const begin = { kind: "requested", actionId: actionOf(2), data: null } as const;
    writer.appendEvent(begin);
    expect(codeOf(() => writer.appendEvent(begin))).toBe("invalid_event");
    expect(writer.inFlight).toMatchObject([{ actionId: actionOf(2), epoch: 1 }]);
  });
});

describe("replay", () => {
  const ports = (directory: string) => {
    const clock = { now: () => 42 };
    return {
      reload: reloadCheckpoint({ directoryOf: () => directory, clock }),
      replay: replayRun({ directoryOf: () => directory, definition: counting, clock }),
    };
  };
  const attempt = { attemptId: "a", runId: "r" };

  it("folds from the beginning without a snapshot, and after it with one, to the same state", async () => {
    const directory = temporaryFolder();
    const writer = new CheckpointWriter(directory, 1);
    const state = countTo(writer, 2);
    const { reload, replay } = ports(directory);
    expect(await reload({ ...attempt, epoch: 2 }, never)).toEqual({ seq: null, at: 42 });
    const whole = await replay({ ...attempt, epoch: 2, checkpointSeq: null }, never);
    expect(whole).toEqual({ at: 42, resume: { epoch: 2, seq: 4, state, inFlight: [] } });

    const next = new CheckpointWriter(directory, 2);
    next.writeSnapshot(state);
    const later = countTo(next, 1, 2);
    expect(await reload({ ...attempt, epoch: 3 }, never)).toEqual({ seq: 4, at: 42 });
    const rest = await replay({ ...attempt, epoch: 3, checkpointSeq: 4 }, never);
    expect(rest.resume).toEqual({ epoch: 3, seq: 6, state: later, inFlight: [] });
  });

  it("reduces each event after the snapshot once, in order, and none before it", () => {
    const directory = temporaryFolder();
    const writer = new CheckpointWriter(directory, 1);
    const state = countTo(writer, 1);
    writer.writeSnapshot(state);
    countTo(writer, 1, 1);
    const seen: string[] = [];
    const definition = {
      ...counting,
      reduce: (before: Count, event: RunEvent) => {
        seen.push(event.kind);
        return counting.reduce(before, event);
      },
    };
    expect(replayCheckpoint(definition, readCheckpoint(directory)).state.count).toBe(2);
    expect(seen).toEqual(["requested", "completed"]);
  });

  it("names the actions whose end is not recorded", () => {
    const directory = temporaryFolder();
    const writer = new CheckpointWriter(directory, 1);
    const state = countTo(writer, 1);
    writer.appendEvent({ kind: "requested", actionId: actionOf(2), data: { of: 3 } });
    writer.writeSnapshot(state);
    const { inFlight } = replayCheckpoint(counting, takeOverCheckpoint(directory, 2));
    expect(inFlight).toEqual([{ actionId: actionOf(2), data: { of: 3 }, epoch: 1 }]);
  });

  it("fails when the reducer leads elsewhere than when the events were recorded", () => {
    const directory = temporaryFolder();
    countTo(new CheckpointWriter(directory, 1), 2);
    const definition = { ...counting, reduce: (state: Count) => ({ ...state, count: state.count + 1 }) };
    expect(() => replayCheckpoint(definition, readCheckpoint(directory))).toThrow(
      "event 1 leads to another state than when it was recorded",
    );
  });

  it("fails when the snapshot does not fit the state", () => {
    const directory = temporaryFolder();
    new CheckpointWriter(directory, 1).writeSnapshot({ count: -1, resumptions: 0 });
    expect(() => replayCheckpoint(counting, readCheckpoint(directory))).toThrow(
      'the snapshot of event 0 does not fit the state of this run at "count"',
    );
  });

  it("M09: gives the same when it is repeated, as does the reload before it", async () => {
    const directory = temporaryFolder();
    countTo(new CheckpointWriter(directory, 1), 2);
    const { reload, replay } = ports(directory);
    const reloaded = [
      await reload({ ...attempt, epoch: 2 }, never),
      await reload({ ...attempt, epoch: 2 }, never),
    ];
    const before = dataOf(directory);
    const replayed = [
      await replay({ ...attempt, epoch: 2, checkpointSeq: null }, never),
      await replay({ ...attempt, epoch: 2, checkpointSeq: null }, never),
    ];
    expect(reloaded.map(({ seq }) => seq)).toEqual([null, null]);
    expect(replayed[0]?.resume).toMatchObject({ epoch: 2, seq: 4, state: { count: 2 } });
    expect(replayed[1]?.resume).toEqual(replayed[0]?.resume);
    expect(dataOf(directory)).toEqual(before);
  });

  it("is refused under an epoch that was fenced off meanwhile", async () => {
    const directory = temporaryFolder();
    const { reload, replay } = ports(directory);
    await reload({ ...attempt, epoch: 2 }, never);
    await reload({ ...attempt, epoch: 3 }, never);
    await expect(replay({ ...attempt, epoch: 2, checkpointSeq: null }, never)).rejects.toMatchObject({
      code: "stale_epoch",
    });
    await expect(reload({ ...attempt, epoch: 2 }, never)).rejects.toMatchObject({ code: "stale_epoch" });
  });
});
