/** Which failures need a person, and what they hold up: root failures apart from everything behind them. */
import type { Picture } from "./item-store.ts";
import type { Item } from "./wire.ts";

export interface Failures {
  /** Items that failed for good or were cancelled, with others waiting behind them, and all that failed. */
  readonly roots: readonly Item[];
  /** Ids of the items that wait behind a failure. */
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
  if (picture.counts.failed === 0) return { roots: [], held: new Set() };
  const roots = picture.items.filter(({ status }) => status === "failed");
  const held = new Set<string>();
  const next = roots.map(({ id }) => id);
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    for (const dependent of picture.dependents(id)) {
      const item = picture.item(dependent);
      if (item?.blocked_by.includes(id) !== true || held.has(dependent)) continue;
      held.add(dependent);
      next.push(dependent);
    }
  }
  return { roots, held };
}
