/** What is told of the items that a run left undone: by the run itself, and when it is told from its journal later. */
import type { Reason } from "../items/reason.ts";
import type { ItemStatus } from "../items/status.ts";
import type { StalledItem } from "../scheduler/stall.ts";
import type { BlockedItem } from "./run.ts";

/** Items by number. */
export interface LeftItems {
  readonly keyOf: (item: number) => string;
  readonly statusOf: (item: number) => ItemStatus;
  readonly attemptOf: (item: number) => number;
  readonly reasonOf: (item: number) => Reason | undefined;
  /** The run was ended before all of its items had had their turn. */
  readonly endedEarly: boolean;
}

/** Each with the roots of that; an item that nothing else holds names nobody. */
export function blockedItems(stalled: readonly StalledItem[], left: LeftItems): BlockedItem[] {
  return stalled.map(({ item, kind, by }) => {
    const last = lastAttempt(left, item);
    const early = last.attempt === undefined ? "not_started" : "not_tried_again";
    return {
      item: left.keyOf(item),
      by: [...new Set(by.filter((root) => root !== item).map((root) => causeOf(left, root)))],
      reason: kind === "stuck" && left.endedEarly ? early : kind,
      ...last,
    };
  });
}

/** How an item came to wait for another attempt; nothing of one that has had none, or that is claimed. */
function lastAttempt(
  { statusOf, attemptOf, reasonOf }: LeftItems,
  item: number,
): Pick<BlockedItem, "attempt" | "lastReason"> {
  const attempt = attemptOf(item);
  if (statusOf(item) !== "todo" || attempt === 0) return {};
  const lastReason = reasonOf(item);
  return { attempt, ...(lastReason !== undefined && { lastReason }) };
}

/** Key of a root; what a failure elsewhere took along is named by that failure. */
function causeOf({ keyOf, reasonOf }: LeftItems, root: number): string {
  const reason = reasonOf(root);
  const data = reason?.code === "fail_fast" ? reason.data : undefined;
  const item = typeof data === "object" && data !== null && "item" in data ? data.item : undefined;
  return typeof item === "string" ? item : keyOf(root);
}
