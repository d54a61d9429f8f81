/**
 * What goes on with an item beside its state: it is being prepared or was, its work is being checked, or is being taken back or was. Told by the last note of
 * the item; any transition ends it.
 */
export type ItemStage =
  | "preparing"
  | "prepared"
  | "prepare_stopped"
  | "verifying"
  | "undoing"
  | "undone"
  | "undo_failed";

const STAGES: ReadonlyMap<string, ItemStage> = new Map([
  ["prepare_start", "preparing"],
  ["prepared", "prepared"],
  ["prepare_stopped", "prepare_stopped"],
  ["verify", "verifying"],
  ["undo_start", "undoing"],
  ["undo", "undone"],
  ["undo_failed", "undo_failed"],
]);

/** The stage that a note with this event word begins; `undefined` for any other word. */
export function stageAfter(event: string): ItemStage | undefined {
  return STAGES.get(event);
}
