/** The state of an item as the board shows it: `todo` is two states to whoever looks for work. */
import type { Item } from "./wire.ts";

/** In the order in which work flows; columns, bars and lists have this order. */
export const LAMPS = ["blocked", "ready", "claimed", "failed", "done", "cancelled"] as const;
export type Lamp = (typeof LAMPS)[number];

export const LAMP_WORDS: Readonly<Record<Lamp, string>> = {
  blocked: "Blocked",
  ready: "Ready",
  claimed: "Claimed",
  failed: "Failed",
  done: "Done",
  cancelled: "Cancelled",
};

const STAGE_WORDS: ReadonlyMap<string | null, string> = new Map([
  ["preparing", "Preparing"],
  ["prepared", "Prepared"],
  ["verifying", "Checking"],
  ["undoing", "Undoing"],
  ["undone", "Undone"],
  ["undo_failed", "Undo failed"],
  ["skipped", "Skipped"],
]);

/** The state in a word; what goes on beside it says more. */
export function stateWord(item: Pick<Item, "status" | "ready" | "stage">): string {
  return STAGE_WORDS.get(item.stage) ?? LAMP_WORDS[lampOf(item)];
}

export function lampOf({ status, ready }: Pick<Item, "status" | "ready">): Lamp {
  if (status !== "todo") return status;
  return ready ? "ready" : "blocked";
}
