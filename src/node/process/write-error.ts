/** A message could not be handed to a process. */
export class WriteError extends Error {
  override readonly name = "WriteError";
  /** False: it certainly did not arrive, so that sending it again is safe. */
  readonly mayHaveArrived: boolean;

  constructor(mayHaveArrived: boolean, cause?: unknown) {
    super("the process takes no more messages", { cause });
    this.mayHaveArrived = mayHaveArrived;
  }
}
