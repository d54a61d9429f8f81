import type { Reason } from "../items/reason.ts";
import type { ItemStage } from "../items/stage.ts";
import type { Plan } from "../plan/plan.ts";

/** What a rollback came to; each list in the order in which a rollback goes: what was done last comes first. */
export interface RollbackResult {
  readonly undone: readonly string[];
  /** What was done and has no undo. */
  readonly skipped: readonly string[];
  /** Whose undo failed or took too long. */
  readonly failed: readonly { readonly item: string; readonly reason: Reason }[];
}

/** An item that was done, and what became of its undo. */
export interface TakenBack {
  readonly item: number;
  readonly stage?: ItemStage | undefined;
  readonly stageReason?: Reason | undefined;
}

/** @param done what was done, in that order */
export function rollbackResult(plan: Plan, done: readonly TakenBack[]): RollbackResult {
  const undone: string[] = [];
  const skipped: string[] = [];
  const failed: { readonly item: string; readonly reason: Reason }[] = [];
  for (const { item, stage, stageReason } of done.toReversed()) {
    const { key, undo, join } = plan.taskOf(item)!;
    if (stage === "undone") undone.push(key);
    else if (stage === "undo_failed") failed.push({ item: key, reason: stageReason ?? { code: "unknown" } });
    // A join does nothing, so there is nothing to take back.
    else if (undo === undefined && join === undefined) skipped.push(key);
  }
  return Object.freeze({
    undone: Object.freeze(undone),
    skipped: Object.freeze(skipped),
    failed: Object.freeze(failed),
  });
}
