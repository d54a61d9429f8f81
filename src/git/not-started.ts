import { systemCode } from "../base/error-code.ts";
import { itemAdviceIfExhausted } from "../base/exhausted.ts";

/** What to do about a process that could not be started; `otherwise` where the reason says no more. */
export function startAdvice(cause: unknown, otherwise: string): string {
  const code = systemCode(cause);
  if (code === "E2BIG")
    return "That is more than the system takes: shorten it, or the variables of the environment that go with it.";
  return itemAdviceIfExhausted(code) ?? otherwise;
}
