import type { RunEvent } from "../../engine/run.ts";
import type { ItemRow } from "../../journal/journal.ts";
import { stageAfter, type ItemStage } from "../../items/stage.ts";

const WORDS: Readonly<Record<ItemStage, string>> = {
  preparing: "being prepared",
  prepared: "prepared",
  prepare_stopped: "prepare stopped",
  verifying: "being verified",
  undoing: "being undone",
  undone: "undone",
  undo_failed: "undo failed",
};

const WENT_ON: Readonly<Record<ItemStage, string>> = {
  ...WORDS,
  preparing: "was being prepared",
  verifying: "was being verified",
  undoing: "was being undone",
};

export function stageInWords(stage: ItemStage): string {
  return WORDS[stage];
}

/** The state of a stored item, with what goes on beside it; of an interrupted run what went on then. */
export function statusInWords(
  { status, stage }: Pick<ItemRow, "status" | "stage"> = { status: "todo" },
  interrupted: boolean,
): string {
  const words = stage === undefined ? status : `${status}, ${interrupted ? WENT_ON[stage] : WORDS[stage]}`;
  return interrupted && status === "claimed" && stage === undefined ? `${status}, interrupted` : words;
}

/** The stage that an event begins, when it is a note about one. */
export function stageOfEvent({ from, to, event }: Pick<RunEvent, "from" | "to" | "event">): ItemStage | undefined {
  return from === to ? stageAfter(event) : undefined;
}
