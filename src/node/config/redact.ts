/**
 * Keeps secrets out of what is printed: values of `env`, and whatever looks like a credential in an argument.
 *
 * @module
 */
import { createScanner } from "jsonc-parser";
import type { HomeostatConfig, PluginSpec } from "../../core/config.ts";
import { isSecretName, mask, redactText } from "../../core/secrets.ts";
import type { ServerSpec } from "../../core/server.ts";

/** `config` as it may be shown: same shape, no secrets. `secrets`: values that are masked wherever they occur. */
export function redactConfig(config: HomeostatConfig, secrets: readonly string[] = []): HomeostatConfig {
  return {
    ...config,
    plugins: mapValues(config.plugins, redactPlugin),
    mcpServers: mapValues(config.mcpServers, redactServer),
  };

  function redactPlugin({ servers, ...rest }: PluginSpec): PluginSpec {
    return { ...rest, servers: mapValues(servers, redactServer) };
  }

  function redactServer(spec: ServerSpec): ServerSpec {
    return {
      ...spec,
      command: redactText(spec.command, secrets),
      args: spec.args.map((arg, index) =>
        isSecretOption(spec.args[index - 1]) ? mask : redactText(arg, secrets),
      ),
      env: mapValues(spec.env, () => mask),
    };
  }
}

/** Whether the argument after `option` is its secret: `--api-key abc`. */
function isSecretOption(option: string | undefined): boolean {
  return option !== undefined && /^--?[\w-]+$/.test(option) && isSecretName(option);
}

/** `text`, which may be broken JSON, with the characters of its secrets replaced by `*`: every place stays where it is. */
export function maskSecrets(text: string): string {
  const tokens = scan(text);
  const enclosing: (string | null)[] = [];
  let key: string | null = null;
  let previous: string | undefined;
  let masked = text;
  tokens.forEach(({ offset, length, value }, index) => {
    const first = text[offset];
    if (first === "{" || first === "[") {
      enclosing.push(key);
      key = null;
    } else if (first === "}" || first === "]") {
      key = enclosing.pop() ?? null;
    } else if (first === '"') {
      const isKey = text[tokens[index + 1]?.offset ?? text.length] === ":";
      if (isKey) key = value;
      else if (isSecret(value)) {
        masked = `${masked.slice(0, offset + 1)}${"*".repeat(length - 1)}${masked.slice(offset + length)}`;
        if (text[offset + length - 1] === '"' && length > 1)
          masked = `${masked.slice(0, offset + length - 1)}"${masked.slice(offset + length)}`;
      }
      previous = isKey ? undefined : value;
    }
  });
  return masked;

  function isSecret(value: string): boolean {
    if (enclosing.includes("env") || (key !== null && isSecretName(key))) return true;
    return isSecretOption(previous) || redactText(value) !== value;
  }
}

interface Token {
  readonly offset: number;
  readonly length: number;
  /** Of a string: its content. */
  readonly value: string;
}

function scan(text: string): Token[] {
  const scanner = createScanner(text, true);
  const tokens: Token[] = [];
  for (;;) {
    scanner.scan();
    if (scanner.getTokenOffset() >= text.length) return tokens;
    const offset = scanner.getTokenOffset();
    tokens.push({ offset, length: scanner.getTokenLength(), value: scanner.getTokenValue() });
  }
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
