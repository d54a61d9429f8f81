/** Which failures need a person, and what they hold up: root failures apart from everything behind them. */
import type { Picture } from "./item-store.ts";
import type { Item } from "./wire.ts";

export interface Failures {
  /** Items that failed for good or were cancelled, with others waiting behind them, and all that failed. */
  readonly roots: readonly Item[];
  /** Ids of the items that wait behind a failure. */
  readonly held: ReadonlySet<string>;
}

export function failuresOf(picture: Picture): Failures {
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
