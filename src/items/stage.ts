/**
 * What goes on with an item beside its state: its work is being checked, or is being taken back or was. Told by the last note of
 * the item; any transition ends it.
 */
export type ItemStage = "verifying" | "undoing" | "undone" | "undo_failed";

const STAGES: ReadonlyMap<string, ItemStage> = new Map([
  ["verify", "verifying"],
  ["undo_start", "undoing"],
  ["undo", "undone"],
  ["undo_failed", "undo_failed"],
]);

/** The stage that a note with this event word begins; `undefined` for any other word. */
export function stageAfter(event: string): ItemStage | undefined {
  return STAGES.get(event);
}
