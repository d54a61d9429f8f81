/**
 * Items as a tree by their ids: `P1.M1.T1.S1` stands below `P1`, `P1.M1` and `P1.M1.T1`, and `test[node=22]` below `test`. The state
 * of a parent is made from what is below it; nothing of it is stored.
 *
 * H1 The counts of a parent are those of all items below it, and of the item with its own id if there is one.
 * H2 Taking a change costs as many steps as the item has parents; making the tree costs the number of items times that.
 */
import type { ItemStatus } from "../items/status.ts";
import { diff } from "./items-view.ts";
import { progressOf, type CountsProgress } from "./progress.ts";
import type { Counts, ItemSnapshot, RunSnapshot } from "../items/snapshot.ts";

/** A parent as it is now; frozen. */
export interface ParentItem {
  /** The beginning of ids that its items share, up to a dot. */
  readonly id: string;
  /** Id of the parent around it. */
  readonly parent: string | undefined;
  /** Parents around it. */
  readonly depth: number;
  readonly title: string | undefined;
  readonly status: ItemStatus;
  readonly progress: CountsProgress;
  /** Ids of parents directly below, then keys of items directly below, each in the order in which they were met. */
  readonly parents: readonly string[];
  readonly items: readonly string[];
}

/** An item as it is now, as far as a tree depends on it. */
export type ItemChange = Pick<ItemSnapshot, "key" | "number" | "status">;

interface Node {
  readonly id: string;
  readonly around: Node | undefined;
  readonly depth: number;
  readonly counts: Record<ItemStatus, number>;
  readonly parents: Node[];
  readonly items: string[];
}

/** Items as a tree by the dots of their ids. It is brought to a snapshot, or given items as they change. */
export class Hierarchy {
  readonly #titleOf: (id: string) => string | undefined;
  readonly #nodes = new Map<string, Node>();
  readonly #roots: Node[] = [];
  /** The innermost parent of each item, by number; `undefined` for an item that has none. */
  readonly #parentOf: (Node | undefined)[] = [];
  readonly #statusOf: ItemStatus[] = [];
  readonly #numberOf = new Map<string, number>();
  #last: RunSnapshot | undefined;

  /** @param titleOf title of a parent, for people; a task with the parent's id has one in the plan */
  constructor(titleOf: (id: string) => string | undefined = () => undefined) {
    this.#titleOf = titleOf;
  }

  /** Brings the tree to a snapshot: the first time from all its items, later from those that changed since. */
  follow(snapshot: RunSnapshot): this {
    const changes = this.#last === undefined ? snapshot.items : diff(this.#last, snapshot);
    this.#last = snapshot;
    return this.take(changes);
  }

  /** Takes items as they are now; those that are new are added. */
  take(items: Iterable<ItemChange>): this {
    for (const item of items) this.#takeOne(item);
    return this;
  }

  /** A parent; `undefined` when nothing stands below this id. */
  get(id: string): ParentItem | undefined {
    const node = this.#nodes.get(id);
    return node && this.#pictureOf(node);
  }

  /** Parents that have none around them. */
  roots(): ParentItem[] {
    return this.#roots.map((node) => this.#pictureOf(node));
  }

  /** All parents, each before those below it. */
  *[Symbol.iterator](): Generator<ParentItem, undefined> {
    const open = this.#roots.toReversed();
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      yield this.#pictureOf(node);
      open.push(...node.parents.toReversed());
    }
  }

  /** Whether an item stands below no parent. */
  isAlone(number: number): boolean {
    return this.#parentOf[number] === undefined;
  }

  #takeOne({ key, number, status }: ItemChange): void {
    const before = this.#statusOf[number];
    this.#statusOf[number] = status;
    if (before === undefined) this.#add(key, number);
    else if (before !== status) this.#count(this.#parentOf[number], before, -1);
    if (before !== status) this.#count(this.#parentOf[number], status, 1);
  }

  #add(key: string, number: number): void {
    this.#numberOf.set(key, number);
    const around = parentIdOf(key);
    const parent = around === undefined ? undefined : this.#nodeOf(around);
    // An item that others stand below is counted by the parent of the same id.
    this.#parentOf[number] = this.#nodes.get(key) ?? parent;
    if (!this.#nodes.has(key)) parent?.items.push(key);
  }

  #count(innermost: Node | undefined, status: ItemStatus, by: number): void {
    for (let node = innermost; node !== undefined; node = node.around) node.counts[status] += by;
  }

  #nodeOf(id: string): Node {
    const known = this.#nodes.get(id);
    if (known !== undefined) return known;
    const aroundId = parentIdOf(id);
    const around = aroundId === undefined ? undefined : this.#nodeOf(aroundId);
    const counts = { todo: 0, claimed: 0, done: 0, failed: 0, cancelled: 0 };
    const node: Node = {
      id,
      around,
      depth: around === undefined ? 0 : around.depth + 1,
      counts,
      parents: [],
      items: [],
    };
    this.#nodes.set(id, node);
    (around?.parents ?? this.#roots).push(node);
    const own = this.#numberOf.get(id);
    if (own !== undefined) this.#becomeParent(node, own);
    return node;
  }

  /** The item of this id was met before anything below it: now the parent counts it, as those around it did already. */
  #becomeParent(node: Node, item: number): void {
    this.#parentOf[item] = node;
    node.counts[this.#statusOf[item]!]++;
    const { around } = node;
    if (around !== undefined) around.items.splice(around.items.indexOf(node.id), 1);
  }

  #pictureOf({ id, around, depth, counts, parents, items }: Node): ParentItem {
    return Object.freeze({
      id,
      parent: around?.id,
      depth,
      title: this.#titleOf(id),
      status: parentStatus(counts),
      progress: Object.freeze(progressOf(counts)),
      parents: parents.map((node) => node.id),
      items: [...items],
    });
  }
}

/** What stands directly around a key: of `test[node=22]` it is `test`, of `P1.M1` it is `P1`. */
function parentIdOf(key: string): string | undefined {
  const bracket = key.indexOf("[");
  if (bracket > 0) return key.slice(0, bracket);
  const dot = key.lastIndexOf(".");
  return dot > 0 ? key.slice(0, dot) : undefined;
}

/**
 * The state of a parent: `failed` as soon as one item below it has; else `claimed` while work on it is under way, which is from the
 * first item that was started to the last that ends; else what all of them are, `done` when some were cancelled or skipped.
 */
export function parentStatus({ todo, claimed, done, failed, cancelled }: Counts): ItemStatus {
  if (failed > 0) return "failed";
  if (claimed > 0) return "claimed";
  if (todo > 0) return done + cancelled > 0 ? "claimed" : "todo";
  return done > 0 || cancelled === 0 ? "done" : "cancelled";
}
