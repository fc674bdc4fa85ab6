import { HomeostatError } from "../../core/errors.ts";
import { type Child, recoveryOf } from "./child.ts";
import type { Engine } from "./engine.ts";

/** Why a child is quarantined. */
export type QuarantineCause = "exhausted" | "outerLimit" | "unrecoverable" | "probeFailed";

/** Children that are left down, and how they come back: by a probe that holds, or by a person. */
export class Quarantine {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  enter(child: Child, because: QuarantineCause): void {
    const { children, group, policy, escalations } = this.#engine;
    const { id, significant } = child.spec;
    const recovery = recoveryOf(child);
    children.disarm(child);
    group.abandon(child);
    child.state = "quarantined";
    recovery.isProbing = false;
    const probeAt = policy.probe === null ? null : this.#engine.now() + policy.probe.everyMs;
    recovery.probeAt = probeAt;
    this.#engine.record({ type: "child.quarantined", id, because, probeAt });
    escalations.open(child, because);
    this.#tell(child);
    if (significant) return this.#escalate(id, because);
    if (probeAt !== null && policy.resume === "timer")
      children.arm(child, probeAt, () => this.probe(child, "timer"));
  }

  #escalate(id: string, because: QuarantineCause): void {
    const message = `the significant child "${id}" is quarantined: ${because}`;
    const error = new HomeostatError("child_quarantined", message, { id, because });
    this.#engine.shutdown(message, { status: "error", output: undefined, error });
  }

  /** Starts a quarantined child to see whether it is well again; there is one such start at a time. */
  probe(child: Child, by: "timer" | "request"): void {
    this.#engine.record({ type: "probe.started", id: child.spec.id, by });
    recoveryOf(child).isProbing = true;
    child.state = "restarting";
    this.#engine.restarts.begin(child);
  }

  /** A child on probation that is ready has to hold for a time. */
  ready(child: Child): void {
    if (child.recovery?.isProbing !== true) return;
    const { policy, children } = this.#engine;
    if (policy.stabilityBy === "report") return;
    const provenMs = policy.probe?.provenMs ?? policy.stabilityMs ?? unconfiguredProofMs;
    children.arm(child, this.#engine.now() + provenMs, () => this.cured(child));
  }

  cured(child: Child): void {
    const { restarts, escalations, children } = this.#engine;
    children.disarm(child);
    const recovery = recoveryOf(child);
    recovery.isProbing = false;
    restarts.forget(child);
    this.#engine.record({ type: "child.cured", id: child.spec.id });
    escalations.close(child.spec.id, "cured");
    this.#tell(child);
  }

  /** It was stopped before it was cured. */
  interrupted(child: Child): void {
    const { recovery } = child;
    if (recovery === null) return;
    if (recovery.isProbing) {
      recovery.isProbing = false;
      child.state = "quarantined";
    }
    recovery.probeAt = null;
    this.#tell(child);
  }

  /** Its quarantine ends here, whatever it does. */
  lift(child: Child): void {
    const { children } = this.#engine;
    if (child.state === "quarantined") {
      children.disarm(child);
      child.state = "stopped";
    }
    if (child.recovery === null) return;
    if (child.recovery.isProbing) children.disarm(child);
    child.recovery.isProbing = false;
    child.recovery.probeAt = null;
    this.#tell(child);
  }

  #tell({ recovery }: Child): void {
    const waiting = recovery?.verdicts ?? [];
    if (recovery !== null) recovery.verdicts = null;
    for (const tell of waiting) tell();
  }
}

/** Proof of a start by hand where the policy names none. */
const unconfiguredProofMs = 60_000;
