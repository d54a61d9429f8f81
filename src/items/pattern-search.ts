import { ANY_DEPTH, isName, type FilePattern } from "./file-pattern.ts";
import type { PatternNode } from "./pattern-node.ts";
import { segmentsMeet } from "./pattern-overlap.ts";
import type { PatternTree } from "./pattern-tree.ts";

/** Below this size a part of the tree is walked through rather than looked up. */
const SMALL = 16;

/**
 * Looks for what overlaps with one pattern, and gives up when that takes too long: a sweep (pattern-sweep.ts) costs the same
 * whatever is asked. A place is a node and how far the asked pattern is matched there: both may have `**`, so places are
 * visited once.
 */
export class PatternSearch<Entry> {
  readonly #tree: PatternTree<Entry>;
  readonly #asked: FilePattern;
  readonly #segments: readonly string[];
  readonly #note: (entry: Entry) => boolean;
  /** Where the asked pattern has its first `**`. */
  readonly #firstAny: number;
  #stepsLeft: number;
  #isOver = false;
  #visited: Map<PatternNode<Entry>, Set<number>> | undefined;

  /** @param note is called with every entry whose pattern overlaps, with some more than once, until it answers `true` */
  constructor(
    tree: PatternTree<Entry>,
    asked: FilePattern,
    options: { readonly note: (entry: Entry) => boolean; readonly stepsMax: number },
  ) {
    this.#tree = tree;
    this.#asked = asked;
    this.#segments = asked.segments;
    this.#note = options.note;
    this.#stepsLeft = options.stepsMax;
    this.#firstAny = asked.segments.indexOf(ANY_DEPTH, asked.names);
  }

  /** How many steps are left; less than none when there were too few. */
  run(): number {
    this.#paths();
    this.#visit(this.#tree.top, 0);
    return this.#stepsLeft;
  }

  #steps(count: number): void {
    this.#stepsLeft -= count;
    if (this.#stepsLeft < 0) this.#isOver = true;
  }

  /** Paths above the asked pattern, and what lies below it when it is a path itself. */
  #paths(): void {
    const { segments, names } = this.#asked;
    let at: PatternNode<Entry> | undefined = this.#tree.top;
    for (let depth = 0; depth < names && at !== undefined; depth++) {
      this.#noteAll(at.held);
      at = at.names?.get(segments[depth]!);
    }
    if (at === undefined) return;
    this.#noteAll(at.held);
    if (names === segments.length) this.#everything(at);
  }

  #visit(at: PatternNode<Entry>, depth: number): void {
    this.#steps(1);
    if (this.#isOver) return;
    const segment = this.#segments[depth];
    const deep = at.wild?.get(ANY_DEPTH);
    if (segment === undefined) {
      this.#noteAll(at.held);
      this.#noteAll(deep?.held);
      return;
    }
    // Only through `**` there is more than one way to a place: one of the tree's, or a later one of the asked pattern.
    const isLater = segment === ANY_DEPTH && depth > this.#firstAny;
    if ((isLater || at.segment === ANY_DEPTH) && this.#wasHere(at, depth)) return;
    if (segment === ANY_DEPTH) return this.#anyDepth(at, depth);
    if (deep !== undefined) for (let to = depth; to <= this.#segments.length; to++) this.#visit(deep, to);
    if (isName(segment)) {
      const next = at.names?.get(segment);
      if (next !== undefined) this.#visit(next, depth + 1);
    } else if (
      (at.names?.size ?? 0) > SMALL &&
      this.#tree.countFor(this.#segments[depth + 1] ?? "*") < at.names!.size
    ) {
      return this.#leap(at, depth, segment);
    } else {
      for (const [name, next] of at.names ?? []) {
        this.#steps(1);
        if (this.#isOver) return;
        if (segmentsMeet(segment, name)) this.#visit(next, depth + 1);
      }
    }
    for (const [wild, next] of at.wild ?? []) {
      this.#steps(1);
      if (this.#isOver) return;
      if (wild !== ANY_DEPTH && segmentsMeet(segment, wild)) this.#visit(next, depth + 1);
    }
  }

  #anyDepth(at: PatternNode<Entry>, depth: number): void {
    const follows = this.#segments[depth + 1];
    if (follows === undefined) return this.#everything(at);
    if (at.size > SMALL && this.#tree.countFor(follows) < at.size) return this.#jump(at, depth + 1, follows);
    this.#visit(at, depth + 1);
    for (const children of [at.names, at.wild]) {
      for (const next of children?.values() ?? []) {
        if (next.segment === ANY_DEPTH) for (let to = depth; to <= this.#segments.length; to++) this.#visit(next, to);
        else this.#visit(next, depth);
      }
    }
  }

  /** To every node below where the segment after a `**` is matched, whatever is between. */
  #jump(from: PatternNode<Entry>, depth: number, segment: string): void {
    this.#steps(this.#tree.countFor(segment));
    if (this.#isOver) return;
    for (const node of this.#tree.nodesFor(segment)) {
      if (this.#isOver) return;
      if (!isBelow(from, node)) continue;
      this.#visit(node, depth + 1);
      if (node.segment === ANY_DEPTH) for (let to = depth + 2; to <= this.#segments.length; to++) this.#visit(node, to);
    }
  }

  /** The same where one segment is between, of which many are there. */
  #leap(from: PatternNode<Entry>, depth: number, between: string): void {
    const follows = this.#segments[depth + 1]!;
    this.#steps(this.#tree.countFor(follows));
    if (this.#isOver) return;
    for (const node of this.#tree.nodesFor(follows)) {
      const { parent } = node;
      if (this.#isOver) return;
      if (parent?.parent !== from || parent.segment === ANY_DEPTH || !segmentsMeet(between, parent.segment)) continue;
      if (node.segment !== ANY_DEPTH) this.#visit(node, depth + 2);
      else for (let to = depth + 1; to <= this.#segments.length; to++) this.#visit(node, to);
    }
  }

  #wasHere(at: PatternNode<Entry>, depth: number): boolean {
    const depths = (this.#visited ??= new Map()).get(at);
    if (depths?.has(depth) === true) return true;
    if (depths === undefined) this.#visited.set(at, new Set([depth]));
    else depths.add(depth);
    return false;
  }

  #everything(at: PatternNode<Entry>): void {
    this.#steps(1);
    this.#noteAll(at.held);
    for (const children of [at.names, at.wild]) {
      for (const next of children?.values() ?? []) {
        if (this.#isOver) return;
        this.#everything(next);
      }
    }
  }

  #noteAll(held: readonly Entry[] | undefined): void {
    for (const entry of held ?? []) {
      this.#steps(1);
      if (this.#isOver) return;
      this.#isOver = this.#note(entry);
    }
  }
}

function isBelow<Entry>(top: PatternNode<Entry>, node: PatternNode<Entry>): boolean {
  if (top.parent === undefined) return true;
  for (let at = node.parent; at !== undefined; at = at.parent) if (at === top) return true;
  return false;
}
