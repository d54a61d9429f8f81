/**
 * The items of one project as the page has them.
 *
 * P1 A picture is of one version: changes come as the server's answer for a version, whole, and are seen together.
 * P2 A picture that was given out never changes; who draws it may compare it by identity.
 * P3 An older answer never overwrites a newer item.
 */
import { LAMPS, lampOf, type Lamp } from "./lamp.ts";
import type { Item, Snapshot } from "./wire.ts";

export interface Picture {
  readonly seq: number;
  /** In the order in which they were made. */
  readonly items: readonly Item[];
  readonly counts: Readonly<Record<Lamp, number>>;
  /** Those of the cancelled ones that nobody cancelled: they were not needed. */
  readonly skipped: number;
  readonly liveItemsMax: number;
  /** State of the whole, in the words of the run's machine; `planned` until it is known. */
  readonly status: string;
  /** Another object whenever there are other items or other needs: what follows from these alone can be kept as long. */
  readonly structure: object;
  /** By id. */
  readonly item: (id: string) => Item | undefined;
  /** Ids of the items that need this one. */
  readonly dependents: (id: string) => readonly string[];
}

const ENDED: ReadonlySet<string> = new Set(["done", "failed", "cancelled", "stalled"]);

/** Nothing will change any more. */
export function hasEnded({ status }: Pick<Picture, "status">): boolean {
  return ENDED.has(status);
}

/** People may change something: it neither has ended nor takes back what was done. */
export function takesChanges(picture: Pick<Picture, "status">): boolean {
  return !hasEnded(picture) && picture.status !== "rollingBack";
}

/** What a picture says beside its items. */
type Whole = Pick<Picture, "seq" | "liveItemsMax" | "status">;

function noCounts(): Record<Lamp, number> {
  return Object.fromEntries(LAMPS.map((lamp) => [lamp, 0])) as Record<Lamp, number>;
}

const NOBODY: readonly string[] = [];

export class ItemStore {
  /** Where each item stands in the list. */
  readonly #places = new Map<string, number>();
  readonly #dependents = new Map<string, string[]>();
  readonly #listeners = new Set<() => void>();
  #items: Item[] = [];
  /** Kept with each item that comes: to count a hundred thousand ten times a second would hold the page up. */
  #counts = noCounts();
  #skipped = 0;
  #structure: object = {};
  #picture: Picture = this.#make({ seq: 0, liveItemsMax: 0, status: "planned" });

  picture = (): Picture => this.#picture;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Forgets everything: another project, or another history. */
  clear(): void {
    this.#items = [];
    this.#counts = noCounts();
    this.#skipped = 0;
    this.#structure = {};
    this.#places.clear();
    this.#dependents.clear();
    this.#publish(this.#make({ seq: 0, liveItemsMax: 0, status: "planned" }));
  }

  /** Takes a whole answer: every page of it. */
  apply(pages: readonly Snapshot[]): void {
    const [first] = pages;
    if (first === undefined) return;
    this.#items = [...this.#items];
    for (const { items } of pages) for (const item of items) this.#put(item);
    const { seq, progress } = first;
    const { live_items_max: liveItemsMax, status } = progress;
    this.#publish(this.#make(seq < this.#picture.seq ? this.#picture : { seq, liveItemsMax, status }));
  }

  /** Takes what changed without a new version, such as a lease that a sign of life has made longer. */
  refresh(items: readonly Item[]): void {
    this.#items = [...this.#items];
    for (const item of items) if (this.#places.has(item.id)) this.#put(item);
    this.#publish(this.#make(this.#picture));
  }

  #put(item: Item): void {
    const place = this.#places.get(item.id);
    if (place === undefined) {
      this.#places.set(item.id, this.#items.push(item) - 1);
      this.#count(item, 1);
      this.#link(item, NOBODY);
      return;
    }
    const known = this.#items[place]!;
    if (known.seq > item.seq) return;
    if (known.dependencies.length !== item.dependencies.length) this.#link(item, known.dependencies);
    this.#items[place] = item;
    this.#count(known, -1);
    this.#count(item, 1);
  }

  #count(item: Item, by: 1 | -1): void {
    this.#counts[lampOf(item)] += by;
    if (item.stage === "skipped") this.#skipped += by;
  }

  #link({ id, dependencies }: Item, before: readonly string[]): void {
    this.#structure = {};
    for (const need of dependencies) {
      if (before.includes(need)) continue;
      const dependents = this.#dependents.get(need);
      if (dependents === undefined) this.#dependents.set(need, [id]);
      else dependents.push(id);
    }
  }

  #make({ seq, liveItemsMax, status }: Whole): Picture {
    const items = this.#items;
    const places = this.#places;
    return {
      seq,
      items,
      counts: { ...this.#counts },
      skipped: this.#skipped,
      liveItemsMax,
      status,
      structure: this.#structure,
      item: (id) => items[places.get(id) ?? -1],
      dependents: (id) => this.#dependents.get(id) ?? NOBODY,
    };
  }

  #publish(picture: Picture): void {
    this.#picture = picture;
    for (const listener of this.#listeners) listener();
  }
}
