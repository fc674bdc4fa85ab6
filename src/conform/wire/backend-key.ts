import * as z from "zod";

/** Which backend: equal only if all three parts are. */
export const BackendKey = z.strictObject({
  instance: z.string().regex(/^(shared$|private:|explicit:)/),
  service_name: z.string(),
  service_version: z.string(),
});
export type BackendKey = z.output<typeof BackendKey>;

/** One text per key, whatever characters its parts hold. */
export function keyText({ instance, service_name, service_version }: BackendKey): string {
  return JSON.stringify([instance, service_name, service_version]);
}
