/**
 * Goal: I4: exactly the items behind one that ended badly are blocked, each said once, whatever the order of the failures.
 * Method: random plans against a set that is made by following needs backwards.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { Blocking } from "../../src/engine/blocking.ts";
import { graphFromNeeds } from "../support/graphs.ts";
import { topologicalNeeds } from "../support/topological-needs.ts";

test.prop([topologicalNeeds(20), fc.array(fc.nat(), { maxLength: 6 })], { numRuns: 500 })(
  "I4: what is blocked is what needs something that ended badly, directly or not; each is answered once",
  (needs, picks) => {
    const blocking = new Blocking(graphFromNeeds(needs));
    const roots = [...new Set(picks.map((pick) => pick % needs.length))];
    const answered = roots.flatMap((root) => blocking.block(root));
    const bad = needs.map(() => false);
    needs.forEach((list, item) => {
      bad[item] = list.some((need) => roots.includes(need) || bad[need]);
    });
    const expected = needs.flatMap((_, item) => (bad[item] ? [item] : []));
    expect(answered.toSorted((a, b) => a - b)).toEqual(expected);
    expect(blocking.count).toBe(expected.length);
    expect(needs.flatMap((_, item) => (blocking.isBlocked(item) ? [item] : []))).toEqual(expected);
  },
);
