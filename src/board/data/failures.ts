/** What needs a person, and what it holds up: roots apart from everything behind them. */
import type { Picture } from "./item-store.ts";
import type { Item } from "./wire.ts";

export interface Failures {
  /** Items that failed for good. */
  readonly roots: readonly Item[];
  /** Items that somebody cancelled, and that others wait for all the same. */
  readonly cancelled: readonly Item[];
  /** Ids of the items that wait behind one of both. */
  readonly held: ReadonlySet<string>;
}

/** Several parts of the page ask it of one picture. */
const known = new WeakMap<Picture, Failures>();

export function failuresOf(picture: Picture): Failures {
  const found = known.get(picture) ?? lookFor(picture);
  known.set(picture, found);
  return found;
}

function lookFor(picture: Picture): Failures {
  const { counts, items } = picture;
  if (counts.failed + counts.cancelled === 0) return { roots: [], cancelled: [], held: new Set() };
  const roots = items.filter(({ status }) => status === "failed");
  const cancelled = items.filter(({ status, id }) => status === "cancelled" && waitersOf(picture, id).length > 0);
  const held = new Set<string>();
  const next = [...roots, ...cancelled].map(({ id }) => id);
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    for (const waiter of waitersOf(picture, id)) {
      if (held.has(waiter)) continue;
      held.add(waiter);
      next.push(waiter);
    }
  }
  return { roots, cancelled, held };
}

/** Ids of the items that this one keeps from being ready. */
export function waitersOf(picture: Picture, id: string): readonly string[] {
  return picture.dependents(id).filter((each) => picture.item(each)?.blocked_by.includes(id) === true);
}
