/**
 * Patterns of files as a tree by their segments, which answers what overlaps a pattern at the cost of what can match and not of
 * what there is. A pattern with `**` in it would lead through the whole tree below that place; where it is less, the nodes by
 * which what follows can be matched are looked up by their names instead.
 *
 * T1 a node is in the tree exactly as long as an entry ends at it or below it, and `size` counts these entries.
 * T2 `#named` and `#wild` hold every node but the top one, each once, by its segment.
 */
import { ANY_DEPTH, endingOf, isName, type FilePattern } from "./file-pattern.ts";
import { makeNode, type PatternNode } from "./pattern-node.ts";
import { segmentsMeet } from "./pattern-overlap.ts";

type Nodes<Entry> = PatternNode<Entry> | Set<PatternNode<Entry>>;

export class PatternTree<Entry> {
  readonly top: PatternNode<Entry> = makeNode<Entry>("", false, undefined);
  /** By ending, then by name: most names are of one node only. */
  readonly #named = new Map<string | undefined, Map<string, Nodes<Entry>>>();
  readonly #wild = new Map<string | undefined, Map<string, Nodes<Entry>>>();
  /** How many nodes `#wild` holds of each ending. */
  readonly #wildNodes = new Map<string | undefined, number>();
  #sweeps = 0;

  add({ segments, names }: FilePattern, entry: Entry): PatternNode<Entry> {
    let at = this.top;
    at.size++;
    for (let depth = 0; depth < segments.length; depth++) {
      const segment = segments[depth]!;
      const named = depth < names || isName(segment);
      const children = named ? (at.names ??= new Map()) : (at.wild ??= new Map());
      let next = children.get(segment);
      if (next === undefined) {
        next = makeNode(segment, named, at);
        children.set(segment, next);
        this.#register(next);
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

  /** A number for each sweep over the tree; see pattern-sweep.ts. */
  nextSweep(): number {
    return ++this.#sweeps;
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

  #register(node: PatternNode<Entry>): void {
    const { segment, isName: named } = node;
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
    const { segment, isName: named } = node;
    if (named) {
      parent.names!.delete(segment);
      if (parent.names!.size === 0) parent.names = undefined;
    } else {
      parent.wild!.delete(segment);
      if (parent.wild!.size === 0) parent.wild = undefined;
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

function count<Entry>(nodes: Nodes<Entry> | undefined): number {
  if (nodes === undefined) return 0;
  return nodes instanceof Set ? nodes.size : 1;
}

function each<Entry>(nodes: Nodes<Entry> | undefined): Iterable<PatternNode<Entry>> {
  if (nodes === undefined) return [];
  return nodes instanceof Set ? nodes : [nodes];
}
