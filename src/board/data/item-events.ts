/** What may be done to an item now: the item's own machine says so, here as in the engine. */
import { workItemSnapshotOf, type WorkItemEvent } from "../../../machines/work-item.ts";
import type { Item } from "./wire.ts";

/** A token that is in force, as far as this page is asked: whether it is the right one only the server knows. */
const TOKEN = 1;

/** Events that a person sends from the board, as the machine knows them. */
const EVENTS = {
  requeue: { type: "requeue", reset: true },
  cancel: { type: "cancel", reason: { code: "cancelled" } },
  claim: { type: "claim", holder: "board", token: TOKEN + 1, leaseMs: 1 },
  heartbeat: { type: "heartbeat", token: TOKEN, leaseMs: 1 },
  complete: { type: "complete", token: TOKEN },
  fail: { type: "fail", token: TOKEN, reason: { code: "failed" }, retryable: true },
  release: { type: "release", token: TOKEN },
} as const satisfies Readonly<Record<string, WorkItemEvent>>;

/** What whoever plans may do to any item. */
export type PlanEvent = "requeue" | "cancel";
/** What whoever works may do to one of theirs. */
export type HolderEvent = "heartbeat" | "complete" | "fail" | "release";
export type PersonEvent = keyof typeof EVENTS;

export function canNow({ status, attempt, attempts_max }: Item, event: PersonEvent): boolean {
  // An item that waits has an attempt left: one that has none has failed.
  const refunded = status === "todo" ? attempt : 0;
  const token = status === "claimed" ? TOKEN : 0;
  const context = { attempt, attemptsMax: attempts_max, refunded, token };
  return workItemSnapshotOf({ status, context }).can(EVENTS[event]);
}
