export { type ErrorCode, type Failure, HomeostatError } from "./core/errors.ts";
