/** What is wrong with a machine, or stands in the way of exploring it. */

export type FindingKind =
  // the machine cannot be explored as it is
  /** a guard, an assign or a parameter depends on the time, on chance or on something outside the machine */
  | "impure"
  /** the context was changed in place */
  | "mutated"
  /** the context contains itself */
  | "cyclic"
  /** states that the abstraction takes for one behave differently */
  | "abstractionInexact"
  /** there are more states than the budget allows */
  | "diverging"
  // the machine does something wrong
  /** a guard, an assign or a parameter function throws: the actor would die */
  | "thrown"
  /** an actor's failure that nothing handles ends the machine */
  | "errored"
  | "deadlock"
  // the machine says something that never matters
  | "unreachable"
  | "neverTaken"
  | "shadowed"
  | "guardNeverFalse"
  | "guardNeverTrue"
  | "unhandled"
  | "notImplemented"
  /** payloads could not be derived: the event was sent without any */
  | "underivable";

export interface Finding {
  readonly kind: FindingKind;
  /** `error`: the machine is wrong, or nothing can be said of it. `warning`: probably a mistake. `note`: to be known. */
  readonly severity: "error" | "warning" | "note";
  /** What it is about: a state, a transition, an event, a context key, a guard. */
  readonly subject: string;
  /** What happened, and what to do about it. */
  readonly message: string;
  /** The state in which it was seen. */
  readonly state: number | null;
  /** The stimulus that led to it from there. */
  readonly stimulus: string | null;
}
