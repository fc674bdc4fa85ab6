/**
 * Leases and clocks that do not agree: how much skew a policy bears, and what is left of a lease when its service was
 * started again.
 *
 * @module
 */
import type { Lease, LeasePolicy } from "./lease.ts";
import type { EpochMs } from "./time.ts";

/**
 * The most by which the clocks of an owner and of whoever grants the lease may differ so that the owner has stopped before
 * anybody else can have it: its clock says so at the end of the lease, the other one strictly after the grace.
 */
export function toleratedSkewMs({ graceMs }: Pick<LeasePolicy, "graceMs">): number {
  return graceMs;
}

/** One instant on both clocks of a process. */
export interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: EpochMs;
}

/**
 * A stored lease on the monotonic clock of the process that reads it: it has left what it had when it was stored, less what
 * has passed on the wall clock since. So a service that starts again and again does not begin its time to live anew, and
 * a lease ends by its last heartbeat + time to live + grace, plus by how much the wall clock was set back meanwhile.
 *
 * @see https://github.com/etcd-io/etcd/issues/9395 a time to live that each new leader starts afresh
 */
export function redateLease(lease: Lease, stored: Instant, now: Instant): Lease {
  const passedMs = Math.max(0, now.wallMs - stored.wallMs);
  const shift = now.monotonicMs - stored.monotonicMs - passedMs;
  return { ...lease, expiresAt: lease.expiresAt + shift, heartbeatAt: lease.heartbeatAt + shift };
}
