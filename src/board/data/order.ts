/** In which order items are shown, so that whoever walks through them by keys goes the way that they see. */
import type { Picture } from "./item-store.ts";
import { lampOf, LAMPS, type Lamp } from "./lamp.ts";
import type { Item } from "./wire.ts";

/** Of more items the longest chains are not looked for: that would hold the page up. */
const CHAINED_MAX = 20_000;

/** The columns of the board: in the order in which they were made, but what was done last is what people look for. */
export function columnsOf(items: readonly Item[]): Readonly<Record<Lamp, readonly Item[]>> {
  const found = Object.fromEntries(LAMPS.map((lamp) => [lamp, [] as Item[]])) as Record<Lamp, Item[]>;
  for (const item of items) found[lampOf(item)].push(item);
  found.done.sort((a, b) => b.seq - a.seq);
  return found;
}

export function columnOf(items: readonly Item[], lamp: Lamp): readonly Item[] {
  return columnsOf(items)[lamp];
}

/** What is being worked on, by who has it, and since when. */
export function lanesOf(items: readonly Item[]): readonly Item[] {
  return items.filter(({ status }) => status === "claimed").sort(byHolder);
}

function byHolder(a: Item, b: Item): number {
  const [x, y] = [a.assigned_agent_id ?? "", b.assigned_agent_id ?? ""];
  if (x !== y) return x < y ? -1 : 1;
  return (a.assigned_at ?? "") < (b.assigned_at ?? "") ? -1 : 1;
}

/** What is ready, as it is handed out: by priority, then by the longest chain of work behind it, then by age. */
export function nextUpOf(items: readonly Item[], picture: Picture): readonly Item[] {
  const chains = picture.items.length > CHAINED_MAX ? undefined : chainsOf(picture);
  return items
    .filter((item) => lampOf(item) === "ready")
    .sort((a, b) => a.priority - b.priority || (chains?.(b.id) ?? 0) - (chains?.(a.id) ?? 0));
}

/** By the structure that they follow from. */
const known = new WeakMap<object, Map<string, number>>();

/** How many items have to be done one after the other from this one on, itself included. */
function chainsOf({ structure, dependents }: Picture): (id: string) => number {
  const lengths = known.get(structure) ?? new Map<string, number>();
  known.set(structure, lengths);
  return (start) => {
    const open = [start];
    for (let id = open.at(-1); id !== undefined; id = open.at(-1)) {
      if (lengths.has(id)) {
        open.pop();
        continue;
      }
      let after = 0;
      const before = open.length;
      for (const each of dependents(id)) {
        const length = lengths.get(each);
        if (length === undefined) open.push(each);
        else after = Math.max(after, length);
      }
      // What follows has to be known first.
      if (open.length > before) continue;
      lengths.set(id, after + 1);
      open.pop();
    }
    return lengths.get(start) ?? 1;
  };
}
