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

export function lampOf({ status, ready }: Pick<Item, "status" | "ready">): Lamp {
  if (status !== "todo") return status;
  return ready ? "ready" : "blocked";
}
