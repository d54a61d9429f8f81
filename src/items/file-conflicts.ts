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
import { ANY_DEPTH, filePattern, literalPath, type FilePattern } from "./file-pattern.ts";
import { matches } from "./pattern-overlap.ts";
import { PatternTree, type PatternNode } from "./pattern-tree.ts";

export interface FileConflictOptions {
  /**
   * Whether names that differ only in upper and lower case, or in how accents are composed, are the same, as on macOS and
   * Windows. Default `false`.
   */
  readonly ignoreCase?: boolean;
  /** Files that several items may touch at once: patterns, and everything that lies in one of these. Default: none. */
  readonly shared?: readonly string[];
}

/** Another item that holds some of the files that were asked for. */
export interface FileConflict<Item> {
  readonly item: Item;
  /** Those of its patterns that overlap, as they were written. */
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
}

interface Held<Item> {
  readonly holder: Holder<Item>;
  readonly text: string;
  /** Where it stands in the tree. */
  end: PatternNode<Held<Item>> | undefined;
}

class HeldFiles<Item> implements FileConflicts<Item> {
  readonly #options: { readonly ignoreCase: boolean };
  readonly #shared: readonly FilePattern[];
  readonly #tree = new PatternTree<Held<Item>>();
  readonly #holders = new Map<Item, Holder<Item>>();
  #places = 0;

  constructor({ ignoreCase = false, shared = [] }: FileConflictOptions) {
    this.#options = { ignoreCase };
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
    const found = new Map<Holder<Item>, Set<string>>();
    for (const pattern of files) {
      this.#tree.visit(pattern, ({ holder, text }) => {
        if (holder.item === item) return false;
        const texts = found.get(holder);
        if (texts === undefined) found.set(holder, new Set([text]));
        else texts.add(text);
        return false;
      });
    }
    const inOrder = [...found].sort(([one], [other]) => one.place - other.place);
    return inOrder.map(([holder, texts]) => ({ item: holder.item, files: [...texts] }));
  }

  firstConflict(item: Item, files: FileSet): FileConflict<Item> | undefined {
    let first: FileConflict<Item> | undefined;
    for (const pattern of files) {
      this.#tree.visit(pattern, ({ holder, text }) => {
        if (holder.item !== item) first = { item: holder.item, files: [text] };
        return first !== undefined;
      });
      if (first !== undefined) break;
    }
    return first;
  }

  hold(item: Item, files: FileSet): void {
    if (files.length === 0) return;
    let holder = this.#holders.get(item);
    if (holder === undefined) this.#holders.set(item, (holder = { item, place: ++this.#places, held: [] }));
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
