/**
 * A tree of pages: a persistent array of frozen leaves by number, 64 to a page, pages of pages above. Whatever was never
 * set is absent, so an array of a million leaves of which none was set is one empty page.
 *
 * T1 Pages and leaves that are reachable from a root that was handed out are frozen and never change: an old root stays as it
 *    was, and shares with newer ones whatever did not change.
 * T2 Two roots of one array differ in a leaf exactly when all pages on the way to it differ. `differences` walks only those.
 * T3 A root of height h reaches the numbers below 64^h.
 */

export const PAGE_BITS = 6;
const PAGE_SIZE = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_SIZE - 1;

/** A page holds leaves at height 1 and pages above it; slots past its end, and empty ones, are `undefined`. */
export type Page<Leaf> = readonly (Page<Leaf> | Leaf | undefined)[];
/** A page that is being made. */
type OpenPage<Leaf> = (Page<Leaf> | Leaf | undefined)[];

/** Height that a tree needs for `size` numbers; at least 1. */
export function heightFor(size: number): number {
  let height = 1;
  while (PAGE_SIZE ** height < size) height++;
  return height;
}

/** The leaf with this number; `undefined` when none was set. The number is below 64^height. */
export function leafAt<Leaf extends object>(root: Page<Leaf>, height: number, number: number): Leaf | undefined {
  let page: Page<Leaf> | undefined = root;
  for (let shift = (height - 1) * PAGE_BITS; shift > 0; shift -= PAGE_BITS) {
    // At heights above 1 a slot holds a page.
    page = page[(number >>> shift) & PAGE_MASK] as Page<Leaf> | undefined;
    if (page === undefined) return undefined;
  }
  return page[number & PAGE_MASK] as Leaf | undefined;
}

/** A page by its number on a level, 1 being the lowest and `height` the root's; `undefined` when nothing in it was set. */
function pageAt<Leaf>(root: Page<Leaf>, height: number, level: number, index: number): Page<Leaf> | undefined {
  // Beyond what the root reaches.
  if (index >= PAGE_SIZE ** (height - level)) return undefined;
  let page: Page<Leaf> | undefined = root;
  for (let shift = (height - level - 1) * PAGE_BITS; shift >= 0 && page !== undefined; shift -= PAGE_BITS) {
    page = page[(index >>> shift) & PAGE_MASK] as Page<Leaf> | undefined;
  }
  return page;
}

function copyOf<Leaf>(page: Page<Leaf> | undefined): OpenPage<Leaf> {
  // A spread: `slice` of a frozen array is twenty times slower.
  return page === undefined ? [] : [...page];
}

/**
 * Copies of the lowest pages that the leaves fall into, with the leaves in place, frozen, by number of page. A later leaf
 * of the same number wins. `onReplace` sees each leaf with the one that it replaces.
 */
export function changedPages<Leaf extends { readonly number: number }>(
  root: Page<Leaf>,
  height: number,
  leaves: readonly Leaf[],
  onReplace: (leaf: Leaf, before: Leaf | undefined) => void,
): Map<number, Page<Leaf>> {
  const pages = new Map<number, OpenPage<Leaf>>();
  let page: OpenPage<Leaf> = [];
  let current = -1;
  for (const leaf of leaves) {
    const index = leaf.number >>> PAGE_BITS;
    // Items that change together have numbers that are near: most leaves fall into the page of the one before.
    if (index !== current) {
      current = index;
      let open = pages.get(index);
      if (open === undefined) pages.set(index, (open = copyOf(pageAt(root, height, 1, index))));
      page = open;
    }
    const slot = leaf.number & PAGE_MASK;
    // Slots below are filled so that the page never has holes, which are slower to read and to copy.
    while (page.length <= slot) page.push(undefined);
    onReplace(leaf, page[slot] as Leaf | undefined);
    page[slot] = leaf;
  }
  for (const open of pages.values()) Object.freeze(open);
  return pages;
}

/** The tree with these lowest pages in the places of their numbers; each page on the way to one of them is copied once. */
export function withPages<Leaf>(root: Page<Leaf>, height: number, pages: ReadonlyMap<number, Page<Leaf>>): Page<Leaf> {
  let placed = pages;
  for (let level = 2; level <= height; level++) placed = pagesAbove(root, height, level, placed);
  return placed.get(0) ?? root;
}

/** Copies of the pages of a level that hold these pages of the level below, with them in place, frozen, by number of page. */
function pagesAbove<Leaf>(
  root: Page<Leaf>,
  height: number,
  level: number,
  below: ReadonlyMap<number, Page<Leaf>>,
): Map<number, Page<Leaf>> {
  const pages = new Map<number, OpenPage<Leaf>>();
  for (const [number, page] of below) {
    const index = number >>> PAGE_BITS;
    let open = pages.get(index);
    if (open === undefined) pages.set(index, (open = copyOf(pageAt(root, height, level, index))));
    const slot = number & PAGE_MASK;
    while (open.length < slot) open.push(undefined);
    open[slot] = page;
  }
  for (const open of pages.values()) Object.freeze(open);
  return pages;
}

/** The same leaves under a root of a greater height. */
export function raised<Leaf>(root: Page<Leaf>, from: number, to: number): Page<Leaf> {
  let page = root;
  for (let height = from; height < to; height++) page = Object.freeze(page.length === 0 ? [] : [page]);
  return page;
}

/** Calls `visit` with the number of each leaf that differs, ascending. Both roots are of the same height. */
export function differences<Leaf>(
  before: Page<Leaf>,
  after: Page<Leaf>,
  height: number,
  visit: (number: number, leaf: Leaf | undefined) => void,
  base = 0,
): void {
  if (before === after) return;
  const length = Math.max(before.length, after.length);
  for (let slot = 0; slot < length; slot++) {
    if (before[slot] === after[slot]) continue;
    const number = (base << PAGE_BITS) | slot;
    if (height === 1) visit(number, after[slot] as Leaf | undefined);
    else {
      const left = (before[slot] ?? []) as Page<Leaf>;
      const right = (after[slot] ?? []) as Page<Leaf>;
      differences(left, right, height - 1, visit, number);
    }
  }
}
