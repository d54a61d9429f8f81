import type { Checking } from "./checking.ts";
import type { Draft } from "./draft.ts";
import { quote } from "./names.ts";

/** Name under which the work finds what was prepared, among its inputs. */
const INPUT = "prepare";

/** Outputs of needs stand under their ids too, and for `verify` and `undo` the item's own output does. */
export function checkPrepare({ findings }: Checking, { id, combination, values }: Draft): void {
  const own = combination?.id ?? id;
  const needs = values.needs?.names ?? [];
  if (own !== INPUT && !needs.some((name) => name === INPUT || isItemOf(name))) return;
  const got = own === INPUT ? "the task's own id" : "the id of a task that it needs";
  findings.addAt(
    ["tasks", id, "prepare"],
    `the input ${quote(INPUT)} free for what is prepared`,
    got,
    "give that task another id",
    "key",
  );
}

function isItemOf(name: unknown): boolean {
  return typeof name === "string" && name.startsWith(`${INPUT}[`);
}
