/**
 * Which of the live items would touch the same files. Items hold patterns: those that they declare, and the paths that they
 * were seen to change.
 *
 * C1 two patterns conflict exactly when `patternsOverlap` says so, unless what one of them stands for is shared.
 * C2 an item never conflicts with itself.
 * C3 a released item holds nothing.
 * C4 a conflict is seen from both sides: what one item is told of another, that one is told of it.
 */
import { UsageError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { ANY_DEPTH, filePattern, literalPath, type FilePattern } from "./file-pattern.ts";
import { matches } from "./pattern-overlap.ts";
import type { PatternNode } from "./pattern-node.ts";
import { PatternSearch } from "./pattern-search.ts";
import { PatternSweep } from "./pattern-sweep.ts";
import { PatternTree } from "./pattern-tree.ts";

export interface FileConflictOptions {
  /**
   * Whether names that differ only in upper and lower case, or in how accents are composed, are the same, as on macOS and
   * Windows. Default `false`.
   */
  readonly ignoreCase?: boolean;
  /** Files that several items may touch at once: patterns, and everything that lies in one of these. Default: none. */
  readonly shared?: readonly string[];
  /**
   * Steps that a question may take through what can match, before all that is held is looked at once. Default: one for 64 files
   * that are held, and 4,096 at least.
   */
  readonly searchStepsMax?: number;
}

/** Another item that holds some of the files that were asked for. */
export interface FileConflict<Item> {
  readonly item: Item;
  /** Those of its patterns that overlap, as they were written; of very many some (`LIMITS.conflictFilesMax`). */
  readonly files: readonly string[];
}

/** Files of one item, read once. */
export type FileSet = readonly FilePattern[];

export interface FileConflicts<Item> {
  /** Reads patterns; those that are shared are left out, for they conflict with nothing. @throws UsageError */
  read(files: readonly string[]): FileSet;
  /** The same for paths as git names them, whatever characters they have; a folder ends with a slash. */
  readPaths(paths: readonly string[]): FileSet;
  /** The other items that hold any of these, in the order in which they came, each with what it holds. */
  conflictsOf(item: Item, files: FileSet): FileConflict<Item>[];
  /** One of them, with one of its patterns; `undefined` when there is none. */
  firstConflict(item: Item, files: FileSet): FileConflict<Item> | undefined;
  /** The item holds these too, whether or not others do. */
  hold(item: Item, files: FileSet): void;
  /**
   * The item was seen to change these paths; of a rename both. It holds them from now on, so a question of any other item finds
   * them. Gives back who else holds any of them.
   */
  observe(item: Item, paths: readonly string[]): FileConflict<Item>[];
  /** The item is over. */
  release(item: Item): void;
  /** Items that hold anything. */
  readonly size: number;
}

export function fileConflicts<Item>(options: FileConflictOptions = {}): FileConflicts<Item> {
  return new HeldFiles<Item>(options);
}

/** Reads a pattern. @throws UsageError with what is wrong with it */
export function readFilePattern(text: string, options: { readonly ignoreCase?: boolean } = {}): FilePattern {
  const pattern = filePattern(text, options);
  if (typeof pattern !== "string") return pattern;
  throw new UsageError(`Expected a pattern of files, got ${JSON.stringify(text)}: ${pattern}.`);
}

interface Holder<Item> {
  readonly item: Item;
  /** Grows with the order of coming. */
  readonly place: number;
  readonly held: Held<Item>[];
  /** Whether it may hold the same twice. */
  repeats: boolean;
}

interface Held<Item> {
  readonly holder: Holder<Item>;
  readonly text: string;
  /** Where it stands in the tree. */
  end: PatternNode<Held<Item>> | undefined;
}

/** Steps of a search that cost less than to begin a sweep. */
const SEARCH_STEPS_MIN = 4_096;

class HeldFiles<Item> implements FileConflicts<Item> {
  readonly #options: { readonly ignoreCase: boolean; readonly searchStepsMax: number | undefined };
  readonly #shared: readonly FilePattern[];
  readonly #tree = new PatternTree<Held<Item>>();
  readonly #holders = new Map<Item, Holder<Item>>();
  #places = 0;

  constructor({ ignoreCase = false, shared = [], searchStepsMax }: FileConflictOptions) {
    this.#options = { ignoreCase, searchStepsMax };
    this.#shared = shared.map((text) => readFilePattern(text, this.#options));
  }

  get size(): number {
    return this.#holders.size;
  }

  read(files: readonly string[]): FileSet {
    return this.#withoutShared(files.map((text) => readFilePattern(text, this.#options)));
  }

  readPaths(paths: readonly string[]): FileSet {
    return this.#withoutShared(paths.map((path) => literalPath(path, this.#options)));
  }

  conflictsOf(item: Item, files: FileSet): FileConflict<Item>[] {
    return this.#searched(item, files) ?? this.#swept(item, files);
  }

  firstConflict(item: Item, files: FileSet): FileConflict<Item> | undefined {
    let first: FileConflict<Item> | undefined;
    const isWhole = this.#search(files, ({ holder, text }) => {
      if (holder.item !== item) first = { item: holder.item, files: [text] };
      return first !== undefined;
    });
    return isWhole || first !== undefined ? first : this.#firstSwept(item, files);
  }

  hold(item: Item, files: FileSet): void {
    if (files.length === 0) return;
    let holder = this.#holders.get(item);
    if (holder === undefined)
      this.#holders.set(item, (holder = { item, place: ++this.#places, held: [], repeats: false }));
    else holder.repeats = true;
    holder.repeats ||= new Set(files.map(({ text }) => text)).size < files.length;
    for (const pattern of files) {
      const entry: Held<Item> = { holder, text: pattern.text, end: undefined };
      entry.end = this.#tree.add(pattern, entry);
      holder.held.push(entry);
    }
  }

  observe(item: Item, paths: readonly string[]): FileConflict<Item>[] {
    const files = this.readPaths(paths);
    this.hold(item, files);
    return this.conflictsOf(item, files);
  }

  release(item: Item): void {
    for (const entry of this.#holders.get(item)?.held ?? []) this.#tree.remove(entry.end!, entry);
    this.#holders.delete(item);
  }

  /** By what can match; `undefined` when that is too much. */
  #searched(item: Item, files: FileSet): FileConflict<Item>[] | undefined {
    const found = new Map<Holder<Item>, Set<string>>();
    const max = this.#filesMax;
    const isWhole = this.#search(files, ({ holder, text }) => {
      if (holder.item === item) return false;
      const texts = found.get(holder);
      if (texts === undefined) found.set(holder, new Set([text]));
      else if (texts.size < max) texts.add(text);
      return false;
    });
    if (!isWhole) return undefined;
    const inOrder = [...found].sort(([one], [other]) => one.place - other.place);
    return inOrder.map(([holder, texts]) => ({ item: holder.item, files: [...texts] }));
  }

  /** By all that is held, of each item until there is enough to tell. Items stand in the order in which they came. */
  #swept(item: Item, files: FileSet): FileConflict<Item>[] {
    const found: FileConflict<Item>[] = [];
    const max = this.#filesMax;
    const sweep = new PatternSweep(this.#tree, files);
    for (const { item: other, held, repeats } of this.#holders.values()) {
      if (other === item) continue;
      const texts: string[] = [];
      for (const { end, text } of held) {
        if (!sweep.finds(end!)) continue;
        texts.push(text);
        if (texts.length >= max) break;
      }
      if (texts.length > 0) found.push({ item: other, files: repeats ? [...new Set(texts)] : texts });
    }
    return found;
  }

  #firstSwept(item: Item, files: FileSet): FileConflict<Item> | undefined {
    const sweep = new PatternSweep(this.#tree, files);
    for (const holder of this.#holders.values()) {
      if (holder.item === item) continue;
      const held = holder.held.find(({ end }) => sweep.finds(end!));
      if (held !== undefined) return { item: holder.item, files: [held.text] };
    }
    return undefined;
  }

  /** `false`: there was more than may be searched. */
  #search(files: FileSet, note: (entry: Held<Item>) => boolean): boolean {
    let stepsMax = this.#options.searchStepsMax ?? Math.max(SEARCH_STEPS_MIN, this.#tree.top.size / 64);
    let isOver = false;
    const noteOne = (entry: Held<Item>): boolean => (isOver = note(entry));
    for (const pattern of files) {
      stepsMax = new PatternSearch(this.#tree, pattern, { note: noteOne, stepsMax }).run();
      if (stepsMax < 0 || isOver) break;
    }
    return stepsMax >= 0;
  }

  get #filesMax(): number {
    const { conflictFilesMax, conflictFilesMin } = LIMITS;
    return Math.max(conflictFilesMin, Math.floor(conflictFilesMax / Math.max(1, this.#holders.size)));
  }

  #withoutShared(files: FileSet): FileSet {
    return this.#shared.length === 0 ? files : files.filter((file) => !this.#shared.some((each) => covers(each, file)));
  }
}

/** Whether all of a pattern's files lie in another, as far as that is easy to say; others conflict rather once too often. */
function covers(pattern: FilePattern, file: FilePattern): boolean {
  const { segments, names } = file;
  if (names === segments.length) return matches(pattern.segments, segments);
  if (segments.length === pattern.segments.length && segments.every((each, i) => each === pattern.segments[i]))
    return true;
  // The folder of which it begins is in it, with everything below.
  return pattern.segments.at(-1) === ANY_DEPTH && matches(pattern.segments, segments.slice(0, names));
}
