/**
 * What a recipe can do: the original's eight kinds of step under its names, and `custom` for a host's own.
 *
 * Every step carries its deadline and whether it is idempotent: a second run changes nothing more, so a failed attempt
 * may go on from it.
 */
import * as z from "zod";
import { DurationMs } from "../time.ts";

interface StepDefaults {
  readonly timeoutMs: number;
  readonly idempotent: boolean;
}

const bounded = ({ timeoutMs, idempotent }: StepDefaults) => ({
  timeoutMs: DurationMs.default(timeoutMs),
  idempotent: z.boolean().default(idempotent),
});

export const RecoveryStep = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("accept_trust_prompt"),
    ...bounded({ timeoutMs: 5_000, idempotent: true }),
  }),
  /** Sends a prompt, so a second run sends it twice. The deadline is the original's for a prompt to be accepted. */
  z.strictObject({
    kind: z.literal("redirect_prompt_to_agent"),
    ...bounded({ timeoutMs: 30_000, idempotent: false }),
  }),
  z.strictObject({
    kind: z.literal("rebase_branch"),
    ...bounded({ timeoutMs: 120_000, idempotent: true }),
  }),
  z.strictObject({
    kind: z.literal("clean_build"),
    ...bounded({ timeoutMs: 600_000, idempotent: true }),
  }),
  /** The original's only step with a time-out of its own. */
  z.strictObject({
    kind: z.literal("retry_mcp_handshake"),
    ...bounded({ timeoutMs: 5_000, idempotent: true }),
  }),
  z.strictObject({
    kind: z.literal("restart_plugin"),
    /** `null`: the plugin that the failure names. */
    name: z.string().nullable().default(null),
    /** `null`: those of its servers that the failure names. */
    servers: z.array(z.string()).nullable().default(null),
    ...bounded({ timeoutMs: 10_000, idempotent: true }),
  }),
  /** A worker loses what it was doing, so a second run loses more. */
  z.strictObject({
    kind: z.literal("restart_worker"),
    ...bounded({ timeoutMs: 30_000, idempotent: false }),
  }),
  /** Ends the automatic part: nothing runs, a person is asked. */
  z.strictObject({
    kind: z.literal("escalate_to_human"),
    reason: z.string(),
    ...bounded({ timeoutMs: 5_000, idempotent: false }),
  }),
  z.strictObject({
    kind: z.literal("custom"),
    /** As the host declared it. */
    name: z.string().min(1),
    args: z.record(z.string(), z.json()).default({}),
    ...bounded({ timeoutMs: 30_000, idempotent: false }),
  }),
]);
export type RecoveryStep = z.output<typeof RecoveryStep>;

/** The kinds that a recipe may name. */
export const recoveryStepKinds: readonly RecoveryStep["kind"][] = RecoveryStep.options.map(
  ({ shape }) => shape.kind.value,
);

/** A step as a person reads it: `restart_plugin "files"`. */
export function describeStep(step: RecoveryStep): string {
  if (step.kind === "custom") return step.name;
  if (step.kind === "restart_plugin" && step.name !== null) return `${step.kind} "${step.name}"`;
  return step.kind;
}
