/**
 * Goal: I4: exactly the open items behind one that ended badly are blocked, each said once, whatever the order of the failures;
 * putting one back frees exactly what nothing else blocks.
 * Method: random plans against a set that is made by following needs backwards.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { Blocking } from "../../src/engine/blocking.ts";
import { graphFromNeeds } from "../support/graphs.ts";
import { topologicalNeeds } from "../support/topological-needs.ts";

test.prop([topologicalNeeds(20), fc.array(fc.nat(), { maxLength: 6 })], { numRuns: 500 })(
  "I4: what is blocked is what needs something that ended badly, directly or not, and is open; each is answered once",
  (needs, picks) => {
    const blocking = new Blocking(graphFromNeeds(needs));
    const roots = [...new Set(picks.map((pick) => pick % needs.length))];
    const answered = roots.flatMap((root) => blocking.block(root));
    const expected = blockedBy(needs, new Set(roots));
    expect(new Set(answered).size).toBe(answered.length);
    expect(answered.filter((item) => !roots.includes(item)).toSorted((a, b) => a - b)).toEqual(expected);
    expect(blocking.count).toBe(expected.length);
    expect(needs.flatMap((_, item) => (blocking.isBlocked(item) ? [item] : []))).toEqual(expected);
  },
);

test.prop([topologicalNeeds(20), fc.array(fc.nat(), { maxLength: 30 })], { numRuns: 1_000 })(
  "I4: an item that is put back frees what nothing else blocks, and may fail again",
  (needs, picks) => {
    const blocking = new Blocking(graphFromNeeds(needs));
    const bad = new Set<number>();
    for (const pick of picks) {
      const item = pick % needs.length;
      // As in a run: what is put back has failed, so its needs were done; anything may be cancelled.
      if (bad.has(item)) {
        if (blockedBy(needs, bad, false).includes(item)) continue;
        const before = blockedBy(needs, bad);
        bad.delete(item);
        const free = blocking.unblock(item);
        const after = blockedBy(needs, bad);
        expect(free).toEqual(before.filter((each) => !after.includes(each)));
      } else {
        bad.add(item);
        blocking.block(item);
      }
      expect(needs.flatMap((_, each) => (blocking.isBlocked(each) ? [each] : []))).toEqual(blockedBy(needs, bad));
      expect(blocking.count).toBe(blockedBy(needs, bad).length);
    }
  },
);

/** Items behind one of these, without or with these themselves. */
function blockedBy(needs: readonly (readonly number[])[], roots: ReadonlySet<number>, openOnly = true): number[] {
  const isBlocked: boolean[] = [];
  needs.forEach((list, item) => {
    isBlocked[item] = list.some((need) => roots.has(need) || isBlocked[need]);
  });
  return needs.flatMap((_, item) => (isBlocked[item]! && !(openOnly && roots.has(item)) ? [item] : []));
}
