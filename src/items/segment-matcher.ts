import { isName } from "./file-pattern.ts";
import { segmentsMeet } from "./pattern-overlap.ts";

/**
 * Which of many segments, none of which is `**`, meet another one: asked a million times in one question. Names are looked up;
 * of sets of names only those are compared that begin, or end, as the other one does.
 */
export class SegmentMatcher {
  readonly #exact = new Map<string, number[]>();
  readonly #wilds: Wild[] = [];
  readonly #beginnings = new Map<number, Map<string, Wild[]>>();
  readonly #endings = new Map<number, Map<string, Wild[]>>();
  readonly #others: Wild[] = [];
  /** First and last characters of the beginnings and endings, which most names do not have. */
  readonly #firsts = new Uint8Array(128);
  readonly #lasts = new Uint8Array(128);

  constructor(segments: readonly string[]) {
    for (const [index, segment] of segments.entries()) {
      if (isName(segment)) push(this.#exact, segment, index);
      else this.#addWild(wildOf(index, segment));
    }
  }

  /** Calls `note` with the index of each segment that a name meets, in no order. */
  forName(name: string, note: (index: number) => void): void {
    for (const index of this.#exact.get(name) ?? NONE) note(index);
    if (this.#firsts[name.charCodeAt(0) & 127] === 1)
      for (const [length, wilds] of this.#beginnings) noteMet(wilds.get(name.slice(0, length)), name, note);
    if (this.#lasts[name.charCodeAt(name.length - 1) & 127] === 1)
      for (const [length, wilds] of this.#endings) noteMet(wilds.get(name.slice(-length)), name, note);
    if (this.#others.length > 0) noteMet(this.#others, name, note);
  }

  /** The same for a set of names. */
  forWild(segment: string, note: (index: number) => void): void {
    const asked = wildOf(-1, segment);
    for (const [name, indices] of this.#exact) if (meetsName(asked, name)) for (const index of indices) note(index);
    for (const wild of this.#wilds) if (meetsWild(wild, asked)) note(wild.index);
  }

  #addWild(wild: Wild): void {
    this.#wilds.push(wild);
    const { before, after } = wild;
    if (before !== "") {
      push(homeOf(this.#beginnings, before.length), before, wild);
      this.#firsts[before.charCodeAt(0) & 127] = 1;
    } else if (after !== "") {
      push(homeOf(this.#endings, after.length), after, wild);
      this.#lasts[after.charCodeAt(after.length - 1) & 127] = 1;
    } else this.#others.push(wild);
  }
}

/** A set of names: what all of them begin with, and end in, as far as that is known. */
interface Wild {
  readonly index: number;
  readonly segment: string;
  readonly before: string;
  readonly after: string;
  /** What is between the ends: anything, anything that has this in it, or what only a comparison tells. */
  readonly between: "any" | "compare" | { readonly has: string };
}

const NONE: readonly number[] = [];

/**
 * What stands behind a backslash, and characters that are two in a string, are left to the comparison. A literal name has its
 * own special characters behind backslashes: none of them is in the ends, so it begins and ends as its text does.
 */
function wildOf(index: number, segment: string): Wild {
  if (/[\\\ud800-\udfff]/.test(segment)) return { index, segment, before: "", after: "", between: "compare" };
  const first = segment.search(/[*?]/);
  const last = Math.max(segment.lastIndexOf("*"), segment.lastIndexOf("?"));
  const middle = segment.slice(first, last + 1);
  const has = /^\*([^*?]+)\*$/.exec(middle)?.[1];
  return {
    index,
    segment,
    before: segment.slice(0, first),
    after: segment.slice(last + 1),
    between: middle === "*" ? "any" : has === undefined ? "compare" : { has },
  };
}

function noteMet(wilds: readonly Wild[] | undefined, name: string, note: (index: number) => void): void {
  if (wilds === undefined) return;
  for (const wild of wilds) if (meetsName(wild, name)) note(wild.index);
}

function meetsName({ segment, before, after, between }: Wild, name: string): boolean {
  if (name.length < before.length + after.length || !name.startsWith(before) || !name.endsWith(after)) return false;
  if (between === "any") return true;
  if (between === "compare") return segmentsMeet(segment, name);
  const at = name.indexOf(between.has, before.length);
  return at >= 0 && at + between.has.length <= name.length - after.length;
}

function meetsWild(one: Wild, other: Wild): boolean {
  if (!one.before.startsWith(other.before) && !other.before.startsWith(one.before)) return false;
  if (!one.after.endsWith(other.after) && !other.after.endsWith(one.after)) return false;
  return segmentsMeet(one.segment, other.segment);
}

function homeOf<Value>(homes: Map<number, Map<string, Value[]>>, length: number): Map<string, Value[]> {
  let home = homes.get(length);
  if (home === undefined) homes.set(length, (home = new Map()));
  return home;
}

function push<Value>(home: Map<string, Value[]>, key: string, value: Value): void {
  const values = home.get(key);
  if (values === undefined) home.set(key, [value]);
  else values.push(value);
}
