import type { RunEvent } from "../../engine/run.ts";
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

export function stageInWords(stage: ItemStage): string {
  return WORDS[stage];
}

/** The stage that an event begins, when it is a note about one. */
export function stageOfEvent({ from, to, event }: Pick<RunEvent, "from" | "to" | "event">): ItemStage | undefined {
  return from === to ? stageAfter(event) : undefined;
}
