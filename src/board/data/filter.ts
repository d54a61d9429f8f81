/**
 * What the filter box means: words that title or key contain, and `name:value` terms, all of which must hold; `-` before one turns it
 * round. Values are lists: `state:failed,blocked`; `*`, `**` and `?` stand for anything: `file:src/**`.
 */
import { globOf } from "./glob.ts";
import { LAMPS, lampOf } from "./lamp.ts";
import type { Item } from "./wire.ts";

export interface Filter {
  readonly matches: (item: Item, nowMs: number) => boolean;
  /** Terms that say nothing, with what was expected. */
  readonly problems: readonly string[];
  readonly isEmpty: boolean;
}

type Test = (item: Item, nowMs: number) => boolean;
type KeyOf = (id: string) => string | undefined;

export interface FilterTerm {
  readonly name: string;
  /** Other words for the same. */
  readonly aliases: readonly string[];
  readonly sign: ":" | ">";
  readonly about: string;
  /** The test for one value in lower case, or what was expected. */
  readonly make: (value: string, keyOf: KeyOf) => Test | string;
}

function term(name: string, about: string, make: FilterTerm["make"], aliases: readonly string[] = []): FilterTerm {
  return { name, aliases, sign: name === "slow" ? ">" : ":", about, make };
}

export const FILTER_TERMS: readonly FilterTerm[] = [
  term("state", "blocked, ready, claimed, failed, done, cancelled, todo, skipped", testOfState, ["status"]),
  term("worker", "who has it", (value) => testOfText(value, ({ assigned_agent_id }) => [assigned_agent_id]), ["agent"]),
  term("file", "what it will touch, or has", testOfFile, ["files"]),
  term("type", "its kind of work", (value) => testOfWhole(value, ({ task_type }) => [task_type])),
  term("key", "its key", (value) => testOfText(value, ({ key }) => [key])),
  term("title", "its title", (value) => testOfText(value, ({ title }) => [title])),
  term("label", "a label in its metadata", (value) => testOfWhole(value, labelsOf)),
  term("priority", "0 to 9", testOfPriority),
  term("attempt", "how often it was tried", (value) =>
    /^\d+$/.test(value) ? (item) => item.attempt === Number(value) : "attempt: is a number",
  ),
  term("slow", "claimed for longer than that", testOfSlow),
  term("blocked-by", "what it waits for", (value, keyOf) => testOfIds(value, keyOf, ({ blocked_by }) => blocked_by)),
  term("needs", "what it needs", (value, keyOf) => testOfIds(value, keyOf, ({ dependencies }) => dependencies)),
  term("parent", "what it is a part of", (value, keyOf) =>
    testOfIds(value, keyOf, ({ parent_item_id }) => (parent_item_id === null ? [] : [parent_item_id])),
  ),
];

const BY_NAME: ReadonlyMap<string, FilterTerm> = new Map(
  FILTER_TERMS.flatMap((each) => [each.name, ...each.aliases].map((name) => [name, each] as const)),
);

function testOfState(value: string): Test | string {
  if (value === "todo") return ({ status }) => status === "todo";
  if (value === "skipped") return ({ stage }) => stage === "skipped";
  if (!(LAMPS as readonly string[]).includes(value)) return `state: is one of ${LAMPS.join(", ")}`;
  return (item) => lampOf(item) === value;
}

function testOfPriority(value: string): Test | string {
  return /^\d$/.test(value) ? (item) => item.priority === Number(value) : "priority: is 0 to 9";
}

function testOfSlow(value: string): Test | string {
  const ms = millisecondsOf(value);
  if (ms === undefined) return "slow> is a time such as 30s, 5m, 2h";
  return ({ assigned_at }, nowMs) => assigned_at !== null && nowMs - Date.parse(assigned_at) > ms;
}

type Texts = (item: Item) => readonly (string | null)[];

/** A pattern is about the whole text, a word about a part of it. */
function testOfText(value: string, of: Texts): Test {
  const glob = globOf(value);
  const fits = (text: string | null): boolean =>
    text !== null && (glob === undefined ? text.toLowerCase().includes(value) : glob(text.toLowerCase()));
  return (item) => of(item).some(fits);
}

function testOfWhole(value: string, of: Texts): Test {
  const glob = globOf(value) ?? ((text: string): boolean => text === value);
  return (item) => of(item).some((text) => text !== null && glob(text.toLowerCase()));
}

/** Items may name their files by patterns of their own: one that covers the path is meant, too. */
function testOfFile(value: string): Test {
  const named = testOfText(value, ({ files, files_modified }) => [...files, ...files_modified]);
  if (globOf(value) !== undefined) return named;
  return (item, now) => named(item, now) || item.files.some((file) => globOf(file.toLowerCase())?.(value) === true);
}

function testOfIds(value: string, keyOf: KeyOf, of: (item: Item) => readonly string[]): Test {
  const glob = globOf(value) ?? ((text: string): boolean => text === value);
  return (item) => of(item).some((id) => id === value || glob(keyOf(id)?.toLowerCase() ?? ""));
}

function labelsOf({ metadata }: Item): readonly string[] {
  const { label, labels } = metadata;
  return [label, ...(Array.isArray(labels) ? labels : [labels])].filter((each) => typeof each === "string");
}

function millisecondsOf(text: string): number | undefined {
  const [, count, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const sizes: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  return count === undefined ? undefined : Number(count) * sizes[unit]!;
}

/** Reads the text of the filter box; `keyOf` finds the key of an item by its id. */
export function readFilter(text: string, keyOf: KeyOf): Filter {
  const tests: Test[] = [];
  const problems: string[] = [];
  for (const word of wordsOf(text)) {
    const isNot = word.length > 1 && word.startsWith("-");
    const test = testOf(isNot ? word.slice(1) : word, keyOf);
    if (typeof test === "string") problems.push(test);
    else tests.push(isNot ? (item, nowMs) => !test(item, nowMs) : test);
  }
  return {
    matches: (item, nowMs) => tests.every((test) => test(item, nowMs)),
    problems,
    isEmpty: tests.length === 0,
  };
}

/** Words between spaces; quotes keep some together. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"]|"[^"]*"?)+/g)].map(([word]) => word.replaceAll('"', ""));
}

function testOf(word: string, keyOf: KeyOf): Test | string {
  const at = word.search(/[:>]/);
  const known = at < 1 ? undefined : BY_NAME.get(word.slice(0, at).toLowerCase());
  if (known === undefined) {
    const part = word.toLowerCase();
    const named = testOfText(part, ({ title, key }) => [title, key]);
    return (item, now) => named(item, now) || item.id === part;
  }
  const value = word.slice(at + 1).toLowerCase();
  const tests = value.split(",").map((each) => known.make(each, keyOf));
  const problem = tests.find((test) => typeof test === "string");
  if (problem !== undefined) return problem;
  return (item, nowMs) => tests.some((test) => typeof test !== "string" && test(item, nowMs));
}

/** The text with this term in it, or without it when it was there: what a click on a state does. */
export function toggleTerm(text: string, term: string): string {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const name = `${term.split(":")[0]}:`;
  const without = words.filter((word) => word !== term && !word.startsWith(name));
  return (words.includes(term) ? without : [...without, term]).join(" ");
}
