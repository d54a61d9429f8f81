/** What may be done to an item now: the item's own machine says so, here as in the engine. */
import { workItemSnapshotOf, type WorkItemEvent } from "../../../machines/work-item.ts";
import type { Item } from "./wire.ts";

/** Events that a person sends from the board, as the machine knows them. */
const EVENTS = {
  requeue: { type: "requeue", reset: true },
  cancel: { type: "cancel", reason: { code: "cancelled" } },
} as const satisfies Readonly<Record<string, WorkItemEvent>>;

export type PersonEvent = keyof typeof EVENTS;

export function canNow({ status, attempt, attempts_max }: Item, event: PersonEvent): boolean {
  const context = { attempt, attemptsMax: attempts_max, token: status === "claimed" ? 1 : 0 };
  return workItemSnapshotOf({ status, context }).can(EVENTS[event]);
}
