/**
 * Patterns of files as a tree by their segments, which answers what overlaps a pattern at the cost of what can match and not of
 * what there is. A pattern with `**` in it would lead through the whole tree below that place; where it is less, the nodes by
 * which what follows can be matched are looked up by their names instead.
 *
 * T1 a node is in the tree exactly as long as an entry ends at it or below it, and `size` counts these entries.
 * T2 `#named` and `#wild` hold every node but the top one, each once, by its segment.
 */
import { ANY_DEPTH, endingOf, isName, type FilePattern } from "./file-pattern.ts";
import { segmentsMeet } from "./pattern-overlap.ts";

export interface PatternNode<Entry> {
  readonly segment: string;
  readonly parent: PatternNode<Entry> | undefined;
  /** Below: the next segment. Most nodes are files and have none, so nothing is made before it is needed. */
  names: Map<string, PatternNode<Entry>> | undefined;
  wild: Map<string, PatternNode<Entry>> | undefined;
  /** Whose pattern ends here. */
  held: Entry[] | undefined;
  /** Entries here and below. */
  size: number;
}

type Nodes<Entry> = PatternNode<Entry> | Set<PatternNode<Entry>>;

export class PatternTree<Entry> {
  readonly top: PatternNode<Entry> = makeNode<Entry>("", undefined);
  /** By ending, then by name: most names are of one node only. */
  readonly #named = new Map<string | undefined, Map<string, Nodes<Entry>>>();
  readonly #wild = new Map<string | undefined, Map<string, Nodes<Entry>>>();
  /** How many nodes `#wild` holds of each ending. */
  readonly #wildNodes = new Map<string | undefined, number>();

  add({ segments, names }: FilePattern, entry: Entry): PatternNode<Entry> {
    let at = this.top;
    at.size++;
    for (let depth = 0; depth < segments.length; depth++) {
      const segment = segments[depth]!;
      const named = depth < names || isName(segment);
      const children = named ? (at.names ??= new Map()) : (at.wild ??= new Map());
      let next = children.get(segment);
      if (next === undefined) {
        next = makeNode(segment, at);
        children.set(segment, next);
        this.#register(next, named);
      }
      next.size++;
      at = next;
    }
    (at.held ??= []).push(entry);
    return at;
  }

  /** Takes away an entry that `add` has put at this node, and the nodes that held nothing else. */
  remove(end: PatternNode<Entry>, entry: Entry): void {
    const held = end.held!;
    const last = held.pop()!;
    if (last !== entry) held[held.indexOf(entry)] = last;
    if (held.length === 0) end.held = undefined;
    for (let at: PatternNode<Entry> | undefined = end; at !== undefined; at = at.parent) {
      at.size--;
      if (at.size === 0 && at.parent !== undefined) this.#drop(at, at.parent);
    }
  }

  /** Calls `note` with every entry whose pattern overlaps, with some more than once, until it answers `true`. */
  visit(asked: FilePattern, note: (entry: Entry) => boolean): void {
    new Search(this, asked, note).run();
  }

  /** How many steps `nodesFor` takes at least; infinite when it would not help. */
  countFor(segment: string): number {
    const ending = endingOf(segment);
    const wild = (this.#wildNodes.get(ending) ?? 0) + (this.#wildNodes.get(undefined) ?? 0);
    const named = this.#named.get(ending);
    if (isName(segment)) return wild + count(named?.get(segment));
    return ending === undefined ? Infinity : wild + (named?.size ?? 0);
  }

  /** All nodes whose own segment can match a name that this segment can match; those of `**` are among them. */
  *nodesFor(segment: string): Generator<PatternNode<Entry>> {
    const ending = endingOf(segment);
    const named = this.#named.get(ending);
    if (isName(segment)) yield* each(named?.get(segment));
    else for (const [name, nodes] of named ?? []) if (segmentsMeet(segment, name)) yield* each(nodes);
    for (const known of new Set([ending, undefined])) {
      for (const [wild, nodes] of this.#wild.get(known) ?? []) {
        if (wild === ANY_DEPTH || segmentsMeet(segment, wild)) yield* each(nodes);
      }
    }
  }

  #register(node: PatternNode<Entry>, named: boolean): void {
    const { segment } = node;
    const registry = named ? this.#named : this.#wild;
    const ending = endingOf(segment);
    let home = registry.get(ending);
    if (home === undefined) registry.set(ending, (home = new Map()));
    const there = home.get(segment);
    if (there === undefined) home.set(segment, node);
    else if (there instanceof Set) there.add(node);
    else home.set(segment, new Set([there, node]));
    if (!named) this.#wildNodes.set(ending, (this.#wildNodes.get(ending) ?? 0) + 1);
  }

  #drop(node: PatternNode<Entry>, parent: PatternNode<Entry>): void {
    const { segment } = node;
    const named = parent.names?.get(segment) === node;
    if (named) {
      parent.names?.delete(segment);
      if (parent.names?.size === 0) parent.names = undefined;
    } else {
      parent.wild?.delete(segment);
      if (parent.wild?.size === 0) parent.wild = undefined;
    }
    const registry = named ? this.#named : this.#wild;
    const ending = endingOf(segment);
    const home = registry.get(ending)!;
    const there = home.get(segment);
    if (there instanceof Set && there.size > 1) there.delete(node);
    else home.delete(segment);
    if (home.size === 0) registry.delete(ending);
    if (!named) this.#wildNodes.set(ending, this.#wildNodes.get(ending)! - 1);
  }
}

function makeNode<Entry>(segment: string, parent: PatternNode<Entry> | undefined): PatternNode<Entry> {
  return { segment, parent, names: undefined, wild: undefined, held: undefined, size: 0 };
}

function count<Entry>(nodes: Nodes<Entry> | undefined): number {
  if (nodes === undefined) return 0;
  return nodes instanceof Set ? nodes.size : 1;
}

function each<Entry>(nodes: Nodes<Entry> | undefined): Iterable<PatternNode<Entry>> {
  if (nodes === undefined) return [];
  return nodes instanceof Set ? nodes : [nodes];
}

/** Below this size a part of the tree is walked through rather than looked up. */
const SMALL = 16;

/** One question. A place is a node and how far the asked pattern is matched there: both may have `**`, so places are visited once. */
class Search<Entry> {
  readonly #tree: PatternTree<Entry>;
  readonly #asked: FilePattern;
  readonly #segments: readonly string[];
  readonly #note: (entry: Entry) => boolean;
  /** Where the asked pattern has its first `**`. */
  readonly #firstAny: number;
  #isOver = false;
  #visited: Map<PatternNode<Entry>, Set<number>> | undefined;

  constructor(tree: PatternTree<Entry>, asked: FilePattern, note: (entry: Entry) => boolean) {
    this.#tree = tree;
    this.#asked = asked;
    this.#segments = asked.segments;
    this.#note = note;
    this.#firstAny = asked.segments.indexOf(ANY_DEPTH, asked.names);
  }

  run(): void {
    this.#paths();
    this.#visit(this.#tree.top, 0);
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
      for (const [name, next] of at.names ?? []) if (segmentsMeet(segment, name)) this.#visit(next, depth + 1);
    }
    for (const [wild, next] of at.wild ?? []) {
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
    for (const node of this.#tree.nodesFor(segment)) {
      if (this.#isOver) return;
      if (!isBelow(from, node)) continue;
      this.#visit(node, depth + 1);
      if (node.segment === ANY_DEPTH) for (let to = depth + 2; to <= this.#segments.length; to++) this.#visit(node, to);
    }
  }

  /** The same where one segment is between, of which many are there. */
  #leap(from: PatternNode<Entry>, depth: number, between: string): void {
    for (const node of this.#tree.nodesFor(this.#segments[depth + 1]!)) {
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
