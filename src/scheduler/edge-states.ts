/** What the statuses of a run say about its edges, counted afresh: for explanations, of a live run and of a stored one. */
import { needsOf, type Graph } from "../graph/graph.ts";
import { orderOf } from "../graph/order.ts";
import type { Reason } from "../items/reason.ts";
import type { ItemStatus } from "../items/status.ts";
import {
  CONDITION,
  EDGE,
  isBlocked,
  isUnsure,
  judge,
  JUDGED,
  NEED,
  needStateOf,
  verdictOf,
  type EdgeCondition,
  type Need,
} from "./edge.ts";
import { skippableItems, type EdgeRules } from "./edges.ts";

/** Where a run stands, as far as edges depend on it. */
export interface EdgeFacts {
  readonly rules: EdgeRules;
  /** Why an item is what it is; of a cancelled one it says whether it was skipped. */
  readonly reasonOf: (item: number) => Reason | undefined;
}

/** An edge that keeps an item from starting. */
export interface HoldingEdge {
  readonly need: number;
  readonly condition: EdgeCondition;
  readonly verdict: typeof EDGE.open | typeof EDGE.blocked;
}

/** What every item has come to, `blocked` included. One pass in topological order. */
export function needStates(graph: Graph, statusOf: (item: number) => ItemStatus, facts: EdgeFacts): Need[] {
  const states = Array.from({ length: graph.size }, (): Need => NEED.open);
  const skippable = skippableItems(graph, facts.rules);
  for (const item of orderOf(graph)) {
    const state = needStateOf(statusOf(item), facts.reasonOf(item));
    const isOpen = state === NEED.open && statusOf(item) === "todo";
    states[item] = isOpen ? heldState(graph, facts.rules, states, skippable, item) : state;
  }
  return states;
}

/** What an item that is `todo` is to those behind it. */
function heldState(graph: Graph, rules: EdgeRules, states: readonly Need[], skippable: Uint8Array, item: number): Need {
  if (!isHeld(graph, rules, states, item)) return NEED.open;
  const unsure = (need: number): boolean =>
    isUnsure(CONDITION[rules.conditionOf(item, need)], states[need]!, skippable[need] === 1);
  return needsOf(graph, item).some(unsure) ? NEED.held : NEED.blocked;
}

function isHeld(graph: Graph, rules: EdgeRules, states: readonly Need[], item: number): boolean {
  // Needs that are met are not counted: with or without them an item that they let start, or that waits, is not held.
  const counts = { all: 0, met: 0, blocked: 0, notNeeded: 0 };
  for (const need of needsOf(graph, item)) {
    const verdict = verdictOf(CONDITION[rules.conditionOf(item, need)], states[need]!);
    counts.all++;
    if (verdict === EDGE.blocked) counts.blocked++;
    if (verdict === EDGE.notNeeded) counts.notNeeded++;
  }
  return judge(rules.joinOf(item) === "any", counts) === JUDGED.blocked;
}

/** The edges that hold an item which has not started; those of a `join: any` that has open ones are just these. */
export function holdingEdges(graph: Graph, rules: EdgeRules, states: readonly Need[], item: number): HoldingEdge[] {
  const holding: HoldingEdge[] = [];
  for (const need of needsOf(graph, item)) {
    const condition = rules.conditionOf(item, need);
    const verdict = verdictOf(CONDITION[condition], states[need]!);
    if (verdict === EDGE.open || verdict === EDGE.blocked) holding.push({ need, condition, verdict });
  }
  if (rules.joinOf(item) !== "any") return holding;
  const open = holding.filter(({ verdict }) => verdict === EDGE.open);
  return open.length > 0 ? open : holding;
}

/** The failed and cancelled items because of which an item is blocked, ascending. */
export function rootsOf(graph: Graph, rules: EdgeRules, states: readonly Need[], item: number): number[] {
  const roots: number[] = [];
  const seen = new Set([item]);
  const open = [item];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const { need, verdict } of holdingEdges(graph, rules, states, at)) {
      if (verdict !== EDGE.blocked || seen.has(need)) continue;
      seen.add(need);
      if (isBlocked(states[need])) open.push(need);
      else roots.push(need);
    }
  }
  return roots.sort((a, b) => a - b);
}
