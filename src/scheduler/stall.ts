/**
 * Why a run that has come to its end left items unsettled (S2-12). One pass over the items in topological order, so the cost
 * is the number of items and needs; items with the same causes share one list of them.
 */
import { InternalError } from "../base/errors.ts";
import { needsOf, type Graph } from "../graph/graph.ts";
import { orderOf } from "../graph/order.ts";
import type { ItemStatus } from "../items/status.ts";
import type { Need } from "./edge.ts";
import { holdingEdges, needStates, type EdgeFacts } from "./edge-states.ts";

/** Roots that are kept for one item. `more` says that there are others. */
export const STALL_ROOTS_MAX = 8;

/**
 * `blocked_by_failure`: something it needs failed or was cancelled. `claim`: it, or something it needs, is for somebody to claim.
 * `out_of_scope`: it, or something it needs, is no part of the run. `stuck`: none of these, so nothing explains it: a bug of ours.
 * Where several hold, the first of this list is told.
 */
export type StallKind = "blocked_by_failure" | "claim" | "out_of_scope" | "stuck";

export interface StalledItem {
  readonly item: number;
  readonly kind: StallKind;
  /** Root causes, ascending; for an item that is itself the cause, the item. */
  readonly by: readonly number[];
  /** `by` is not all of them. */
  readonly more: boolean;
}

export interface StallInput {
  readonly graph: Graph;
  readonly statusOf: (item: number) => ItemStatus;
  readonly inScope?: (item: number) => boolean;
  /** Somebody has to claim it: nothing here runs it. */
  readonly needsClaim?: (item: number) => boolean;
  /** For a plan whose needs have conditions, or that has joins. */
  readonly edges?: EdgeFacts | undefined;
}

interface Cause {
  readonly kind: StallKind;
  readonly by: readonly number[];
  readonly more: boolean;
}

const RANK: Readonly<Record<StallKind, number>> = { blocked_by_failure: 3, claim: 2, out_of_scope: 1, stuck: 0 };

/** All items that are `todo` or `claimed`, each with what held it, ascending. */
export function explainStall(input: StallInput): StalledItem[] {
  const { graph, statusOf, edges } = input;
  const above = edges === undefined ? undefined : holdersOf(graph, needStates(graph, statusOf, edges), edges);
  const causes = Array.from<Cause | undefined>({ length: graph.size });
  const stalled: StalledItem[] = [];
  for (const item of orderOf(graph)) {
    const status = statusOf(item);
    if (status === "done") continue;
    if (status === "todo" || status === "claimed") {
      const cause = causeOf(input, causes, item, above?.(item));
      causes[item] = cause;
      stalled.push({ item, ...cause });
    } else causes[item] = { kind: "blocked_by_failure", by: [item], more: false };
  }
  return stalled.sort((a, b) => a.item - b.item);
}

/** What a stalled item says to people; a `stuck` one names the bug. */
export function stallInWords({ kind, by, more, item }: StalledItem, keyOf: (item: number) => string): string {
  const names = by.map(keyOf).join(", ") + (more ? " and others" : "");
  const isRoot = by.length === 1 && by[0] === item;
  switch (kind) {
    case "blocked_by_failure":
      return `blocked by ${names}`;
    case "claim":
      return isRoot ? "nobody claimed it" : `waits for ${names}, which nobody claimed`;
    case "out_of_scope":
      return isRoot ? "outside the scope of this run" : `needs ${names}, outside the scope of this run`;
    case "stuck":
      return new InternalError(isRoot ? "stuck" : `stuck behind ${names}`).message;
  }
}

function holdersOf(graph: Graph, states: readonly Need[], { rules }: EdgeFacts): (item: number) => number[] {
  return (item) => holdingEdges(graph, rules, states, item).map(({ need }) => need);
}

/** @param holders the needs that count; default: all */
function causeOf(
  input: StallInput,
  causes: readonly (Cause | undefined)[],
  item: number,
  holders: Iterable<number> = needsOf(input.graph, item),
): Cause {
  const { statusOf, inScope, needsClaim } = input;
  let cause: Cause | undefined;
  for (const need of holders) {
    const above = causes[need];
    if (above !== undefined) cause = cause === undefined ? above : joined(cause, above);
  }
  if (inScope !== undefined && !inScope(item)) return { kind: "out_of_scope", by: [item], more: false };
  if (cause !== undefined) return cause;
  const kind = statusOf(item) === "todo" && needsClaim?.(item) === true ? "claim" : "stuck";
  return { kind, by: [item], more: false };
}

function joined(left: Cause, right: Cause): Cause {
  if (left.kind !== right.kind) return RANK[left.kind] > RANK[right.kind] ? left : right;
  if (left.by === right.by || right.by.every((root) => left.by.includes(root))) {
    return left.more || !right.more ? left : { ...left, more: true };
  }
  const all = [...new Set([...left.by, ...right.by])].sort((a, b) => a - b);
  const more = left.more || right.more || all.length > STALL_ROOTS_MAX;
  return { kind: left.kind, by: all.slice(0, STALL_ROOTS_MAX), more };
}
