import { HomeostatError } from "./errors.ts";
import type { StartFailure } from "./server.ts";

/** What `OpenServer` rejects with: a failure the charts can decide on. */
export class StartError extends HomeostatError {
  readonly failure: StartFailure;

  constructor(failure: StartFailure, cause?: unknown) {
    super(failure.code, failure.message, { permanent: failure.permanent, exit: failure.exit }, cause);
    this.failure = failure;
  }
}
