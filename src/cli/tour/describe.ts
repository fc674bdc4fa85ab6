/** What a tour came to, for people and for the exit code. */
import { formatDuration } from "../run/duration.ts";
import { count } from "../run/narrator.ts";
import type { TourResult } from "./tour.ts";

/** Whether it showed each thing; `isWhole`: it was not ended early, when it need not have come to all of them. */
export function isShown(tour: TourResult, isWhole: boolean): boolean {
  return tour.problems.length === 0 && (!isWhole || rowsOf(tour).every(({ shown }) => shown > 0));
}

/** One line for each thing that it was to show. */
export function describeTour(tour: TourResult): string[] {
  return [
    "the tour showed",
    ...rowsOf(tour).map(({ shown, text }) => `  ${text}${shown === 0 ? " (not shown)" : ""}`),
    ...tour.problems.map((it) => `  ${it}`),
  ];
}

function rowsOf(tour: TourResult): { readonly shown: number; readonly text: string }[] {
  const { budgetRefusals } = tour;
  const refusals = budgetRefusals
    .map(({ server, retryAfterMs }) => `${server} may start again in ${formatDuration(retryAfterMs)}`)
    .join(", ");
  const row = (shown: number, one: string, many: string, more = ""): ReturnType<typeof rowsOf>[number] => ({
    shown,
    text: `${count(shown, one, many)}${more === "" ? "" : `: ${more}`}`,
  });
  return [
    row(
      tour.handshakesRecovered,
      "handshake recovered by its recipe",
      "handshakes recovered by their recipe",
    ),
    row(tour.crashesRecovered, "crash recovered", "crashes recovered"),
    row(budgetRefusals.length, "start refused by a budget", "starts refused by a budget", refusals),
    row(tour.migrationsCommitted, "migration committed", "migrations committed"),
    row(tour.migrationsRolledBack, "migration rolled back", "migrations rolled back"),
    row(tour.leasesTakenOver, "lease taken over", "leases taken over"),
    row(tour.escalationsOpen, "escalation open", "escalations open"),
  ];
}
