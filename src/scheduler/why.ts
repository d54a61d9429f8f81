import { dependentsOf, needsOf, type Graph } from "../graph/graph.ts";
import type { ItemStage } from "../items/stage.ts";
import type { ItemStatus, RunStatus } from "../items/status.ts";
import { isSkipped } from "../items/skip.ts";
import { EDGE, isBlocked, type EdgeCondition } from "./edge.ts";
import { holdingEdges, needStates, rootsOf, type EdgeFacts } from "./edge-states.ts";
import type { HeldFiles } from "./files.ts";
import type { ShortPool } from "./pools.ts";

/** What keeps an item from being live: the condition that is false, and the smallest set of things that make it so. */
export type WhyAnswer =
  | {
      readonly state: "done" | "claimed";
      readonly item: string;
      readonly stage?: ItemStage;
      /** Why its undo failed. */
      readonly stageReason?: string;
    }
  /** `reason`: who or what ended it. */
  | { readonly state: "cancelled"; readonly item: string; readonly reason?: string }
  | { readonly state: "failed"; readonly item: string; readonly reason: string }
  /** It was never to be done. */
  | { readonly state: "skipped"; readonly item: string; readonly reason: string }
  /** It may start and will, as soon as the loop turns. */
  | { readonly state: "ready"; readonly item: string }
  | {
      readonly state: "waiting";
      readonly item: string;
      readonly for: readonly Hold[];
      /** Its last attempt, when it had one, and how that ended. */
      readonly last?: { readonly attempt: number; readonly reason: string };
    };

/** A need that has come to nothing yet. */
export interface OpenNeed {
  readonly item: string;
  readonly status: string;
  /** The condition of the need, when it is not `done`. */
  readonly until?: Exclude<EdgeCondition, "done">;
}

/** One condition that is false, and what makes it so. */
export type Hold =
  | {
      readonly kind: "needs";
      readonly items: readonly OpenNeed[];
      /** One of them is enough. */
      readonly any?: true;
    }
  /** These ended in a way that never meets the need: it waits for a person. */
  | { readonly kind: "blocked_by_failure"; readonly items: readonly string[] }
  | { readonly kind: "cap"; readonly live: number; readonly max: number; readonly ahead: number }
  | { readonly kind: "layer"; readonly layer: number; readonly items: number }
  /** Too few places of a pool are free, or they are kept for an item that has waited long. `by`: who has the taken ones. */
  | {
      readonly kind: "pool";
      readonly pool: string;
      readonly wanted: number;
      readonly taken: number;
      readonly places: number;
      readonly by: readonly string[];
      readonly keptFor?: string;
    }
  /** Live items hold files that overlap with its own, each with its patterns; or some are kept for an item that has waited long. */
  | {
      readonly kind: "files";
      readonly by: readonly { readonly item: string; readonly files: readonly string[] }[];
      readonly keptFor?: string;
    }
  /** The machine is short of something, and one item is live, as many as may be then. */
  | { readonly kind: "pressure"; readonly reason: string }
  /** Attempts or prepares of these were told to stop and still run: of items on which it depends, or of itself. */
  | { readonly kind: "ending"; readonly items: readonly string[] }
  /** Its `prepare` runs now, or waits for a place: `live` of `max` are taken. */
  | { readonly kind: "preparing" }
  | { readonly kind: "prepare"; readonly live: number; readonly max: number }
  | { readonly kind: "delay"; readonly untilMs: number }
  | { readonly kind: "paused" }
  | { readonly kind: "not_started" }
  | { readonly kind: "out_of_scope" }
  /** It has no `run`: somebody has to claim it. */
  | { readonly kind: "claim" }
  /** The run is ending, or has ended: nothing of it starts any more. */
  | { readonly kind: "run_ended" };

/** What `whyOf` has to know of a run at one moment. Items are numbers; answers speak of keys. */
export interface WhyInput {
  readonly graph: Graph;
  readonly item: number;
  readonly keyOf: (item: number) => string;
  readonly statusOf: (item: number) => ItemStatus;
  /** What goes on with the item beside its state. */
  readonly stage?: ItemStage | undefined;
  /** Why that came out as it did. */
  readonly stageReason?: string | undefined;
  /** Why a failed item failed, or one was cancelled or skipped; how the last attempt of one that waits ended. */
  readonly reasonOf?: (item: number) => string | undefined;
  /** Default: all items belong to the run. */
  readonly inScope?: (item: number) => boolean;
  readonly runStatus: RunStatus;
  /** Taken slots, those of attempts that are still stopping included. */
  readonly live: number;
  readonly liveItemsMax: number;
  /** Items that start before it; 0 or less when unknown. */
  readonly ahead: number;
  /** Its backoff ends then; `undefined` when it has none. */
  readonly delayedUntilMs?: number | undefined;
  /** The layer that has to end before it, and how many items of that are still in hand. */
  readonly layer?: { readonly layer: number; readonly items: number } | undefined;
  /** What the machine is short of, in words. */
  readonly pressure?: string | undefined;
  /** The pools that have no room for it. Default: none. */
  readonly pools?: readonly ShortPool[];
  /** All places of prepares are taken, and it is not prepared yet. */
  readonly prepare?: { readonly live: number; readonly max: number } | undefined;
  /** What of its files is not free. Default: nothing. */
  readonly files?: HeldFiles | undefined;
  /** Nobody in this process can run it. */
  readonly needsClaim?: boolean;
  /** For a plan whose needs have conditions, or that has joins. */
  readonly edges?: EdgeFacts | undefined;
  /** Number of its last attempt. Default: none began. */
  readonly attempt?: number | undefined;
  /** An attempt of it counts: it was ready once, whatever its needs have come to since. */
  readonly isTried?: boolean;
  /** Items that it depends on, or itself, of which an attempt or a prepare is still ending. Default: none. */
  readonly ending?: readonly number[];
}

/**
 * What keeps an item from being live now: each condition that is false, and nothing that would not matter if those were true.
 * So an item with an open need says nothing of the cap.
 */
export function whyOf(input: WhyInput): WhyAnswer {
  const item = input.keyOf(input.item);
  const status = input.statusOf(input.item);
  if (status === "failed") return { state: status, item, reason: input.reasonOf?.(input.item) ?? "unknown" };
  if (isSkipped(status, input.edges?.reasonOf(input.item)))
    return { state: "skipped", item, reason: input.reasonOf?.(input.item) ?? "unknown" };
  if (status === "cancelled") {
    const reason = input.reasonOf?.(input.item);
    return { state: status, item, ...(reason !== undefined && { reason }) };
  }
  if (status !== "todo") return { state: status, item, ...stageOf(input) };
  const holds = holdsOf(input);
  return holds.length === 0 ? { state: "ready", item } : { state: "waiting", item, for: holds, ...lastOf(input) };
}

/** An item that waits after an attempt: what that came to would be told nowhere else. */
function lastOf({ item, attempt = 0, reasonOf }: WhyInput): Pick<Extract<WhyAnswer, { for: unknown }>, "last"> {
  const reason = attempt === 0 ? undefined : reasonOf?.(item);
  return reason === undefined ? {} : { last: { attempt, reason } };
}

function stageOf({ stage, stageReason }: WhyInput): { readonly stage?: ItemStage; readonly stageReason?: string } {
  if (stage === undefined) return {};
  return { stage, ...(stageReason !== undefined && { stageReason }) };
}

function holdsOf(input: WhyInput): Hold[] {
  if (input.inScope !== undefined && !input.inScope(input.item)) return [{ kind: "out_of_scope" }];
  const needs = input.edges === undefined ? needHolds(input) : edgeHolds(input, input.edges);
  if (needs.length > 0) return needs;
  if (isEnding(input.runStatus)) return [{ kind: "run_ended" }];
  const holds: Hold[] = [];
  if (input.runStatus === "planned") holds.push({ kind: "not_started" });
  if (input.runStatus === "paused") holds.push({ kind: "paused" });
  if (input.needsClaim === true) holds.push({ kind: "claim" });
  if (input.ending !== undefined && input.ending.length > 0)
    holds.push({ kind: "ending", items: input.ending.map(input.keyOf) });
  if (input.delayedUntilMs !== undefined) holds.push({ kind: "delay", untilMs: input.delayedUntilMs });
  if (input.stage === "preparing") holds.push({ kind: "preparing" });
  else if (input.prepare !== undefined) holds.push({ kind: "prepare", ...input.prepare });
  if (input.layer !== undefined) holds.push({ kind: "layer", ...input.layer });
  for (const short of input.pools ?? []) holds.push(poolHold(short, input.keyOf));
  if (input.files !== undefined) holds.push(fileHold(input.files, input.keyOf));
  const ahead = Math.max(0, input.ahead);
  if (input.pressure !== undefined && input.live + ahead >= 1) holds.push({ kind: "pressure", reason: input.pressure });
  // Whoever claims an item by its name overtakes what would go first: for that only the free slots count.
  const first = input.needsClaim === true ? 0 : ahead;
  const hasSlot = first < input.liveItemsMax - input.live;
  if (!hasSlot && holds.every(({ kind }) => kind === "claim"))
    holds.push({ kind: "cap", live: input.live, max: input.liveItemsMax, ahead: first });
  return holds;
}

/** A stalled run is not among them: it says of each item what that waits for. */
function isEnding(status: RunStatus): boolean {
  return status === "settling" || status === "rollingBack" || status === "failed" || status === "cancelled";
}

function poolHold({ holders, keptFor, ...short }: ShortPool, keyOf: WhyInput["keyOf"]): Hold {
  const kept = keptFor === undefined ? {} : { keptFor: keyOf(keptFor) };
  return { kind: "pool", ...short, by: holders.map(keyOf), ...kept };
}

function fileHold({ holders, keptFor }: HeldFiles, keyOf: WhyInput["keyOf"]): Hold {
  const kept = keptFor === undefined ? {} : { keptFor: keyOf(keptFor) };
  return { kind: "files", by: holders.map(({ item, files }) => ({ item: keyOf(item), files })), ...kept };
}

/** Needs that are not met: those that end badly by their roots, the others by themselves. */
function needHolds({ graph, item, keyOf, statusOf }: WhyInput): Hold[] {
  const { roots, blocked } = searchRoots(graph, statusOf, item);
  const open: { item: string; status: string }[] = [];
  for (const need of needsOf(graph, item)) {
    const status = statusOf(need);
    if (status !== "done" && !endsBadly(status) && !blocked.has(need)) open.push({ item: keyOf(need), status });
  }
  const holds: Hold[] = [];
  if (roots.length > 0) holds.push({ kind: "blocked_by_failure", items: roots.map(keyOf) });
  if (open.length > 0) holds.push({ kind: "needs", items: open });
  return holds;
}

/** The same where needs have conditions. */
function edgeHolds({ graph, item, keyOf, statusOf, isTried }: WhyInput, facts: EdgeFacts): Hold[] {
  if (isTried === true) return [];
  const { rules } = facts;
  const states = needStates(graph, statusOf, facts);
  const roots = isBlocked(states[item]) ? rootsOf(graph, rules, states, item) : [];
  const open = holdingEdges(graph, rules, states, item)
    .filter(({ verdict }) => verdict === EDGE.open)
    .map(({ need, condition }): OpenNeed => ({
      item: keyOf(need),
      status: statusOf(need),
      ...(condition !== "done" && { until: condition }),
    }));
  const any = rules.joinOf(item) === "any" && open.length > 1 ? ({ any: true } as const) : {};
  const holds: Hold[] = [];
  if (roots.length > 0) holds.push({ kind: "blocked_by_failure", items: roots.map(keyOf) });
  // A person has to step in first, and may well mend all of it: what is open beside that is told too.
  if (open.length > 0) holds.push({ kind: "needs", items: open, ...any });
  return holds;
}

/**
 * The failed and cancelled items that keep this one from ever starting: the root causes, ascending, not the items between.
 * Empty when nothing it needs has ended badly.
 */
export function blockedBy(graph: Graph, statusOf: (item: number) => ItemStatus, item: number): number[] {
  return searchRoots(graph, statusOf, item).roots;
}

/** Walks up from an item through everything that has not ended; `blocked` are the items on the way that have a root above them. */
function searchRoots(
  graph: Graph,
  statusOf: (item: number) => ItemStatus,
  item: number,
): { roots: number[]; blocked: ReadonlySet<number> } {
  const roots: number[] = [];
  const seen = new Set([item]);
  const open = [item];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const need of needsOf(graph, next)) {
      const status = statusOf(need);
      if (status === "done" || seen.has(need)) continue;
      seen.add(need);
      if (endsBadly(status)) roots.push(need);
      else open.push(need);
    }
  }
  roots.sort((a, b) => a - b);
  return { roots, blocked: blockedAmong(graph, seen, roots) };
}

/** Those of `seen` that stand behind one of the roots. */
function blockedAmong(graph: Graph, seen: ReadonlySet<number>, roots: readonly number[]): ReadonlySet<number> {
  const blocked = new Set<number>();
  const open = [...roots];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const dependent of dependentsOf(graph, next)) {
      if (!seen.has(dependent) || blocked.has(dependent)) continue;
      blocked.add(dependent);
      open.push(dependent);
    }
  }
  return blocked;
}

function endsBadly(status: ItemStatus): boolean {
  return status === "failed" || status === "cancelled";
}
