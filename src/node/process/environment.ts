/**
 * What a server's process finds in its environment, and which of it must never be shown.
 *
 * @module
 */

import { unescape } from "node:querystring";

/** Set in every process we start, to the run id of its host: so that what is left over can be found. */
export const ownerVariable = "HOMEOSTAT_OWNER";

/** All that a server gets of the host's environment; the rest may hold other people's secrets. */
const inheritedVariables = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "TERM",
  "LANG",
  "LC_ALL",
  "TMPDIR",
  "TZ",
] as const;

export type Environment = Readonly<Record<string, string | undefined>>;

/** The few inherited variables, then `own`, then the mark of `runId`. */
export function childEnvironment(
  host: Environment,
  own: Readonly<Record<string, string>>,
  runId: string,
): Record<string, string> {
  const inherited = inheritedVariables.flatMap((name) => {
    const value = host[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), ...own, [ownerVariable]: runId };
}

const secretName =
  /TOKEN|KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|AUTH|CREDENTIAL|COOKIE|PRIVATE|BEARER|SIGNATURE|_PAT$/i;

/** Shorter ones are words like "none" that would blank out half of a message. */
const shortestSecret = 6;

/** The values of `own` that must not be shown, longest first: by the variable's name, or a password within a URL. */
export function secretsOf(own: Readonly<Record<string, string>>): string[] {
  const found = Object.entries(own).flatMap(([name, value]) =>
    secretName.test(name) ? [value] : passwordsWithin(value),
  );
  return [...new Set(found)]
    .filter((it) => it.length >= shortestSecret)
    .toSorted((a, b) => b.length - a.length);
}

function passwordsWithin(value: string): string[] {
  const password = URL.parse(value)?.password ?? "";
  return password === "" ? [] : [password, unescape(password)];
}

export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((redacted, secret) => redacted.replaceAll(secret, "[redacted]"), text);
}
