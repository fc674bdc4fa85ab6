/**
 * What usually is a secret, by its name or by its looks: for whatever is printed, recorded or shown.
 *
 * @module
 */

/** What is printed instead of a secret. */
export const mask = "***";

const secretName =
  /token|secret|passw|pwd|api[-_]?key|access[-_]?key|private[-_]?key|credential|authorization|cookie|bearer/i;

/** Whether a variable, key or option of this name usually holds a credential. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** Credentials that show by themselves what they are. */
const secretShapes = [
  /\b(?:sk|pk|rk)[-_][\w-]{8,}/g,
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-)[\w-]{8,}/g,
  /\bAKIA[0-9A-Z]{12,}/g,
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g,
  /(?<=\bBearer )\S+/gi,
  /(?<=:\/\/)[^/\s@]+(?=@)/g,
];

/** `text` without what looks like a credential, and without any of `secrets`. */
export function redactText(text: string, secrets: readonly string[] = []): string {
  const assignment = /^(-{0,2}[\w.-]+)=/.exec(text)?.[1];
  if (assignment !== undefined && isSecretName(assignment)) return `${assignment}=${mask}`;
  const known = secrets.filter((it) => it !== "").reduce((it, secret) => it.replaceAll(secret, mask), text);
  return secretShapes.reduce((it, shape) => it.replace(shape, mask), known);
}
