/**
 * `homeostat validate`: says whether a configuration can be run.
 *
 * @module
 */
import { pluginsOf } from "../core/config.ts";
import { readConfig, redactConfig } from "../node/config.ts";
import { exitCode, type ExitCode } from "./exit-code.ts";
import { count } from "./run/narrator.ts";
import { nameScratch, scratchVariable } from "./run/scratch.ts";
import type { Terminal } from "./run/terminal.ts";

export interface ValidateOptions {
  readonly json: boolean;
}

/** Throws the HomeostatError of `readConfig` when it cannot. */
export function validate(
  file: string,
  { json }: ValidateOptions,
  { stdout, stderr, env }: Terminal,
): ExitCode {
  const { config, warnings, secrets } = readConfig(file, { ...env, [scratchVariable]: nameScratch() });
  const specs = Object.values(pluginsOf(config));
  const plugins = specs.length;
  const servers = specs.reduce((total, it) => total + Object.keys(it.servers).length, 0);
  if (json) {
    const report = { type: "valid", file, plugins, servers, warnings, config: redactConfig(config, secrets) };
    stdout.write(`${JSON.stringify(report)}\n`);
  } else {
    warnings.forEach((it) => stderr.write(`${file}: warning: ${it}\n`));
    stdout.write(`${file}: valid, ${count(plugins, "plugin")}, ${count(servers, "server")}\n`);
  }
  return exitCode.ok;
}
