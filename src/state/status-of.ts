import { SignalboxError } from "../base/errors.ts";
import type { ItemStatus } from "../items/status.ts";
import type { RunSnapshot } from "../items/snapshot.ts";

/**
 * The status of the item with this key in a snapshot (S0-05).
 * @throws SignalboxError (`item_not_found`) when the run has no such item
 */
export function statusOf(snapshot: RunSnapshot, key: string): ItemStatus {
  const item = snapshot.items.get(key);
  if (item === undefined) {
    throw new SignalboxError(
      "item_not_found",
      `expected the key of an item of run ${snapshot.runId}, got ${JSON.stringify(key)}; its items are listed by \`signalbox show\``,
    );
  }
  return item.status;
}
