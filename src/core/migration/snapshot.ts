/** The captured state of an agent: what it is compared by, and how long it may be rolled back to. */
import * as z from "zod";
import { EpochMs, MonotonicMs } from "../time.ts";
import { auditTexts } from "./audit.ts";
import type { MigrationRules } from "./policy.ts";

/** Where captured bytes are: in a file of their host, or in the snapshot itself. */
export const StateRef = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("path"), path: z.string() }),
  z.object({ kind: z.literal("inline"), encoding: z.enum(["base64", "hex"]), data: z.string() }),
]);
export type StateRef = z.infer<typeof StateRef>;

/** What bytes are compared by; computed where the bytes are, never here. */
export const StateDigest = z.object({
  sizeBytes: z.int().nonnegative(),
  /** {@link simpleChecksum} of the bytes. */
  checksum: z.int().nonnegative(),
  /** Lower-case hexadecimal; `null`: not computed. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});
export type StateDigest = z.infer<typeof StateDigest>;

export const Snapshot = z.object({
  agent: z.string(),
  /** Where it was captured; `null`: not said. */
  source: z.string().nullable(),
  state: StateRef,
  digest: StateDigest,
  /** The agent's policy, serialised by the host. */
  policyData: z.string(),
  /** What its age counts from. */
  capturedAt: MonotonicMs,
  takenAt: EpochMs,
});
export type Snapshot = z.infer<typeof Snapshot>;

export type Captured =
  | { readonly ok: true; readonly snapshot: Snapshot }
  | { readonly ok: false; readonly message: string };

/** What was captured as a snapshot; refused where the wall clock stands before the Unix epoch. */
export function toSnapshot(captured: Omit<Snapshot, "takenAt"> & { readonly takenAt: number }): Captured {
  if (captured.takenAt < 0) return { ok: false, message: auditTexts.clockBeforeEpoch };
  return { ok: true, snapshot: captured };
}

/**
 * Sum of every byte times its 1-based index, modulo 2³². Collides easily and ignores trailing zeros: a fast check
 * beside SHA-256, not instead of it.
 *
 * `before`, the digest of what came before `bytes`, makes it the checksum of both together.
 *
 * @see mielin-cells 0.1.0-rc.1, `simple_checksum`
 */
export function simpleChecksum(
  bytes: Uint8Array,
  before: Pick<StateDigest, "sizeBytes" | "checksum"> = { sizeBytes: 0, checksum: 0 },
): number {
  const first = before.sizeBytes + 1;
  // A term stays below 2^53 for anything below 2^45 bytes; reduced each time, so does the sum.
  return bytes.reduce((sum, byte, index) => (sum + byte * (first + index)) % 2 ** 32, before.checksum);
}

/** Milliseconds since the capture; 0 where a clock has gone back. */
export function snapshotAgeMs({ capturedAt }: Pick<Snapshot, "capturedAt">, now: number): number {
  return Math.max(0, now - capturedAt);
}

/** Whether it may still be rolled back to: younger than `maxAgeMs`. */
export function isSnapshotValid(
  snapshot: Pick<Snapshot, "capturedAt">,
  now: number,
  maxAgeMs: number,
): boolean {
  return snapshotAgeMs(snapshot, now) < maxAgeMs;
}

export const VerificationResult = z.object({
  passed: z.boolean(),
  sizeValid: z.boolean(),
  checksumValid: z.boolean(),
  /** `null`: not part of the comparison. */
  sha256Valid: z.boolean().nullable(),
  /** Whether what is to run the agent answers. */
  responsive: z.boolean(),
  details: z.array(z.string()),
});
export type VerificationResult = z.infer<typeof VerificationResult>;

/** Compares digests. A missing SHA-256 fails where one is asked for: what was not verified replaces nothing. */
export function verifyDigest(
  original: StateDigest,
  migrated: StateDigest,
  { digest, responsive }: Pick<MigrationRules, "digest"> & { readonly responsive: boolean },
): VerificationResult {
  const sizeValid = original.sizeBytes === migrated.sizeBytes;
  const checksumValid = original.checksum === migrated.checksum;
  const details = [
    sizeValid
      ? `Size verified: ${original.sizeBytes} bytes`
      : `Size mismatch: original ${original.sizeBytes} bytes, migrated ${migrated.sizeBytes} bytes`,
    checksumValid
      ? "Checksum verified"
      : `Checksum mismatch: expected ${original.checksum}, got ${migrated.checksum}`,
  ];
  const sha256Valid =
    digest === "checksum" ? null : original.sha256 !== null && original.sha256 === migrated.sha256;
  if (sha256Valid !== null) {
    const got = `expected ${original.sha256 ?? "none"}, got ${migrated.sha256 ?? "none"}`;
    details.push(sha256Valid ? "SHA-256 verified" : `SHA-256 mismatch: ${got}`);
  }
  if (!responsive) details.push("Agent not responsive");
  const passed = sizeValid && checksumValid && sha256Valid !== false && responsive;
  return { passed, sizeValid, checksumValid, sha256Valid, responsive, details };
}
