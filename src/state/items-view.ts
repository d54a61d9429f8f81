/**
 * The items of one snapshot: a frozen view of a tree of pages. An item that was never touched has no leaf; it is made when
 * asked for, so two readings of such an item are equal but not the same object. Compare `seq`, or use `diff`.
 */
import { UsageError } from "../base/errors.ts";
import { differences, heightFor, leafAt, raised, type Page } from "./pages.ts";
import type { Items, ItemSnapshot, RunSnapshot } from "../items/snapshot.ts";

/** How people's keys and numbers belong together; shared by all snapshots of a run. */
export interface ItemKeys {
  readonly keyOf: (number: number) => string;
  readonly numberOf: (key: string) => number | undefined;
}

export class ItemsView implements Items {
  readonly size: number;
  readonly #root: Page<ItemSnapshot>;
  readonly #height: number;
  readonly #keys: ItemKeys;

  constructor(root: Page<ItemSnapshot>, size: number, keys: ItemKeys) {
    this.size = size;
    this.#root = root;
    this.#height = heightFor(size);
    this.#keys = keys;
    Object.freeze(this);
  }

  get(key: string): ItemSnapshot | undefined {
    const number = this.#keys.numberOf(key);
    return number === undefined ? undefined : this.at(number);
  }

  at(number: number): ItemSnapshot | undefined {
    if (!Number.isInteger(number) || number < 0 || number >= this.size) return undefined;
    return leafAt(this.#root, this.#height, number) ?? restingItem(this.#keys.keyOf(number), number);
  }

  *[Symbol.iterator](): Generator<ItemSnapshot, undefined> {
    // Never ends early: every number below `size` has an item.
    for (let number = 0; number < this.size; number++) yield this.at(number)!;
  }

  /** All items, for `JSON.stringify`. */
  toJSON(): ItemSnapshot[] {
    return [...this];
  }

  static diff(before: ItemsView, after: ItemsView): ItemSnapshot[] {
    const height = Math.max(before.#height, after.#height);
    const changed: ItemSnapshot[] = [];
    const left = raised(before.#root, before.#height, height);
    const right = raised(after.#root, after.#height, height);
    differences(left, right, height, (number) => {
      const item = number < before.size ? after.at(number) : undefined;
      if (item !== undefined) changed.push(item);
    });
    for (let number = before.size; number < after.size; number++) changed.push(after.at(number)!);
    return changed;
  }
}

/** An item as it is before anything happened to it. */
export function restingItem(key: string, number: number): ItemSnapshot {
  return Object.freeze({ key, number, status: "todo", attempt: 0, seq: 0 });
}

/**
 * Items that are not the same in both, as they are in `after`, by number; those added in between are among them. Takes time in
 * proportion to what changed, not to the size of the run.
 * @throws UsageError (`invalid_usage`) when the snapshots are not of one run
 */
export function diff(before: RunSnapshot, after: RunSnapshot): ItemSnapshot[] {
  const { items: left } = before;
  const { items: right } = after;
  if (before.runId !== after.runId || !(left instanceof ItemsView) || !(right instanceof ItemsView)) {
    throw new UsageError(`diff expects two snapshots of one run, got one of ${before.runId} and one of ${after.runId}`);
  }
  return ItemsView.diff(left, right);
}
