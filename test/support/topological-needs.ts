import * as fc from "fast-check";

/** Needs numbered as a plan numbers its items: every need has a smaller number. Sparse and dense ones alike. */
export function topologicalNeeds(sizeMax = 14): fc.Arbitrary<number[][]> {
  return fc
    .integer({ min: 1, max: sizeMax })
    .chain((size) =>
      fc.tuple(
        ...Array.from({ length: size }, (_, item) =>
          fc.uniqueArray(fc.nat(Math.max(0, item - 1)), { maxLength: Math.min(3, item) }),
        ),
      ),
    );
}
