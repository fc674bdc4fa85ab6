import * as z from "zod";

/** Actor logic, as far as a specification can tell: XState's own type is the runtime's business. */
export interface AnyLogic {
  readonly transition: unknown;
  readonly getInitialSnapshot: unknown;
}

const isLogic = (it: unknown): it is AnyLogic =>
  typeof it === "object" &&
  it !== null &&
  typeof (it as AnyLogic).transition === "function" &&
  typeof (it as AnyLogic).getInitialSnapshot === "function";

export const Logic = z.custom<AnyLogic>(
  isLogic,
  "expected actor logic: an object with transition and getInitialSnapshot",
);
