/** An explanation in plain sentences. */
import type { Explanation, ExplanationInputs } from "../../core/explanation.ts";
import type { DecidedBy, ExplainedLog, LoggedExplanation } from "../../replay/index.ts";
import { instant } from "../replay/text.ts";
import { formatDuration } from "../run/duration.ts";
import { count, printable } from "../run/narrator.ts";

/** The first says what it waits for, the others why; `asOf` is the instant that it is true of. */
export function sentencesOf(
  explained: LoggedExplanation,
  { asOf, stopped }: Pick<ExplainedLog, "asOf" | "stopped">,
): string[] {
  const { rule, guard, lastError, escalation, decidedBy } = explained;
  const asked = guard === null ? "" : `; the guard ${guard.name} ${guard.passed ? "held" : "did not hold"}`;
  return [
    headline(explained, asOf),
    ...(rule === null ? [] : [`Why: ${why(explained)} (${rule}${asked}).`]),
    ...inputs(explained),
    ...(lastError === null ? [] : [`It ended last: ${printable(lastError)}.`]),
    ...(decidedBy === null ? [] : [lastDecision(decidedBy)]),
    ...(escalation === null
      ? []
      : [
          `A person is asked to help: ${escalation.id}, ${escalation.cause}: ${printable(escalation.message)}.`,
        ]),
    ...(stopped
      ? [`Then, at ${instant(asOf)}, its supervisor was stopped: nothing is started any more (S5).`]
      : []),
  ];
}

function headline({ status, waitsFor, earliestStartAt, retryAfterMs }: Explanation, asOf: number): string {
  if (status === "serving") return "It serves, and waits for nothing.";
  if (status === "starting") return "It is being started, and waits for the answer to its handshake.";
  if (status === "stopping") return "Its plugin is being stopped, and it with it.";
  if (status === "stopped" && waitsFor === null)
    return "Its supervisor has stopped: nothing is started any more.";
  if (status === "stopped")
    return "Its plugin was stopped: only an operator, or a new configuration, starts it.";
  if (waitsFor === "change")
    return "It is not started again by itself: its configuration, or a file, must change first, or an operator start it.";
  if (earliestStartAt === null) return "It is down, and only an operator starts it.";
  if (retryAfterMs === null || retryAfterMs === 0)
    return `It is due to be started since ${instant(earliestStartAt)}.`;
  return `It is not started before ${instant(earliestStartAt)}: ${formatDuration(retryAfterMs)} after ${instant(asOf)}, of which this is true.`;
}

function why({ waitsFor, rule, guard, inputs: it, escalation }: Explanation): string {
  switch (waitsFor) {
    case "backOff":
      return "its window still has a retry for this crash, and every retry waits for the back-off";
    case "budgetWindow":
      return `its ${count(it.retries, "retry", "retries")} of a window ${it.retries === 1 ? "is" : "are"} spent, so it waits until the window ends`;
    case "spawnWindow":
      return `its crash budget allowed a start, but it was started ${it.starts?.attempts ?? 0} times in ${formatDuration(it.starts?.windowMs ?? 0)} already, whoever asked`;
    case "probeInterval":
      return guard?.name === "overOuterLimit"
        ? "it was refused, or crashed, too often: it is quarantined, and only probed now and then"
        : "it crashed again while it was quarantined: the next probe comes after the same interval";
    case "change":
      return "its last start failed in a way that a retry cannot mend, so no budget is asked";
    case "stop":
      return "servers are ended one after the other before anything is started";
    case "operator":
      if (escalation?.cause === "recoveryExhausted") return "its recovery did not help, and gave it up";
      return rule === "L5"
        ? "from a stop on nothing is started"
        : "no budget has granted a start, and nothing is due that would ask for one";
    case "handshake":
    case null:
      return "from the stop of a supervisor on nothing is started";
  }
}

function inputs({ waitsFor, inputs: it, budget }: Explanation): string[] {
  const isCounted = it.windowStartedAt !== null || budget === "quarantined";
  if (!isCounted && waitsFor !== "spawnWindow") return [];
  const window = `${count(it.crashesInWindow, "crash", "crashes")} in the ${it.window} window of ${formatDuration(it.windowMs)} that began ${instant(it.windowStartedAt ?? 0)}, ${count(it.retries, "retry", "retries")} allowed`;
  const outer = outerLimit(it);
  return [`It looked at: ${[window, ...outer].join("; ")}.`];
}

function outerLimit({ refusedWindows, crashes, outerLimit: limit }: ExplanationInputs): string[] {
  if (limit === null) return [];
  const over = `quarantine from ${count(limit.refusedWindows, "refused window")} or ${count(limit.crashes, "crash", "crashes")} on`;
  return [
    `${count(refusedWindows, "refused window")} and ${count(crashes, "crash", "crashes")} within ${formatDuration(limit.periodMs)}, ${over}`,
  ];
}

const lastDecision = ({ seq, at, source, line, decision }: DecidedBy): string =>
  `Decided last: ${decision.type}, record ${seq} at ${instant(at)} (${source}:${line}).`;
