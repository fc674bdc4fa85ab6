/**
 * Names of guards, actions and actors for people. What is inline has no name: what is known of it stands in
 * parentheses, such as `assign(count)`, `raise(NEXT)`, `not(isReady)` or `(inline)`.
 *
 * @module
 */
import * as z from "zod";
import type { ChartAction, ChartGuard } from "../model.ts";

const inline = "(inline)";

/** What XState's built-in actions and higher-order guards carry as properties of a function. */
const BuiltIn = z.object({
  type: z.string().optional(),
  assignment: z.unknown().optional(),
  event: z.unknown().optional(),
  sendId: z.unknown().optional(),
  src: z.unknown().optional(),
  id: z.unknown().optional(),
  guards: z.array(z.unknown()).optional(),
  stateValue: z.unknown().optional(),
});
type BuiltIn = z.infer<typeof BuiltIn>;

export function actionOf(action: unknown): ChartAction {
  if (typeof action !== "function") return callOf(action);
  const known = propertiesOf(action);
  if (known.type === undefined) return { name: functionName(action), params: null };
  const verb = known.type.replace(/^xstate\./, "");
  return { name: `${verb}(${subjectOf(known)})`, params: null };
}

export function guardOf(guard: unknown): ChartGuard | null {
  if (guard === undefined || guard === null) return null;
  if (typeof guard !== "function") return callOf(guard);
  const { guards, stateValue } = propertiesOf(guard);
  if (stateValue !== undefined) return { name: `in(${textOf(stateValue)})`, params: null };
  if (guards === undefined) return { name: functionName(guard), params: null };
  const isNot = guard.name === "not";
  const parts = guards.map((it) => {
    const name = guardOf(it)?.name ?? inline;
    return !isNot && isCombined(it) ? `(${name})` : name;
  });
  return { name: isNot ? `not(${parts.join()})` : parts.join(` ${guard.name} `), params: null };
}

/** Whether it needs parentheses inside another one. */
function isCombined(guard: unknown): boolean {
  return typeof guard === "function" && ["and", "or"].includes(guard.name) && "guards" in guard;
}

/** The guard of a routable state: XState wraps it together with its own comparison of the route. */
export function routeGuardOf(guard: unknown): ChartGuard | null {
  if (typeof guard !== "function") return null;
  return guardOf(propertiesOf(guard).guards?.[1]);
}

export function srcOf(src: unknown): string {
  return typeof src !== "string" || src.startsWith("xstate.invoke.") ? inline : src;
}

const JsonValue = z.json();

/** The value if JSON can hold it. */
export function jsonOrNull(value: unknown): z.infer<typeof JsonValue> {
  return JsonValue.safeParse(value).data ?? null;
}

/** A string, or `{ type, params }`. */
function callOf(call: unknown): { name: string; params: z.infer<typeof JsonValue> } {
  if (typeof call === "string") return { name: call, params: null };
  const { type, params } = z.object({ type: z.string(), params: z.unknown().optional() }).parse(call);
  return { name: type, params: jsonOrNull(params) };
}

function functionName({ name }: { readonly name: string }): string {
  // The name of a property that it is written in says nothing: `guard: () => …`.
  return ["", "guard", "actions", "entry", "exit"].includes(name) ? inline : `(${name})`;
}

// oxlint-disable-next-line typescript/no-unsafe-function-type -- any function: its properties are parsed
function propertiesOf(built: Function): BuiltIn {
  const own = Object.fromEntries(Object.entries(built));
  return BuiltIn.safeParse(own).data ?? {};
}

function subjectOf({ assignment, event, sendId, src, id }: BuiltIn): string {
  if (typeof assignment === "object" && assignment !== null) return Object.keys(assignment).join(", ");
  const type = z.object({ type: z.string() }).safeParse(event).data?.type;
  const [subject = "…"] = [type, sendId, src, id].filter((it) => typeof it === "string");
  return subject;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
