import { describe, expect, it } from "vitest";
import { inlineEngine, layoutChart, modelOf } from "../../src/chart/index.ts";
import { graphOf } from "../../src/chart/layout/graph.ts";
import { viewOf } from "../../src/chart/layout/view.ts";
import { startLayoutWorker } from "../../src/node/layout-worker.ts";
import { playerMachine } from "../fixtures/machines/index.ts";
import { randomMachine } from "../chart/random-machine.ts";

const patient = { capMs: 2 ** 31 - 1 };
const graph = () =>
  graphOf(viewOf(modelOf(playerMachine), new Set()), { direction: "down", isStraight: false }).graph;
/** Worker threads of this process. */
function threads(): unknown {
  const report = process.report.getReport();
  return "workers" in report && Array.isArray(report.workers) ? report.workers.length : report;
}
const never = new AbortController().signal;

describe("a layout worker", () => {
  it("lays out as the inline engine does", async () => {
    await using worker = startLayoutWorker();
    const model = modelOf(playerMachine);
    expect(await layoutChart(model, { ...patient, engine: worker.engine })).toEqual(
      await layoutChart(model, { ...patient, engine: inlineEngine }),
    );
  });

  it("answers in turn when it is asked several times at once", async () => {
    await using worker = startLayoutWorker();
    const models = [modelOf(playerMachine), modelOf(randomMachine(1, 10))];
    const both = await Promise.all(
      models.map((it) => layoutChart(it, { ...patient, engine: worker.engine })),
    );
    expect(both).toEqual(await Promise.all(models.map((it) => layoutChart(it, patient))));
  });

  it("ends the thread of a layout that is given up, and goes on with the next in a new one", async () => {
    await using worker = startLayoutWorker();
    await worker.engine(graph(), never);
    expect(threads()).toBe(1);
    const controller = new AbortController();
    const given = worker.engine(graph(), controller.signal);
    // By then the graph is on its way to the thread.
    queueMicrotask(() => queueMicrotask(() => controller.abort(new Error("too slow"))));
    await expect(given).rejects.toMatchObject({ code: "aborted", message: "the layout was given up" });
    expect(threads()).toBe(0);
    expect((await worker.engine(graph(), never)).width).toBeGreaterThan(0);
  });

  it("begins no layout that was given up before its turn", async () => {
    await using worker = startLayoutWorker();
    const given = worker.engine(graph(), AbortSignal.abort());
    await expect(given).rejects.toMatchObject({ code: "aborted" });
    expect((await worker.engine(graph(), never)).width).toBeGreaterThan(0);
  });

  it("reports a failure of ELK and goes on", async () => {
    await using worker = startLayoutWorker();
    const broken = { id: "g", edges: [{ id: "e", sources: ["nobody"], targets: ["nobody"] }] };
    await expect(worker.engine(broken, never)).rejects.toMatchObject({
      code: "internal",
      message: expect.stringContaining("ELK failed"),
    });
    expect((await worker.engine(graph(), never)).width).toBeGreaterThan(0);
  });
});
