/** Whether a target can take an agent. */
import * as z from "zod";

const Bytes = z.int().nonnegative();

/** @see mielin-cells, `AgentRequirements` */
export const AgentRequirements = z.object({
  /** `null`: any. */
  architecture: z.string().nullable().default(null),
  memoryBytes: Bytes.default(0),
  storageBytes: Bytes.default(0),
  features: z.array(z.string()).default([]),
  stateBytes: Bytes.default(0),
  version: z.string().default(""),
});
export type AgentRequirements = z.output<typeof AgentRequirements>;

/** @see mielin-cells, `NodeCapabilities` */
export const TargetCapabilities = z.object({
  architectures: z.array(z.string()),
  memoryBytes: Bytes,
  storageBytes: Bytes,
  features: z.array(z.string()),
  maxStateBytes: Bytes,
  minVersion: z.string(),
});
export type TargetCapabilities = z.infer<typeof TargetCapabilities>;

export const Compatibility = z.discriminatedUnion("status", [
  z.object({ status: z.literal("compatible"), warnings: z.array(z.string()) }),
  /** `cause` tells a lack of resources, which another target may have, from what this target can never run. */
  z.object({
    status: z.literal("incompatible"),
    cause: z.enum(["InsufficientResources", "IncompatibleTarget"]),
    reason: z.string(),
  }),
]);
export type Compatibility = z.infer<typeof Compatibility>;

/** The first obstacle wins: architecture, memory, storage, state size, features, version. */
export function checkCompatibility(needs: AgentRequirements, target: TargetCapabilities): Compatibility {
  const { architecture } = needs;
  if (architecture !== null && !target.architectures.includes(architecture)) {
    return incompatible(`Target does not support architecture: ${architecture}`);
  }
  if (needs.memoryBytes > target.memoryBytes) return insufficient("memory", needs, target);
  if (needs.storageBytes > target.storageBytes) return insufficient("storage", needs, target);
  if (needs.stateBytes > target.maxStateBytes) {
    const reason = `Agent state too large: ${needs.stateBytes} bytes exceeds maximum ${target.maxStateBytes} bytes`;
    return { status: "incompatible", cause: "InsufficientResources", reason };
  }
  const missing = needs.features.find((it) => !target.features.includes(it));
  if (missing !== undefined) return incompatible(`Target does not support WASM feature: ${missing}`);
  if (!isVersionCompatible(needs.version, target.minVersion)) {
    return incompatible(
      `Version incompatible: agent version ${needs.version} not compatible with target minimum ${target.minVersion}`,
    );
  }
  return { status: "compatible", warnings: headroomWarnings(needs, target) };
}

function headroomWarnings(needs: AgentRequirements, target: TargetCapabilities): string[] {
  const headroom = target.memoryBytes - needs.memoryBytes;
  // The original divides integers: exactly a fifth of what is there is enough.
  if (headroom >= Math.floor(target.memoryBytes / 5)) return [];
  return [`Low memory headroom: only ${headroom} bytes available after migration`];
}

function incompatible(reason: string): Compatibility {
  return { status: "incompatible", cause: "IncompatibleTarget", reason };
}

function insufficient(
  what: "memory" | "storage",
  needs: AgentRequirements,
  target: TargetCapabilities,
): Compatibility {
  const [required, available] = [needs[`${what}Bytes`], target[`${what}Bytes`]];
  const reason = `Insufficient ${what}: required ${required} bytes, available ${available} bytes`;
  return { status: "incompatible", cause: "InsufficientResources", reason };
}

/** The same major version, and minor.patch not below the minimum's. A part that is no number counts as 0. */
export function isVersionCompatible(version: string, minimum: string): boolean {
  const [major, minor, patch] = versionParts(version);
  const [minMajor, minMinor, minPatch] = versionParts(minimum);
  return major === minMajor && (minor > minMinor || (minor === minMinor && patch >= minPatch));
}

function versionParts(version: string): readonly [major: number, minor: number, patch: number] {
  const [major = "", minor = "", patch = ""] = version.split(".");
  return [versionPart(major), versionPart(minor), versionPart(patch)];
}

function versionPart(text: string): number {
  return /^[0-9]+$/.test(text) ? Number(text) : 0;
}
