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
/** A page that is being made, or the draft of one. */
export type OpenPage<Leaf> = (Page<Leaf> | Leaf | undefined)[];

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

/** The lowest page that holds this number; `undefined` when nothing in it was set. */
function lowestPage<Leaf>(root: Page<Leaf>, height: number, number: number): Page<Leaf> | undefined {
  let page: Page<Leaf> | undefined = root;
  for (let shift = (height - 1) * PAGE_BITS; shift > 0 && page !== undefined; shift -= PAGE_BITS) {
    page = page[(number >>> shift) & PAGE_MASK] as Page<Leaf> | undefined;
  }
  return page;
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
  const reachable = PAGE_SIZE ** height;
  let page: OpenPage<Leaf> = [];
  let current = -1;
  for (const leaf of leaves) {
    const index = leaf.number >>> PAGE_BITS;
    // Items that change together have numbers that are near: most leaves fall into the page of the one before.
    if (index !== current) {
      current = index;
      let open = pages.get(index);
      if (open === undefined) {
        const before = leaf.number < reachable ? lowestPage(root, height, leaf.number) : undefined;
        // A spread: `slice` of a frozen array is twenty times slower.
        open = before === undefined ? [] : [...before];
        pages.set(index, open);
      }
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

/** Puts changed pages into a draft of the root; Immer copies the pages on the way, each once. */
export function placePages<Leaf>(draft: OpenPage<Leaf>, height: number, pages: ReadonlyMap<number, Page<Leaf>>): void {
  let parent: OpenPage<Leaf> = draft;
  let current = -1;
  for (const [index, page] of pages) {
    const group = index >>> PAGE_BITS;
    if (group !== current) {
      current = group;
      parent = parentOf(draft, height, index);
    }
    setSlot(parent, index & PAGE_MASK, page);
  }
}

/** The draft of the page of height 2 above this lowest page, made when absent. */
function parentOf<Leaf>(draft: OpenPage<Leaf>, height: number, index: number): OpenPage<Leaf> {
  let parent = draft;
  for (let shift = (height - 2) * PAGE_BITS; shift > 0; shift -= PAGE_BITS) {
    const slot = (index >>> shift) & PAGE_MASK;
    if (parent[slot] === undefined) setSlot(parent, slot, []);
    parent = parent[slot] as OpenPage<Leaf>;
  }
  return parent;
}

function setSlot<Leaf>(page: OpenPage<Leaf>, slot: number, value: Page<Leaf>): void {
  while (page.length < slot) page.push(undefined);
  page[slot] = value;
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
