import { InternalError } from "./errors.ts";

/**
 * Checks something that only a bug of ours can break; stays on in production.
 * @throws InternalError (`internal`) when the condition does not hold.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InternalError(message);
}
