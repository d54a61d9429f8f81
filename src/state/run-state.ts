/**
 * The published state of one run: a sequence of immutable snapshots, one after each batch that is durable. The engine is the
 * only writer; anybody may read, at any time, for as long as they like.
 *
 * P1 A snapshot and all that it reaches is frozen; publishing makes a new one and leaves the old as it was (S0-02, S0-03).
 * P2 Everything in a snapshot is of one version, its `seq`; a batch is in it whole or not at all (S0-10, S0-11, I10).
 * P3 `counts` equals the items, always: kept by the difference that each change makes.
 * P4 Versions never go back: neither `seq` of the run, nor that of an item. A batch that breaks this, or names an item that is not
 *    there, is refused whole.
 */
import { Immer } from "immer";
import { assert } from "../base/assert.ts";
import { InternalError } from "../base/errors.ts";
import type { ItemStatus, RunOutcome, RunStatus } from "../items/status.ts";
import { deepFreeze } from "./freeze.ts";
import { ItemsView, restingItem, type ItemKeys } from "./items-view.ts";
import { changedPages, heightFor, raised, withPages, type Page } from "./pages.ts";
import type { Counts, ItemSnapshot, RunSnapshot } from "../items/snapshot.ts";

/** What an item's stored row and its snapshot have in common. */
export interface RestoredItem extends Omit<ItemSnapshot, "key"> {}

export interface RunStateOptions extends ItemKeys {
  readonly runId: string;
  readonly name: string;
  /** Number of items. */
  readonly size: number;
  readonly seq: number;
  readonly status: RunStatus;
  readonly outcome?: RunOutcome | undefined;
  /** Items that have ever left `todo`; the others need not be given. */
  readonly restored?: Iterable<RestoredItem>;
}

export interface Publication {
  readonly seq: number;
  readonly status: RunStatus;
  readonly outcome: RunOutcome | undefined;
  /**
   * Items that changed, as they are now; of several for one item the last wins. They are frozen as they are given, with their
   * output and reason: hand over objects that nobody else writes to.
   */
  readonly changes: readonly ItemSnapshot[];
  /** The caller's own counts, compared with ours: two books that must agree. */
  readonly counts?: Counts;
  /** Number of items from now on, when some were added. */
  readonly size?: number;
}

export interface RunState {
  /** The latest picture. O(1). */
  snapshot(): RunSnapshot;
  /** Makes the next picture. @throws InternalError when P3 or P4 would be broken; nothing has changed then */
  publish(publication: Publication): RunSnapshot;
}

interface Published {
  readonly seq: number;
  readonly status: RunStatus;
  readonly outcome: RunOutcome | undefined;
  readonly size: number;
  readonly counts: Counts;
  readonly root: Page<ItemSnapshot>;
}

/** Ours alone: settings that a user makes on Immer's shared instance do not reach it. */
const immer = new Immer({ autoFreeze: true });
const STATUSES: readonly ItemStatus[] = ["todo", "claimed", "done", "failed", "cancelled"];

export function createRunState(options: RunStateOptions): RunState {
  const { runId, name, size } = options;
  const keys: ItemKeys = { keyOf: options.keyOf, numberOf: options.numberOf };
  let state: Published = immer.produce<Published>(emptyRun(options), () => undefined);
  let latest = pictureOf(state);

  function pictureOf({ seq, status, outcome, counts, root, size }: Published): RunSnapshot {
    return Object.freeze({ runId, name, seq, status, outcome, counts, items: new ItemsView(root, size, keys) });
  }

  function publish(publication: Publication): RunSnapshot {
    state = advanced(state, publication);
    latest = pictureOf(state);
    return latest;
  }

  if (options.restored !== undefined) {
    const changes = Array.from(options.restored, (item) => ({
      ...restingItem(keys.keyOf(item.number), item.number),
      ...item,
    }));
    publish({ seq: options.seq, status: options.status, outcome: options.outcome, changes, size });
  }
  return { snapshot: () => latest, publish };
}

function emptyRun({ seq, status, outcome, size }: RunStateOptions): Published {
  return { seq, status, outcome, size, counts: { todo: size, claimed: 0, done: 0, failed: 0, cancelled: 0 }, root: [] };
}

/** The state after a publication; the one before is untouched, also when this throws. */
function advanced(before: Published, publication: Publication): Published {
  const { seq, status, outcome, changes, size = before.size } = publication;
  assert(seq >= before.seq, `a run's version never goes back, got ${seq} after ${before.seq}`);
  assert(size >= before.size, `a run never loses items, got ${size} after ${before.size}`);
  const height = heightFor(size);
  const base = raisedTo(before, height);
  const counts = { ...before.counts, todo: before.counts.todo + size - before.size };
  for (const leaf of changes) freezeLeaf(leaf, seq, size);
  const pages = changedPages(base.root, height, changes, (leaf, old) => {
    if (old !== undefined && leaf.seq < old.seq)
      throw new InternalError(`item ${leaf.key} goes back from version ${old.seq} to ${leaf.seq}`);
    counts[old === undefined ? "todo" : old.status]--;
    counts[leaf.status]++;
  });
  const claimed = publication.counts;
  if (claimed !== undefined) {
    assert(
      STATUSES.every((word) => claimed[word] === counts[word]),
      `counts at ${seq}: expected ${JSON.stringify(counts)}, got ${JSON.stringify(claimed)}`,
    );
  }
  // Not through the draft, which would copy each page by way of a proxy: Immer gets a root that is whole and frozen.
  const root = withPages(base.root, height, pages);
  return immer.produce(base, (draft) => {
    draft.seq = seq;
    // Most publications change none of these, and each write goes through the draft.
    if (status !== base.status) draft.status = status;
    if (outcome !== base.outcome) draft.outcome = outcome;
    if (size !== base.size) draft.size = size;
    if (changes.length > 0 || size > before.size) draft.counts = counts;
    // Immer's type of a draft does not follow a recursive readonly type; the draft has the same shape without the readonly.
    draft.root = root as typeof draft.root;
  });
}

function raisedTo(state: Published, height: number): Published {
  const before = heightFor(state.size);
  return height === before ? state : Object.freeze({ ...state, root: raised(state.root, before, height) });
}

function freezeLeaf(leaf: ItemSnapshot, seq: number, size: number): void {
  const { number } = leaf;
  // Tested first, worded only when wrong: this runs for each change.
  if (!Number.isInteger(number) || number < 0 || number >= size)
    throw new InternalError(`item ${leaf.key} has number ${number}, expected one below ${size}`);
  if (leaf.seq > seq)
    throw new InternalError(`item ${leaf.key} is of version ${leaf.seq}, later than the picture's ${seq}`);
  if (leaf.output !== undefined) deepFreeze(leaf.output);
  if (leaf.reason !== undefined) deepFreeze(leaf.reason);
  // Frozen before Immer sees it: an unfrozen leaf would be scanned.
  Object.freeze(leaf);
}
