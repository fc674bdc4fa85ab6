/**
 * The two budgets of VS Code. Both restart at once and end with a message to the user.
 *
 * - vscode-languageclient: after `maxRestarts` restarts, a crash stops the server when the oldest of the last
 *   `maxRestarts + 1` crashes is at most `windowMs` old.
 * - the extension host: the `limit`th crash within `windowMs` stops it.
 *
 * @module
 */
import * as z from "zod";
import { DurationMs } from "../../core/time.ts";
import { giveUp, restart, type RestartPolicy } from "../policy.ts";

const clientSource =
  "https://github.com/microsoft/vscode-languageserver-node/blob/main/client/src/common/client.ts";
const hostSource =
  "https://github.com/microsoft/vscode/blob/main/src/vs/workbench/services/extensions/common/abstractExtensionService.ts";

/** @see https://github.com/microsoft/vscode-languageserver-node, `DefaultErrorHandler` */
export const LanguageClientOptions = z.strictObject({
  maxRestarts: z.int().positive().default(4),
  windowMs: DurationMs.default(180_000),
});

/** @see https://github.com/microsoft/vscode, `ExtensionHostCrashTracker` */
export const ExtensionHostOptions = z.strictObject({
  limit: z.int().positive().default(3),
  windowMs: DurationMs.default(300_000),
});

interface Crashes {
  /** Oldest first. */
  readonly at: readonly number[];
}

export function vscodeLanguageClient(
  options: z.input<typeof LanguageClientOptions> = {},
): RestartPolicy<Crashes> {
  const { maxRestarts, windowMs } = LanguageClientOptions.parse(options);
  return {
    name: "vscode-languageclient",
    summary: `${maxRestarts} restarts, at once; stops at the next crash within ${windowMs / 1_000} s`,
    source: clientSource,
    initial: { at: [] },
    decide(state, { at }) {
      const crashes = [...state.at, at];
      if (crashes.length <= maxRestarts) return { state: { at: crashes }, answer: restart(0) };
      const [oldest = at, ...others] = crashes;
      if (at - oldest <= windowMs) return { state: { at: crashes }, answer: giveUp() };
      return { state: { at: others }, answer: restart(0) };
    },
  };
}

export function vscodeExtensionHost(
  options: z.input<typeof ExtensionHostOptions> = {},
): RestartPolicy<Crashes> {
  const { limit, windowMs } = ExtensionHostOptions.parse(options);
  return {
    name: "vscode-exthost",
    summary: `stops at crash ${limit} within ${windowMs / 1_000} s; restarts at once`,
    source: hostSource,
    initial: { at: [] },
    decide(state, { at }) {
      const crashes = [...state.at.filter((it) => at - it <= windowMs), at];
      return { state: { at: crashes }, answer: crashes.length < limit ? restart(0) : giveUp() };
    },
  };
}
