/** A place in a tree of patterns: a segment, and what comes before it. */
export interface PatternNode<Entry> {
  readonly segment: string;
  readonly isName: boolean;
  readonly parent: PatternNode<Entry> | undefined;
  /** Below: the next segment. Most nodes are files and have none, so nothing is made before it is needed. */
  names: Map<string, PatternNode<Entry>> | undefined;
  wild: Map<string, PatternNode<Entry>> | undefined;
  /** Whose pattern ends here. */
  held: Entry[] | undefined;
  /** Entries here and below. */
  size: number;
  /** What a sweep knows of the node, and which: see pattern-sweep.ts. */
  sweep: number;
  state: number;
}

export function makeNode<Entry>(
  segment: string,
  isName: boolean,
  parent: PatternNode<Entry> | undefined,
): PatternNode<Entry> {
  return { segment, isName, parent, names: undefined, wild: undefined, held: undefined, size: 0, sweep: 0, state: 0 };
}
