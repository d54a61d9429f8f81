/**
 * What the filter box means: words that title or key contain, and `name:value` terms, all of which must hold; `-` before one turns it
 * round. Values are lists: `state:failed,blocked`.
 */
import { LAMPS, lampOf } from "./lamp.ts";
import type { Item } from "./wire.ts";

export interface Filter {
  readonly matches: (item: Item, nowMs: number) => boolean;
  /** Terms that say nothing, with what was expected. */
  readonly problems: readonly string[];
  readonly isEmpty: boolean;
}

type Test = (item: Item, nowMs: number) => boolean;
type TermMaker = (value: string, keyOf: (id: string) => string | undefined) => Test | string;

const includes = (text: string | null, part: string): boolean => text?.toLowerCase().includes(part) ?? false;

const TERMS: Readonly<Record<string, TermMaker>> = {
  state: (value) => {
    if (value === "todo") return ({ status }) => status === "todo";
    if (!(LAMPS as readonly string[]).includes(value)) return `state: is one of ${LAMPS.join(", ")}`;
    return (item) => lampOf(item) === value;
  },
  worker: (value) => (item) => includes(item.assigned_agent_id, value),
  type: (value) => (item) => item.task_type?.toLowerCase() === value,
  file: (value) => (item) => [...item.files, ...item.files_modified].some((file) => includes(file, value)),
  priority: (value) => (/^\d$/.test(value) ? (item) => item.priority === Number(value) : "priority: is 0 to 9"),
  attempt: (value) => (/^\d+$/.test(value) ? (item) => item.attempt === Number(value) : "attempt: is a number"),
  parent: (value, keyOf) => (item) => isNamed(item.parent_item_id, value, keyOf),
  "blocked-by": (value, keyOf) => (item) => item.blocked_by.some((id) => isNamed(id, value, keyOf)),
  needs: (value, keyOf) => (item) => item.dependencies.some((id) => isNamed(id, value, keyOf)),
  slow: (value) => {
    const ms = millisecondsOf(value);
    if (ms === undefined) return "slow: is a time such as 30s, 5m, 2h";
    return ({ assigned_at }, nowMs) => assigned_at !== null && nowMs - Date.parse(assigned_at) > ms;
  },
};

export const FILTER_NAMES: readonly string[] = Object.keys(TERMS);

function isNamed(id: string | null, value: string, keyOf: (id: string) => string | undefined): boolean {
  return id !== null && (id === value || keyOf(id)?.toLowerCase() === value);
}

function millisecondsOf(text: string): number | undefined {
  const [, count, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const sizes: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  return count === undefined ? undefined : Number(count) * sizes[unit]!;
}

/** Reads the text of the filter box; `keyOf` finds the key of an item by its id. */
export function readFilter(text: string, keyOf: (id: string) => string | undefined): Filter {
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

function testOf(word: string, keyOf: (id: string) => string | undefined): Test | string {
  const at = word.search(/[:>]/);
  const name = at < 1 ? "" : word.slice(0, at).toLowerCase();
  if (!Object.hasOwn(TERMS, name)) {
    const part = word.toLowerCase();
    return ({ title, key, id }) => includes(title, part) || includes(key, part) || id === part;
  }
  const value = word.slice(at + 1).toLowerCase();
  const tests = value.split(",").map((each) => TERMS[name]!(each, keyOf));
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
