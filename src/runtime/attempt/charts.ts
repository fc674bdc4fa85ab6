/** Where the chart of an attempt runs: as a root of its own, or as a child of a supervisor. */
import { createActor } from "xstate";
import {
  type LeaseRecoveryContext,
  leaseRecoveryMachine,
  type LeaseRecoveryReport,
} from "../../../machines/lease-recovery.ts";
import { attemptActorId } from "../../../machines/supervisor.ts";
import { HomeostatError } from "../../core/errors.ts";
import type { LeasePolicy } from "../../core/lease.ts";
import type { AttemptEvent, Supervisor } from "../api.ts";
import type { Clock } from "../clock.ts";
import { leaseActors, type LeasePorts } from "../lease-actors.ts";
import { View } from "../view.ts";
import type { AttemptView } from "./api.ts";

/** What drives the workers of an attempt needs of its chart. */
export interface AttemptChart {
  /** Dated when it is sent; ignored when the attempt is over. */
  send(event: AttemptEvent): void;
  /** As it is, or as it was when it ended. */
  view(): AttemptView;
  /** Nothing is reported any more. */
  stop(): void;
}

/** The attempt, and the lease that its first worker gets. */
export interface FirstLease {
  readonly attemptId: string;
  readonly runId: string;
  readonly leaseId: string;
  readonly workerId: string;
  readonly policy?: Partial<LeasePolicy>;
}

/** Starts the chart; each of its reports goes to `onReport` until it is stopped. */
export type OpenChart = (lease: FirstLease, onReport: (report: LeaseRecoveryReport) => void) => AttemptChart;

export function ownChart(ports: LeasePorts, clock: Clock): OpenChart {
  const machine = leaseRecoveryMachine.provide({ actors: leaseActors(ports) });
  return ({ policy = {}, ...lease }, onReport) => {
    const chart = createActor(machine, { clock, input: { ...lease, policy, at: clock.now() } });
    chart.on("*", onReport);
    chart.start();
    return {
      send(event) {
        // The type says that every event of the chart takes an instant.
        const dated = { ...event, at: clock.now() } as Parameters<typeof chart.send>[0];
        if (chart.getSnapshot().status === "active") chart.send(dated);
      },
      view: () => viewOf(chart.getSnapshot()),
      stop: () => void chart.stop(),
    };
  };
}

export type Supervising = Pick<Supervisor, "actor" | "lease" | "attempt" | "on">;

/**
 * Opening it throws `invalid_state` when the supervisor is not running, or supervises an attempt of this id already.
 * Stopping it cancels the attempt.
 */
export function supervisedChart(supervisor: Supervising, agent?: string): OpenChart {
  return ({ attemptId, ...lease }, onReport) => {
    const charts = new View(() => supervisor.actor);
    const find = (): AttemptView | null => {
      const chart = charts.composed(attemptActorId(attemptId));
      return chart === undefined
        ? null
        : viewOf({ value: chart.value, context: chart.context as LeaseRecoveryContext });
    };
    if (find() !== null) {
      throw new HomeostatError("invalid_state", `attempt "${attemptId}" is supervised already`, {
        attemptId,
      });
    }
    let last: AttemptView | null = null;
    const look = (): AttemptView | null => (last = find() ?? last);
    const off = supervisor.on((record) => {
      if (record.type !== "lease.reported") return;
      // The schema of records keeps only what all reports share.
      const report = record.report as unknown as LeaseRecoveryReport;
      if (report.attemptId !== attemptId) return;
      look();
      onReport(report);
    });
    if (charts.isRunning()) supervisor.lease({ attemptId, ...lease, agent, epoch: 1 });
    const first = look();
    if (first === null) {
      off();
      const message = `attempt "${attemptId}" is not supervised: the supervisor is not running`;
      throw new HomeostatError("invalid_state", message, { attemptId });
    }
    const send = (event: AttemptEvent): void => {
      if (find() !== null) supervisor.attempt(attemptId, event);
    };
    return {
      send,
      view: () => look() ?? first,
      stop() {
        off();
        send({ type: "attempt.cancelled" });
      },
    };
  };
}

function viewOf({
  value,
  context,
}: {
  readonly value: unknown;
  readonly context: LeaseRecoveryContext;
}): AttemptView {
  const state =
    typeof value === "string"
      ? value
      : Object.entries(value as object)
          .flat()
          .join(".");
  return { state, context };
}
