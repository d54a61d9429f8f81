/** One kind of thing that can be covered. */
export interface Covered {
  readonly covered: number;
  /** Those that can happen; before anything was explored, those that are declared. */
  readonly total: number;
  /** `covered / total`; 1 when there is nothing to cover. */
  readonly ratio: number;
  /** What can happen and did not, by name. */
  readonly missing: readonly string[];
  /** What is declared and cannot happen with the events, outcomes and inputs of the tests. Empty before anything was explored. */
  readonly unreachable: readonly string[];
}
