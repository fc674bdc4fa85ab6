import * as from from "./params.ts";
import { recoverySetup } from "./setup.ts";

/** What ends a compensation: the next one follows, whatever came of it. */
const closed = <P>(params: P) =>
  ({
    target: "choosing",
    actions: [
      { type: "closeUndo", params },
      { type: "tellUndoFinished", params },
    ],
  }) as const;

/** The steps that were done are undone, each by its own compensation, the last one first. */
export const compensating = recoverySetup.createStateConfig({
  tags: "busy",
  entry: "beginUndoing",
  initial: "choosing",
  states: {
    choosing: {
      always: [
        { guard: "hasUndo", target: "undoing" },
        { target: "#recovery.exhausted", actions: "endUndoing" },
      ],
    },
    undoing: {
      entry: ["armUndo", "tellUndoStarted"],
      invoke: {
        id: "undo",
        src: "step",
        input: from.undoInput,
        onDone: closed(from.undoOutput),
        onError: closed(from.undoThrown),
      },
      after: { untilDeadline: closed(from.lateUndo) },
      on: {
        "recovery.cancel": {
          target: "#recovery.cancelled",
          actions: [
            { type: "closeUndo", params: from.undoCancelled },
            { type: "tellUndoFinished", params: from.undoCancelled },
            "endUndoing",
            { type: "cancel", params: from.time },
          ],
        },
      },
    },
  },
});
