import { assign, createActor, createMachine, fromPromise } from "xstate";
import { describe, expect, it } from "vitest";
import { type Control, describeInterleaving, interleave, type Running } from "../../src/testgen/index.ts";

/** Two threads add one to a number: read, wait, write. `locked`: each waits for the other. */
const adding =
  (threads: number, isSafe: boolean) =>
  (control: Control): Running => {
    let sum = 0;
    const add = async (thread: string): Promise<void> => {
      await control.turn(thread, "reads", { touches: ["sum"] });
      const read = sum;
      if (!isSafe) await control.turn(thread, "writes", { touches: ["sum"] });
      sum = read + 1;
    };
    return {
      done: Array.from({ length: threads }, (_, index) => add(`t${index + 1}`)),
      check: () => {
        if (sum !== threads) throw new Error(`the sum is ${sum} instead of ${threads}`);
      },
    };
  };

/** Each thread takes `steps` turns; `touches` says what of. */
const independent = (
  threads: number,
  steps: number,
  touches: (thread: number) => readonly string[] | undefined,
) => {
  const seen = new Set<string>();
  const scenario = (control: Control): Running => {
    const order: number[] = [];
    const run = async (thread: number): Promise<void> => {
      for (let step = 0; step < steps; step++) {
        await control.turn(`t${thread}`, `step ${step}`, { touches: touches(thread) });
        order.push(thread);
      }
    };
    return {
      done: Array.from({ length: threads }, (_, thread) => run(thread)),
      check: () => void seen.add(order.join("")),
    };
  };
  return { seen, scenario };
};

describe("all orders of a race", () => {
  it("find the lost update, and repeat it by its schedule", async () => {
    const report = await interleave(adding(2, false));
    expect(report).toMatchObject({
      verdict: "violated",
      strategy: "exhaustive",
      failure: {
        problem: "the sum is 1 instead of 2",
        schedule: ["t1 reads", "t2 reads", "t1 writes", "t2 writes"],
      },
    });
    const schedule = report.failure?.schedule ?? [];
    expect(await interleave(adding(2, false), { schedule })).toMatchObject({ failure: report.failure });
    const other = ["t1 reads", "t1 writes", "t2 reads", "t2 writes"];
    expect(await interleave(adding(2, false), { schedule: other })).toMatchObject({ verdict: "holds" });
    expect(describeInterleaving(report)).toContain('again: { schedule: ["t1 reads","t2 reads"');
  });

  it("pass where there is no race", async () => {
    expect(await interleave(adding(3, true))).toMatchObject({
      verdict: "holds",
      complete: true,
      executions: 6,
    });
  });

  it("are as many as there are when every step may touch everything", async () => {
    const { seen, scenario } = independent(2, 3, () => undefined);
    const report = await interleave(scenario);
    // 6! / (3! 3!)
    expect(report).toMatchObject({ complete: true, executions: 20, pruned: 0 });
    expect(seen.size).toBe(20);
  });

  it("are one where all steps are independent", async () => {
    const { scenario } = independent(3, 2, (thread) => [`own ${thread}`]);
    const report = await interleave(scenario);
    expect(report).toMatchObject({ complete: true, executions: 1 });
    // All orders are 90; those that are cut short end where they begin to repeat.
    expect(report.executions + report.pruned).toBeLessThan(90 / 4);
  });

  it("keep each order of those that do touch the same", async () => {
    const { seen, scenario } = independent(3, 1, (thread) => (thread === 2 ? ["other"] : ["same"]));
    await interleave(scenario);
    const ofTwo = new Set([...seen].map((it) => it.replace("2", "")));
    expect([...ofTwo].toSorted()).toEqual(["01", "10"]);
    expect(seen.size).toBe(2);
  });

  it("stop at a budget, and go on at random", async () => {
    const { scenario } = independent(3, 4, () => undefined);
    expect(await interleave(scenario, { maxSchedules: 50, runs: 20 })).toMatchObject({
      strategy: "pct",
      complete: false,
      executions: 20,
    });
  });
});

describe("random priorities", () => {
  /** Lost only when t1 stands still between two of its 12 steps while t2 goes from end to end. */
  const deep = (control: Control): Running => {
    let [version, isLost] = [0, false];
    const slow = async (): Promise<void> => {
      for (let step = 0; step < 12; step++) {
        const before = version;
        await control.turn("slow", `step ${step}`);
        if (step === 7 && version === before + 8) isLost = true;
      }
    };
    const quick = async (): Promise<void> => {
      for (let step = 0; step < 8; step++) {
        await control.turn("quick", `step ${step}`);
        version++;
      }
    };
    return {
      done: [slow(), quick()],
      check: () => {
        if (isLost) throw new Error("lost");
      },
    };
  };

  it("find the one order in thousands that loses something, in few runs", async () => {
    const report = await interleave(deep, { strategy: "pct", seed: 1, depth: 2 });
    expect(report).toMatchObject({ verdict: "violated", failure: { problem: "lost" } });
    expect(report.executions).toBeLessThan(200);
    const { schedule = [] } = report.failure ?? {};
    expect(await interleave(deep, { schedule })).toMatchObject({ failure: { problem: "lost" } });
  });

  it("are the same with the same seed", async () => {
    const [a, b] = [
      await interleave(deep, { strategy: "pct", seed: 5 }),
      await interleave(deep, { strategy: "pct", seed: 5 }),
    ];
    expect(a).toEqual(b);
  });
});

describe("real actors of XState", () => {
  /** Saves, and gives up after a second; `isFenced`: an answer that comes after that counts no more. */
  const saving =
    (isFenced: boolean) =>
    (control: Control): Running => {
      let saved = 0;
      const save = fromPromise(async () => {
        await control.settles<void>("server", "answers", [
          { name: "ok", value: undefined },
          { name: "fails", error: new Error("no") },
        ]);
        saved++;
      });
      const machine = createMachine({
        id: "saving",
        context: { attempts: 0 },
        initial: "saving",
        states: {
          saving: {
            entry: assign({ attempts: ({ context }) => Number(context.attempts) + 1 }),
            invoke: { src: save, onDone: "saved", onError: "retrying" },
            after: { 1_000: isFenced ? "gaveUp" : "retrying" },
          },
          retrying: {
            always: [
              { guard: ({ context }) => context.attempts < 2, target: "saving" },
              { target: "gaveUp" },
            ],
          },
          saved: { type: "final" },
          gaveUp: { type: "final" },
        },
      });
      const actor = createActor(machine, { clock: control.clock });
      actor.start();
      return {
        check: () => {
          if (saved > 1) throw new Error(`saved ${saved} times`);
          const { value, status } = actor.getSnapshot();
          if (status !== "done") throw new Error(`still ${JSON.stringify(value)}`);
        },
        dispose: () => actor.stop(),
      };
    };

  it("are taken through every order of answers and timers: the late answer is found", async () => {
    const report = await interleave(saving(false));
    expect(report).toMatchObject({ verdict: "violated", failure: { problem: "saved 2 times" } });
    expect(report.failure?.schedule).toContain("clock 1000 ms (1)");
  });

  it("pass when the late answer cannot do harm", async () => {
    const report = await interleave(saving(true));
    expect(report).toMatchObject({ verdict: "holds", complete: true });
    expect(report.executions).toBeGreaterThan(5);
  });
});

describe("runs that go wrong", () => {
  it("are stuck where something waits for what never comes", async () => {
    const scenario = (control: Control): Running => ({
      done: [control.turn("a", "goes"), new Promise(() => {})],
    });
    expect(await interleave(scenario)).toMatchObject({
      failure: { problem: "1 of 2 never end: nothing is left that could happen" },
    });
  });

  it("have failed where the code rejects, where an invariant does not hold, and where they never end", async () => {
    const rejecting = (control: Control): Running => ({
      done: [control.settles("a", "goes", [{ error: new Error("refused") }])],
    });
    const invariant = (control: Control): Running => {
      let at = 0;
      const go = async (): Promise<void> => {
        for (; at < 3; at++) await control.turn("a", "goes");
      };
      return {
        done: [go()],
        invariant: () => {
          if (at > 1) throw new Error(`at ${at}`);
        },
      };
    };
    const endless = (control: Control): Running => {
      const go = async (): Promise<void> => {
        for (;;) await control.turn("a", "goes");
      };
      return { done: [go()] };
    };
    expect(await interleave(rejecting)).toMatchObject({ failure: { problem: "refused" } });
    expect(await interleave(invariant)).toMatchObject({
      failure: { problem: "at 2", schedule: ["a goes", "a goes (2)"] },
    });
    expect(await interleave(endless, { maxSteps: 9 })).toMatchObject({
      failure: { problem: "no end after 9 steps" },
    });
  });

  it("are told apart from code that does not do the same twice", async () => {
    let count = 0;
    const scenario = (control: Control): Running => {
      count++;
      return { done: [control.turn("a", `${count}`), control.turn("b", "goes")] };
    };
    expect((await interleave(scenario)).failure?.problem).toContain("not the same when it is repeated");
  });
});
