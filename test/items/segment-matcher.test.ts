/** What a matcher of many segments answers is what comparing each of them answers, whatever characters they have. */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { isName } from "../../src/items/file-pattern.ts";
import { segmentsMeet } from "../../src/items/pattern-overlap.ts";
import { SegmentMatcher } from "../../src/items/segment-matcher.ts";

const piece = fc.constantFrom("a", "b", ".", "ab", "*", "*", "?", "\\*", "\\?", "\\[", "\\\\", "é", "💧");
const segment = fc
  .array(piece, { minLength: 1, maxLength: 6 })
  .map((pieces) => pieces.join("").replaceAll(/(?<!\\)\*{2,}/g, "*"))
  .filter((text) => text !== "**");

test.prop([fc.array(segment, { maxLength: 8 }), segment], { numRuns: 3_000 })(
  "S4-10: of many segments those are found that meet another one",
  (segments, other) => {
    const matcher = new SegmentMatcher(segments);
    const met: number[] = [];
    if (isName(other)) matcher.forName(other, (index) => met.push(index));
    else matcher.forWild(other, (index) => met.push(index));
    const expected = segments.flatMap((each, index) => (segmentsMeet(each, other) ? [index] : []));
    expect(met.toSorted((one, two) => one - two)).toEqual(expected);
  },
);
