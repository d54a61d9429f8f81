/** Items of one picture in pages, in the order in which they were made. */
import type { Json } from "../base/json.ts";
import { roughSize } from "../base/rough-size.ts";
import { parentOf, wireItem, type Picture, type WireItem } from "./item-view.ts";
import { ProblemError } from "./problem.ts";
import type { Project } from "./project.ts";
import type { z } from "zod";
import type { ListQuery } from "./schemas.ts";
import type { ItemSnapshot } from "../items/snapshot.ts";

/** A page ends when it is about as large, however many items were asked for. */
const PAGE_BYTES = 16 * 1024 * 1024;
/** What an item is without its longer texts. */
const ITEM_BYTES = 512;

type Matches = (item: ItemSnapshot, view: () => WireItem) => boolean;

export interface Page {
  items: WireItem[];
  next_cursor: string | null;
}

export function listItems(project: Project, query: z.infer<typeof ListQuery>): Page & { seq: number } {
  const picture = project.picture();
  const matches = filterOf(project, query);
  return { ...pageOf(picture, query.cursor, query.limit ?? 100, matches), seq: picture.snapshot.seq };
}

/** A page of the items that match; what is not looked at costs nothing. */
export function pageOf(picture: Picture, cursor: string | undefined, limit: number, matches: Matches): Page {
  const { snapshot } = picture;
  return filled(picture, limit, numbersFrom(cursorNumber(cursor), snapshot.items.size), matches);
}

/** A page of these items, by their numbers. */
export function pageOfNumbers(
  picture: Picture,
  numbers: Iterable<number>,
  cursor: string | undefined,
  limit: number,
): Page {
  const first = cursorNumber(cursor);
  const { size } = picture.snapshot.items;
  // An entry can be ahead of the picture by an item: that one comes with the next version.
  const wanted = [...numbers].filter((number) => number >= first && number < size).sort((a, b) => a - b);
  return filled(picture, limit, wanted, () => true);
}

function* numbersFrom(first: number, size: number): Generator<number> {
  for (let number = first; number < size; number++) yield number;
}

/** Those of the items that match, until the page is full. */
function filled(
  { snapshot, plan, factsOf }: Picture,
  limit: number,
  numbers: Iterable<number>,
  matches: Matches,
): Page {
  const items: WireItem[] = [];
  let bytes = 0;
  for (const number of numbers) {
    const item = snapshot.items.at(number)!;
    const view = (): WireItem => wireItem(plan, snapshot, item, factsOf(number));
    if (!matches(item, view)) continue;
    if (items.length === limit || bytes > PAGE_BYTES) return { items, next_cursor: String(number) };
    const shown = view();
    bytes += bytesOf(shown);
    items.push(shown);
  }
  return { items, next_cursor: null };
}

function bytesOf({ description, result_summary, files, files_modified, metadata }: WireItem): number {
  const texts = (description?.length ?? 0) + (result_summary?.length ?? 0);
  return ITEM_BYTES + texts + roughSize(files) + roughSize(files_modified) + roughSize(metadata as Json);
}

function cursorNumber(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor);
  throw new ProblemError("invalid_request", "expected a cursor of the page before, got something else");
}

function filterOf(
  project: Project,
  { status, ready, agent_id, parent_item_id, q }: z.infer<typeof ListQuery>,
): Matches {
  const { plan } = project.run;
  const parent = project.namedItem(parent_item_id);
  const words = q?.toLowerCase();
  return (item, view) => {
    if (status !== undefined && item.status !== status) return false;
    if (agent_id !== undefined && (item.status !== "claimed" || item.holder !== agent_id)) return false;
    if (parent !== undefined && parentOf(plan, item.key) !== parent) return false;
    if (words !== undefined) {
      const title = plan.taskOf(item.number)!.title ?? "";
      if (!item.key.toLowerCase().includes(words) && !title.toLowerCase().includes(words)) return false;
    }
    return ready === undefined || view().ready === (ready === "true");
  };
}
