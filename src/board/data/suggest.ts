/** What could stand where somebody writes in the filter box: names of terms, then values that the items have. */
import { FILTER_TERMS } from "./filter.ts";
import type { Picture } from "./item-store.ts";
import { LAMPS } from "./lamp.ts";
import type { Item } from "./wire.ts";

export interface Suggestion {
  /** What stands there when it is taken. */
  readonly text: string;
  readonly about: string;
}

const SHOWN_MAX = 8;
/** Items that are looked at for values: with more, those that come first have to do. */
const ITEMS_MAX = 20_000;

type Values = (picture: Picture, begun: string) => Iterable<string>;

const VALUES: Readonly<Record<string, Values>> = {
  state: () => [...LAMPS, "todo"],
  priority: () => ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  slow: () => ["30s", "5m", "1h"],
  worker: ({ items }) => each(items, ({ assigned_agent_id }) => [assigned_agent_id]),
  type: ({ items }) => each(items, ({ task_type }) => [task_type]),
  file: ({ items }, begun) =>
    each(items, ({ files, files_modified }) => [...files, ...files_modified].map((file) => folderOf(file, begun))),
  key: keys,
  "blocked-by": keys,
  needs: keys,
  parent: keys,
};

export interface Asked {
  readonly text: string;
  readonly caret: number;
  /** Somebody wants to see what there is: then nothing written is a beginning, too. */
  readonly isAsked?: boolean;
}

/** What could stand for the word that ends at the caret. */
export function suggestionsFor({ text, caret, isAsked = false }: Asked, picture: Picture): readonly Suggestion[] {
  const [, minus, word] = /(?:^|\s)(-?)([^\s"]*)$/.exec(text.slice(0, caret)) ?? [];
  if (word === undefined || (word === "" && minus === "" && !isAsked)) return [];
  const [, name, sign, given] = /^([a-z-]+)([:>])(.*)$/i.exec(word) ?? [];
  if (name === undefined || given === undefined) return namesFor(word.toLowerCase(), minus ?? "");
  const term = FILTER_TERMS.find((each) => [each.name, ...each.aliases].includes(name.toLowerCase()));
  const values = term === undefined ? undefined : VALUES[term.name];
  if (term === undefined || values === undefined) return [];
  // Of a list the last value is being written.
  const comma = given.lastIndexOf(",") + 1;
  const begun = given.slice(comma).toLowerCase();
  const before = `${minus}${name}${sign}${given.slice(0, comma)}`;
  return fitting(values(picture, begun), begun).map((value) => ({ text: `${before}${value} `, about: term.about }));
}

/** Puts it in the place of the word that ends at the caret; answers the text, and where the caret is then. */
export function taken(text: string, caret: number, { text: word }: Suggestion): readonly [text: string, caret: number] {
  const start = text.slice(0, caret).search(/[^\s]*$/);
  return [text.slice(0, start) + word + text.slice(caret).replace(/^[^\s]*\s?/, ""), start + word.length];
}

function namesFor(begun: string, minus: string): Suggestion[] {
  return FILTER_TERMS.filter(({ name, aliases }) => [name, ...aliases].some((each) => each.startsWith(begun)))
    .slice(0, SHOWN_MAX)
    .map(({ name, sign, about }) => ({ text: `${minus}${name}${sign}`, about }));
}

/** Those that begin like this, then those that have it inside; a value with blanks could not be written back. */
function fitting(values: Iterable<string>, begun: string): string[] {
  const first: string[] = [];
  const others: string[] = [];
  for (const value of new Set(values)) {
    if (/[\s",]/.test(value) || value.toLowerCase() === begun) continue;
    if (value.toLowerCase().startsWith(begun)) first.push(value);
    else if (value.toLowerCase().includes(begun)) others.push(value);
    if (first.length >= SHOWN_MAX) break;
  }
  return [...first, ...others].slice(0, SHOWN_MAX);
}

function* each(items: readonly Item[], of: (item: Item) => readonly (string | null)[]): Generator<string> {
  for (const item of items.slice(0, ITEMS_MAX)) for (const value of of(item)) if (value !== null) yield value;
}

function keys({ items }: Picture): Iterable<string> {
  return each(items, ({ key }) => [key]);
}

/** As far as the next folder behind what is written: a tree is walked down, not listed. */
function folderOf(file: string, begun: string): string {
  const slash = file.indexOf("/", begun.length);
  return slash < 0 || slash === file.length - 1 ? file : `${file.slice(0, slash)}/**`;
}
