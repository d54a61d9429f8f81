/**
 * What people ask of single items of a run: to cancel them, or to try again what has failed for good. Called within a turn;
 * nothing here carries out an effect (law L2).
 */
import { SignalboxError, UsageError } from "../base/errors.ts";
import { dependentsOf } from "../graph/graph.ts";
import { topologicalRank } from "../graph/order.ts";
import type { Reason } from "../items/reason.ts";
import { describe } from "../plan/check/names.ts";
import type { Plan } from "../plan/plan.ts";
import { itemsNamed } from "../plan/named-items.ts";
import { Suggester } from "../plan/suggest.ts";
import { alreadySettled } from "./run-errors.ts";
import type { RunCore } from "./run-core.ts";
import { cancelAtRest, cancelLive, requeueFailed } from "./transitions.ts";

/** What a person's word names, with what needs it when asked for. @throws SignalboxError `item_not_found` */
export function itemsToCancel(core: RunCore, word: string, withDependents: boolean): readonly number[] {
  const named = itemsToRetry(core, word);
  if (!withDependents) return named;
  const { graph } = core.parts.plan;
  const chosen = new Set(named);
  // A set is walked in the order of insertion, what is added on the way included.
  for (const item of chosen) for (const dependent of dependentsOf(graph, item)) chosen.add(dependent);
  return [...chosen].toSorted((a, b) => a - b);
}

/** @throws SignalboxError `item_not_found` */
export function itemsToRetry(core: RunCore, word: string): readonly number[] {
  const { plan, runId } = core.parts;
  const named = typeof word === "string" ? itemsNamed(plan, word) : [];
  if (named.length > 0) return named;
  throw unknownItem(plan, runId, word);
}

/** Nothing has this name, or it is none; says what was probably meant. */
export function unknownItem(plan: Plan, runId: string, word: unknown): SignalboxError {
  if (typeof word !== "string") return new UsageError(`expected the key of an item as text, got ${describe(word)}`);
  const near = new Suggester().nearest(
    word,
    plan.tasks.map(({ key }) => key),
  );
  const hint = near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`;
  return new SignalboxError(
    "item_not_found",
    `expected the key of an item of run ${runId}, got ${JSON.stringify(word)}${hint}`,
  );
}

/**
 * Cancels those of the items that have not settled; a failed one counts as open, since it could be tried again. Later items go
 * first: what is cancelled with its needs is cancelled by the person, not by what happens to its needs.
 * @throws SignalboxError `already_settled` when none is open, `not_ready` when the run is rolled back
 */
export function cancelItems(
  core: RunCore,
  word: string,
  items: readonly number[],
  reason: Reason,
  actor: string,
): readonly number[] {
  const { table } = core.parts;
  if (core.hasEnded) throw alreadySettled();
  if (core.runStatus === "rollingBack") {
    throw new SignalboxError(
      "not_ready",
      `expected a run that goes on, to cancel ${word}, got one that is being rolled back; nothing of it starts any more`,
    );
  }
  const cancelled: number[] = [];
  const rank = topologicalRank(core.parts.plan.graph);
  const later = items.toSorted((a, b) => (rank === undefined ? b - a : rank[b]! - rank[a]!));
  for (const item of later) {
    const status = table.statusOf(item);
    if (status === "done" || status === "cancelled") continue;
    core.abortReason = "cancelled";
    const slot = core.slots.of(item);
    if (status === "claimed" && slot !== undefined) cancelLive(core, slot, reason, actor);
    else cancelAtRest(core, item, reason, actor);
    cancelled.push(item);
  }
  if (cancelled.length === 0) throw settled(core, word, items, "cancel");
  return cancelled.sort((a, b) => a - b);
}

/**
 * Tries again those of the items that have failed for good.
 * @throws SignalboxError `not_ready` when none has, or when the run is ending; `already_settled` when all are done or cancelled
 */
export function retryItems(core: RunCore, word: string, items: readonly number[], actor: string): readonly number[] {
  const { table } = core.parts;
  if (core.hasEnded) throw alreadySettled();
  const failed = items.filter((item) => table.statusOf(item) === "failed");
  if (failed.length === 0) {
    const isOpen = items.some((item) => table.statusOf(item) === "todo" || table.statusOf(item) === "claimed");
    throw isOpen ? notFailed(core, word, items) : settled(core, word, items, "retry");
  }
  if (core.isEnding) {
    throw new SignalboxError(
      "not_ready",
      `expected a run that goes on, to retry ${word}, got one that is ending; retry it when it has ended, in a new run`,
    );
  }
  for (const item of failed) requeueFailed(core, item, actor);
  return failed;
}

function notFailed(core: RunCore, word: string, items: readonly number[]): SignalboxError {
  const is = core.parts.table.statusOf(items[0]!);
  const got = items.length === 1 ? `it is ${is}` : "none of its items has";
  return new SignalboxError("not_ready", `expected ${word} to have failed, to try it again, but ${got}`);
}

function settled(core: RunCore, word: string, items: readonly number[], verb: "cancel" | "retry"): SignalboxError {
  const is = core.parts.table.statusOf(items[0]!);
  const got = items.length === 1 ? `${word}, which is ${is}` : `${word}, of which everything is done or cancelled`;
  const wanted = verb === "retry" ? "has failed" : "is not done or cancelled yet";
  return new SignalboxError("already_settled", `expected an item that ${wanted}, to ${verb} it, got ${got}`);
}
