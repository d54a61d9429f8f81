/**
 * Goal: a run that ends with items left says for each why, never calls a failure a deadlock, and does so for the largest plans (S2-12).
 * Method: one graph for each kind; random graphs against the search for roots; a hundred thousand items behind one failure, with
 * the work counted, not timed.
 */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { ItemStatus } from "../../src/items/status.ts";
import { explainStall, STALL_ROOTS_MAX, stallInWords, type StallInput } from "../../src/scheduler/stall.ts";
import { blockedBy } from "../../src/scheduler/why.ts";
import { graphFromNeeds } from "../support/graphs.ts";
import { topologicalNeeds } from "../support/topological-needs.ts";

const keyOf = (item: number): string => `t${item}`;

function stall(needs: number[][], statuses: ItemStatus[], more: Partial<StallInput> = {}): string[] {
  const stalled = explainStall({ graph: graphFromNeeds(needs), statusOf: (item) => statuses[item]!, ...more });
  return stalled.map((entry) => `t${entry.item} ${entry.kind}: ${stallInWords(entry, keyOf)}`);
}

describe("explain a stall", () => {
  test("a failure blocks what is behind it, however far, and is named as the cause", () => {
    expect(stall([[], [0], [1], []], ["failed", "todo", "todo", "done"])).toEqual([
      "t1 blocked_by_failure: blocked by t0",
      "t2 blocked_by_failure: blocked by t0",
    ]);
  });

  test("a cancelled item blocks as a failed one does; two roots are both named", () => {
    expect(stall([[], [], [0, 1], [2]], ["failed", "cancelled", "todo", "todo"])).toEqual([
      "t2 blocked_by_failure: blocked by t0, t1",
      "t3 blocked_by_failure: blocked by t0, t1",
    ]);
  });

  test("an item that nobody claimed holds those behind it", () => {
    expect(stall([[], [0], [1]], ["done", "todo", "todo"], { needsClaim: (item) => item === 1 })).toEqual([
      "t1 claim: nobody claimed it",
      "t2 claim: waits for t1, which nobody claimed",
    ]);
  });

  test("what is outside the scope is said of it and of what needs it", () => {
    expect(stall([[], [0], [1]], ["todo", "todo", "todo"], { inScope: (item) => item > 0 })).toEqual([
      "t0 out_of_scope: outside the scope of this run",
      "t1 out_of_scope: needs t0, outside the scope of this run",
      "t2 out_of_scope: needs t0, outside the scope of this run",
    ]);
  });

  test("a failure is told before anything else that holds the same item", () => {
    const needsClaim = (item: number): boolean => item === 1;
    expect(stall([[], [], [0, 1], [1, 0]], ["failed", "todo", "todo", "todo"], { needsClaim })).toEqual([
      "t1 claim: nobody claimed it",
      "t2 blocked_by_failure: blocked by t0",
      "t3 blocked_by_failure: blocked by t0",
    ]);
  });

  test("an item that could have run, or still seems to, is a bug of ours and is called one", () => {
    expect(stall([[], [0], []], ["todo", "todo", "claimed"])).toEqual([
      "t0 stuck: stuck [this is a bug in signalbox]",
      "t1 stuck: stuck behind t0 [this is a bug in signalbox]",
      "t2 stuck: stuck [this is a bug in signalbox]",
    ]);
  });

  test("nothing is left of a run that is done, or that only failed", () => {
    expect(stall([[], [0], []], ["done", "done", "failed"])).toEqual([]);
  });
});

const statuses = fc.infiniteStream(fc.constantFrom<ItemStatus>("todo", "todo", "todo", "done", "failed"));

test.prop([topologicalNeeds(), statuses])(
  "S2-12: an item is blocked by a failure exactly when a search finds one, by the same roots",
  (needs, stream) => {
    const status = needs.map(() => stream.next().value);
    const graph = graphFromNeeds(needs);
    const statusOf = (item: number): ItemStatus => status[item]!;
    const stalled = explainStall({ graph, statusOf });
    expect(stalled.map(({ item }) => item)).toEqual([...needs.keys()].filter((item) => status[item] === "todo"));
    for (const { item, kind, by, more } of stalled) {
      const roots = blockedBy(graph, statusOf, item);
      expect(kind).toBe(roots.length > 0 ? "blocked_by_failure" : "stuck");
      if (kind === "blocked_by_failure")
        expect([by, more]).toEqual([roots.slice(0, STALL_ROOTS_MAX), roots.length > STALL_ROOTS_MAX]);
    }
  },
);

describe("the largest plans", () => {
  test("of very many roots a few are kept, and it is said that there are more", () => {
    const failures = 1_000;
    const needs: number[][] = Array.from({ length: failures }, () => []);
    needs.push([...needs.keys()], [failures]);
    const stalled = explainStall({
      graph: graphFromNeeds(needs),
      statusOf: (item) => (item < failures ? "failed" : "todo"),
    });
    expect(stalled.map(({ by, more }) => [by.length, more])).toEqual([[STALL_ROOTS_MAX, true], [STALL_ROOTS_MAX, true]]); // oxfmt-ignore
    expect(stallInWords(stalled[1]!, keyOf)).toBe("blocked by t0, t1, t2, t3, t4, t5, t6, t7 and others");
  });

  test("roots that were left out on the way are not forgotten when causes meet", () => {
    const failures = STALL_ROOTS_MAX + 2;
    const needs: number[][] = Array.from({ length: failures }, () => []);
    // One behind all failures; then one behind the first failure and the one before.
    needs.push([...needs.keys()], [0, failures]);
    const stalled = explainStall({
      graph: graphFromNeeds(needs),
      statusOf: (item) => (item < failures ? "failed" : "todo"),
    });
    expect(stalled.map(({ by, more }) => [by.length, more])).toEqual(
      Array.from({ length: 2 }, () => [STALL_ROOTS_MAX, true]),
    );
  });

  test("a hundred thousand items behind one failure share one list of causes, and each is looked at once", () => {
    const size = 100_001;
    // A chain beside a fan: long and wide at once.
    const needs = Array.from({ length: size }, (_, item) =>
      item === 0 ? [] : item % 2 === 0 ? [item - 1, 0] : [Math.max(0, item - 2)],
    );
    let looked = 0;
    const stalled = explainStall({
      graph: graphFromNeeds(needs),
      statusOf: (item) => {
        looked++;
        return item === 0 ? "failed" : "todo";
      },
    });
    expect([stalled.length, new Set(stalled.map(({ by }) => by)).size]).toEqual([size - 1, 1]);
    expect(looked).toBeLessThanOrEqual(size);
  });
});
