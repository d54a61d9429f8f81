/** Mutants that no test can notice, because they do the same; each with its reason. They count for nothing. */
export interface Equivalent {
  readonly path: string;
  /** The line, without the space around it. */
  readonly line: string;
  /** Absent: whatever is changed in this line. */
  readonly original?: string;
  readonly replacement?: string;
  readonly reason: string;
}
