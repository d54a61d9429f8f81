/**
 * What goes on with an item beside its state: it is being prepared or was, its work is being checked, or is being taken back or
 * was. Told by notes; any transition ends it, and so does an edit of the item.
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

/** The note that ends a stage: of what an item was before it was edited, nothing goes on with it any more. */
const EDIT = "edit";

/** Event words of the notes that begin or end a stage. */
export const STAGE_NOTES: readonly string[] = [...STAGES.keys(), EDIT];

/** The stage that a note with this event word begins; `undefined` for any other word. */
export function stageAfter(event: string): ItemStage | undefined {
  return STAGES.get(event);
}

/** Whether a note with this event word ends the stage that its item is in, and begins none. */
export function endsStage(event: string): boolean {
  return event === EDIT;
}
