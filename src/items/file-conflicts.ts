/**
 * Which of the live items would touch the same files. Items hold patterns: those that they declare, and the paths that they
 * were seen to change. The patterns stand in a tree by their segments, so that a question costs the length of what is asked and
 * not the number of items: only what can match is visited.
 *
 * C1 two patterns conflict exactly when `patternsOverlap` says so, unless the overlap is allowed.
 * C2 an item never conflicts with itself.
 * C3 a released item holds nothing; what only it held is gone from the tree.
 */
import { UsageError } from "../base/errors.ts";
import { ANY_DEPTH, filePattern, isName, literalPath, segmentsMeet, type FilePattern } from "./file-pattern.ts";

export interface FileConflictOptions {
  /** Whether names that differ only in upper and lower case are the same, as on macOS and Windows. Default `false`. */
  readonly ignoreCase?: boolean;
  /** Files that several items may touch at once. A pattern that may be held together is one of these, or a path in one of them. */
  readonly shared?: readonly string[];
}

/** Another item that holds some of the files that were asked for. */
export interface FileConflict<Item> {
  readonly item: Item;
  /** Those of its patterns that overlap, as they were written. */
  readonly files: readonly string[];
}

export interface FileConflicts<Item> {
  /** The other items that hold any of these, in the order in which they came, each with what it holds. @throws UsageError */
  conflictsOf(item: Item, files: readonly string[]): FileConflict<Item>[];
  /** The item holds these too, whether or not others do. @throws UsageError */
  hold(item: Item, files: readonly string[]): void;
  /** The item was seen to change these paths, as git names them; of a rename both. Gives back who else holds any of them. */
  observe(item: Item, paths: readonly string[]): FileConflict<Item>[];
  /** The item is over. */
  release(item: Item): void;
}

interface Held<Item> {
  readonly item: Item;
  readonly text: string;
}

interface Node<Item> {
  /** Below: the next segment. Most nodes are files and have none, so nothing is made before it is needed. */
  names: Map<string, Node<Item>> | undefined;
  wild: Map<string, Node<Item>> | undefined;
  /** Whose pattern ends here. */
  held: Held<Item>[] | undefined;
}

export function fileConflicts<Item>(options: FileConflictOptions = {}): FileConflicts<Item> {
  return new ConflictTree<Item>(options);
}

/** Reads a pattern. @throws UsageError with what is wrong with it */
export function readFilePattern(text: string, options: { readonly ignoreCase?: boolean } = {}): FilePattern {
  const pattern = filePattern(text, options);
  if (typeof pattern !== "string") return pattern;
  throw new UsageError(`Expected a pattern of files, got ${JSON.stringify(text)}: ${pattern}.`);
}

class ConflictTree<Item> implements FileConflicts<Item> {
  readonly #options: { readonly ignoreCase: boolean };
  readonly #shared: readonly FilePattern[];
  readonly #root: Node<Item> = node();
  /** In the order in which they came. */
  readonly #patterns = new Map<Item, FilePattern[]>();

  constructor({ ignoreCase = false, shared = [] }: FileConflictOptions) {
    this.#options = { ignoreCase };
    this.#shared = shared.map((text) => this.#read(text));
  }

  conflictsOf(item: Item, files: readonly string[]): FileConflict<Item>[] {
    return this.#conflicts(
      item,
      files.map((text) => this.#read(text)),
    );
  }

  hold(item: Item, files: readonly string[]): void {
    this.#add(
      item,
      files.map((text) => this.#read(text)),
    );
  }

  observe(item: Item, paths: readonly string[]): FileConflict<Item>[] {
    const patterns = paths.map((path) => literalPath(path, this.#options));
    this.#add(item, patterns);
    return this.#conflicts(item, patterns);
  }

  release(item: Item): void {
    for (const { segments } of this.#patterns.get(item) ?? []) remove(this.#root, segments, 0, item);
    this.#patterns.delete(item);
  }

  #read(text: string): FilePattern {
    return readFilePattern(text, this.#options);
  }

  #add(item: Item, patterns: readonly FilePattern[]): void {
    let own = this.#patterns.get(item);
    if (own === undefined) this.#patterns.set(item, (own = []));
    for (const pattern of patterns) {
      // What may be held together conflicts with nobody, so nobody has to find it.
      if (this.#isShared(pattern)) continue;
      own.push(pattern);
      const end = nodeFor(this.#root, pattern.segments);
      (end.held ??= []).push({ item, text: pattern.text });
    }
  }

  #conflicts(item: Item, patterns: readonly FilePattern[]): FileConflict<Item>[] {
    const found = new Map<Item, Set<string>>();
    const note = (held: Held<Item>): void => {
      if (held.item === item) return;
      const texts = found.get(held.item);
      if (texts === undefined) found.set(held.item, new Set([held.text]));
      else texts.add(held.text);
    };
    for (const pattern of patterns) {
      if (!this.#isShared(pattern)) visit(this.#root, pattern.segments, 0, note, new Map());
    }
    const conflicts = [...found].map(([other, texts]) => ({ item: other, files: [...texts] }));
    if (conflicts.length < 2) return conflicts;
    const places = new Map([...this.#patterns.keys()].map((other, place) => [other, place]));
    return conflicts.sort((one, other) => places.get(one.item)! - places.get(other.item)!);
  }

  /** All of its files are in one shared pattern, as far as that is easy to say; others conflict rather once too often. */
  #isShared(pattern: FilePattern): boolean {
    return this.#shared.some((shared) => {
      const same =
        shared.segments.length === pattern.segments.length &&
        shared.segments.every((each, i) => each === pattern.segments[i]);
      return same || (pattern.segments.every(isName) && covers(shared, pattern));
    });
  }
}

/** Whether the pattern matches the path or a folder that it is in. Overlapping is more: the path may be a folder of the pattern's files. */
function covers(pattern: FilePattern, path: FilePattern): boolean {
  return path.segments.some((_, index) => {
    const upTo = path.segments.slice(0, index + 1);
    return matches(pattern.segments, 0, upTo, 0);
  });
}

function matches(pattern: readonly string[], p: number, names: readonly string[], n: number): boolean {
  if (p === pattern.length) return n === names.length;
  if (pattern[p] === ANY_DEPTH)
    return matches(pattern, p + 1, names, n) || (n < names.length && matches(pattern, p, names, n + 1));
  return n < names.length && segmentsMeet(pattern[p]!, names[n]!) && matches(pattern, p + 1, names, n + 1);
}

function node<Item>(): Node<Item> {
  return { names: undefined, wild: undefined, held: undefined };
}

function nodeFor<Item>(root: Node<Item>, segments: readonly string[]): Node<Item> {
  let at = root;
  for (const segment of segments) {
    const children = isName(segment) ? (at.names ??= new Map()) : (at.wild ??= new Map());
    let next = children.get(segment);
    if (next === undefined) children.set(segment, (next = node()));
    at = next;
  }
  return at;
}

/** Takes one entry of the item away, and the nodes that held nothing else. `true` when the node itself is empty now. */
function remove<Item>(at: Node<Item>, segments: readonly string[], depth: number, item: Item): boolean {
  const segment = segments[depth];
  if (segment === undefined) {
    const index = at.held?.findIndex((held) => held.item === item) ?? -1;
    if (index >= 0) at.held?.splice(index, 1);
    if (at.held?.length === 0) at.held = undefined;
  } else {
    const children = isName(segment) ? at.names : at.wild;
    const next = children?.get(segment);
    if (next !== undefined && remove(next, segments, depth + 1, item)) children?.delete(segment);
    if (at.names?.size === 0) at.names = undefined;
    if (at.wild?.size === 0) at.wild = undefined;
  }
  return at.held === undefined && at.names === undefined && at.wild === undefined;
}

/** Every entry whose pattern overlaps what is left of the asked one. Both may have `**`, so places are visited once each. */
function visit<Item>(
  at: Node<Item>,
  asked: readonly string[],
  depth: number,
  note: (held: Held<Item>) => void,
  visited: Map<Node<Item>, Set<number>>,
): void {
  const depths = visited.get(at);
  if (depths?.has(depth) === true) return;
  if (depths === undefined) visited.set(at, new Set([depth]));
  else depths.add(depth);
  at.held?.forEach(note);
  const segment = asked[depth];
  if (segment === undefined) return everythingBelow(at, note);
  const go = (next: Node<Item>, further: number): void => visit(next, asked, further, note, visited);
  const deep = at.wild?.get(ANY_DEPTH);
  if (deep !== undefined) for (let skipped = depth; skipped <= asked.length; skipped++) go(deep, skipped);
  if (segment === ANY_DEPTH) {
    // None of its segments, or one more.
    go(at, depth + 1);
    for (const next of at.names?.values() ?? []) go(next, depth);
    for (const next of at.wild?.values() ?? []) go(next, depth);
    return;
  }
  if (isName(segment)) {
    const next = at.names?.get(segment);
    if (next !== undefined) go(next, depth + 1);
  } else {
    for (const [name, next] of at.names ?? []) if (segmentsMeet(segment, name)) go(next, depth + 1);
  }
  for (const [wild, next] of at.wild ?? []) {
    if (wild !== ANY_DEPTH && segmentsMeet(segment, wild)) go(next, depth + 1);
  }
}

function everythingBelow<Item>(at: Node<Item>, note: (held: Held<Item>) => void): void {
  for (const children of [at.names, at.wild]) {
    for (const next of children?.values() ?? []) {
      next.held?.forEach(note);
      everythingBelow(next, note);
    }
  }
}
