/**
 * A question about everything that is held, for patterns by which little can be told apart: each node is worked out once for all of
 * them, from the node above. What was worked out stays at the node, under the number of the sweep.
 */
import { AskedPatterns, EVERYTHING } from "./asked-patterns.ts";
import type { FilePattern } from "./file-pattern.ts";
import type { PatternNode } from "./pattern-node.ts";
import type { PatternTree } from "./pattern-tree.ts";

/** To be used before the tree changes. */
export class PatternSweep<Entry> {
  readonly #top: PatternNode<Entry>;
  readonly #number: number;
  readonly #asked: AskedPatterns;

  constructor(tree: PatternTree<Entry>, asked: readonly FilePattern[]) {
    this.#top = tree.top;
    this.#number = tree.nextSweep();
    this.#asked = new AskedPatterns(asked);
    this.#keep(tree.top, this.#asked.start);
    for (const each of asked) this.#belowPath(each);
    for (const each of asked) this.#abovePath(each);
  }

  /** Whether what ends at this node overlaps with one of the patterns. */
  finds(end: PatternNode<Entry>): boolean {
    return this.#asked.accepts(this.#stateOf(end));
  }

  #stateOf(node: PatternNode<Entry>): number {
    if (node.sweep === this.#number) return node.state;
    const state = this.#asked.next(this.#stateOf(node.parent!), node.segment, node.isName);
    // Below most nodes there is nothing, and their own state is asked for once.
    if (node.names !== undefined || node.wild !== undefined) this.#keep(node, state);
    return state;
  }

  #keep(node: PatternNode<Entry>, state: number): void {
    node.sweep = this.#number;
    node.state = state;
  }

  /** What lies below a path belongs to it, whatever the path looks like. */
  #belowPath({ segments, names }: FilePattern): void {
    if (names < segments.length) return;
    let at: PatternNode<Entry> | undefined = this.#top;
    for (const name of segments) at = at?.names?.get(name);
    if (at !== undefined) this.#keep(at, EVERYTHING);
  }

  /** A path that stands above a pattern has it below. */
  #abovePath({ segments, names }: FilePattern): void {
    let at: PatternNode<Entry> | undefined = this.#top;
    for (let depth = 0; at !== undefined && depth <= names; depth++) {
      if (at.held !== undefined) this.#keep(at, this.#asked.accepting(this.#stateOf(at)));
      at = depth < names ? at.names?.get(segments[depth]!) : undefined;
    }
  }
}
