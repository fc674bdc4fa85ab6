import { expect, it } from "vitest";
import { check, explore } from "../../src/explore/index.ts";
import { uploadSessionMachine } from "../fixtures/machines/upload-session.ts";

const options = {
  properties: [
    {
      kind: "always",
      name: "three failures end it",
      holds: ({ context, in: isIn }) => Number(context["failures"]) < 3 || isIn("transfer.failed"),
    },
    { kind: "sometimes", name: "it may fail", holds: (it) => it.in("transfer.failed") },
    {
      kind: "leadsTo",
      name: "a wait ends, if nobody pauses it",
      from: (it) => it.in("transfer.working.waiting"),
      to: (it) => !it.in("transfer.working.waiting"),
    },
  ],
} as const satisfies Parameters<typeof check>[1];

it("explores a stranger's chart with timers, actors, regions, history and eventless transitions as it is", () => {
  const report = check(uploadSessionMachine, options);
  expect(report.properties.map(({ verdict }) => verdict)).toEqual(["holds", "holds", "holds"]);
  expect(report.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(report).toMatchObject({ complete: true, transitions: { taken: 13, of: 13 } });
  const direct = explore(uploadSessionMachine, { tabled: false });
  expect([report.states, report.edges]).toEqual([direct.graph.states, direct.graph.edges]);
});
