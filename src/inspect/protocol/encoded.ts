/**
 * Values on the wire. JSON stays as it is; what JSON cannot hold is an object with the key `$t`. `encode` makes them,
 * `decode` brings back what can be brought back.
 *
 * | `$t`        | other keys                          | stands for                                        |
 * | ----------- | ----------------------------------- | ------------------------------------------------- |
 * | `undefined` |                                     | `undefined` in an array or as a whole             |
 * | `number`    | `v`: `NaN`, `Infinity`, …, `-0`     | a number                                          |
 * | `bigint`    | `v`: digits                         | a bigint                                          |
 * | `date`      | `v`: ISO 8601, or `null`            | a date; `null`: an invalid one                    |
 * | `error`     | `name`, `message`, `stack`, `cause` | an error; the last two may be missing             |
 * | `map`       | `v`: pairs                          | a Map                                             |
 * | `set`       | `v`: values                         | a Set                                             |
 * | `bytes`     | `v`: length                         | a typed array or buffer; its content is not sent  |
 * | `function`  | `v`: name, may be empty             | a function                                        |
 * | `actor`     | `v`: session id                     | an actor reference                                |
 * | `symbol`    | `v`: description                    | a symbol                                          |
 * | `object`    | `v`: pairs                          | an object with a key `$t` or `__proto__` itself   |
 * | `circular`  |                                     | an object that contains this place                |
 * | `redacted`  |                                     | a secret, hidden at the source                    |
 * | `cut`       | `v`: what was cut, in words         | too deep, too long, or threw when it was read     |
 *
 * @module
 */
import * as z from "zod";

export const Encoded = z.json();
export type Encoded = z.infer<typeof Encoded>;

export const tagKey = "$t";

/** What stands for a secret. */
export const redacted: Encoded = { [tagKey]: "redacted" };
