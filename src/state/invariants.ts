import { assert } from "../base/assert.ts";
import { needsOf, type Graph } from "../graph/graph.ts";
import type { ItemStatus } from "../items/status.ts";
import type { ItemSnapshot, RunSnapshot } from "../items/snapshot.ts";

/** What a picture may be compared with; whatever is missing is not looked at. */
export interface SnapshotContext {
  /** An earlier picture of the same run. */
  readonly previous?: RunSnapshot;
  /** Needs by number: nothing may have been claimed before what it needs was done. */
  readonly graph?: Graph;
  /** Claimed items at most. */
  readonly liveItemsMax?: number;
}

const STATUSES: readonly ItemStatus[] = ["todo", "claimed", "done", "failed", "cancelled"];
const FINAL_RUN: ReadonlySet<string> = new Set(["done", "failed", "cancelled", "stalled"]);

/**
 * Looks for impossible states in a picture of a run (S0-13). Reads every item: for tests and doctors, not for the loop.
 * @throws InternalError (`internal`) with a sentence for each
 */
export function checkSnapshotInvariants(snapshot: RunSnapshot, context: SnapshotContext = {}): void {
  const problems = snapshotProblems(snapshot, context);
  assert(problems.length === 0, `version ${snapshot.seq} of run ${snapshot.runId} cannot be: ${problems.join("; ")}`);
}

/** The same as a list, empty for a healthy run. */
export function snapshotProblems(snapshot: RunSnapshot, context: SnapshotContext = {}): string[] {
  return [...ofRun(snapshot), ...ofItems(snapshot), ...ofContext(snapshot, context)];
}

function* ofRun(snapshot: RunSnapshot): Generator<string> {
  const { counts, items, status, outcome } = snapshot;
  const counted: Record<ItemStatus, number> = { todo: 0, claimed: 0, done: 0, failed: 0, cancelled: 0 };
  for (const item of items) counted[item.status]++;
  for (const word of STATUSES) {
    if (counts[word] !== counted[word])
      yield `counts.${word} is ${counts[word]}, but ${counted[word]} items are ${word}`;
  }
  if (FINAL_RUN.has(status)) {
    if (outcome !== status) yield `a run that is ${status} has outcome ${outcome}`;
    if (counted.claimed > 0) yield `a run that is ${status} has ${counted.claimed} live items`;
  }
  if (status === "done") yield* ofDone(snapshot);
  if (status === "planned" && counted.claimed + counted.done > 0)
    yield "a run that has not started has items that have";
}

/** Some may have failed, or been cancelled, where the plan allows it, which a picture does not tell. */
function* ofDone({ counts }: RunSnapshot): Generator<string> {
  const left = counts.todo + counts.claimed;
  if (left > 0) yield `a run that is done has ${left} items that are not`;
}

function* ofItems({ items, seq }: RunSnapshot): Generator<string> {
  let number = 0;
  for (const item of items) {
    const name = `item ${item.key}`;
    if (item.number !== number++) yield `${name} has number ${item.number}, but stands at ${number - 1}`;
    if (!Object.isFrozen(item)) yield `${name} is not frozen`;
    if (item.seq > seq) yield `${name} is of version ${item.seq}, the picture of ${seq}`;
    yield* ofItem(item, name);
  }
}

/** An item by itself: what its status says about its other fields. */
function* ofItem(item: ItemSnapshot, name: string): Generator<string> {
  const { status, attempt, seq, claimedAt, settledAt } = item;
  if (attempt < 0 || !Number.isInteger(attempt)) yield `${name} has ${attempt} attempts`;
  if (seq === 0 && (status !== "todo" || attempt > 0)) yield `${name} is ${status} after no transition`;
  if ((status === "claimed" || status === "done" || status === "failed") && attempt === 0)
    yield `${name} is ${status} without an attempt`;
  if (attempt > 0 && claimedAt === undefined) yield `${name} has ${attempt} attempts and was never claimed`;
  if (status === "claimed" && settledAt !== undefined) yield `${name} is claimed and settled at once`;
  if ((status === "done" || status === "failed") && settledAt === undefined)
    yield `${name} is ${status} and was never settled`;
  if (status === "failed" && item.reason === undefined) yield `${name} failed without a reason`;
  if (item.output !== undefined && status !== "done") yield `${name} is ${status} and has an output`;
}

function* ofContext(snapshot: RunSnapshot, { previous, graph, liveItemsMax }: SnapshotContext): Generator<string> {
  const { items, counts, seq } = snapshot;
  if (liveItemsMax !== undefined && counts.claimed > liveItemsMax)
    yield `${counts.claimed} items are live, ${liveItemsMax} may be`;
  if (graph !== undefined) yield* ofNeeds(snapshot, graph);
  if (previous === undefined) return;
  if (seq < previous.seq) yield `version ${seq} follows ${previous.seq}`;
  if (items.size < previous.items.size) yield `${previous.items.size - items.size} items are gone`;
  for (const before of previous.items) {
    const after = items.at(before.number);
    if (after === undefined) continue;
    if (after.key !== before.key) yield `item ${before.key} is called ${after.key} now`;
    if (after.seq < before.seq) yield `item ${before.key} went back from version ${before.seq} to ${after.seq}`;
    if (after.attempt < before.attempt) yield `item ${before.key} lost an attempt`;
    if (before.status === "done" && after.status !== "done") yield `item ${before.key} was done and is ${after.status}`;
  }
}

function* ofNeeds({ items }: RunSnapshot, graph: Graph): Generator<string> {
  for (const item of items) {
    if (item.status !== "claimed" && item.status !== "done") continue;
    for (const need of needsOf(graph, item.number)) {
      const status = items.at(need)?.status;
      if (status !== "done")
        yield `item ${item.key} is ${item.status}, but its need ${items.at(need)?.key} is ${status}`;
    }
  }
}
