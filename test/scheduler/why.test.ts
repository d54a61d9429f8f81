/**
 * Goal: whoever asks why an item does not run gets the conditions that are false and nothing else, in words a person can act on.
 * Method: one item under every kind of hold; roots of failures on known and on random graphs against the plain definition.
 */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { ItemStatus } from "../../src/items/status.ts";
import { inWords } from "../../src/scheduler/why-in-words.ts";
import { blockedBy, whyOf, type WhyAnswer, type WhyInput } from "../../src/scheduler/why.ts";
import { graphFromNeeds } from "../support/graphs.ts";
import { topologicalNeeds } from "../support/topological-needs.ts";

const keyOf = (item: number): string => "abcdefgh"[item]!;

function why(needs: number[][], statuses: ItemStatus[], item: number, more: Partial<WhyInput> = {}) {
  return whyOf({
    graph: graphFromNeeds(needs),
    item,
    keyOf,
    statusOf: (other) => statuses[other]!,
    runStatus: "running",
    live: 0,
    liveItemsMax: 2,
    ahead: 0,
    ...more,
  });
}

const waitsFor = (...holds: unknown[]): unknown => ({ state: "waiting", item: "a", for: holds });

describe("an item that has left the line", () => {
  test.each<ItemStatus>(["claimed", "done", "cancelled"])("that is %s says so", (status) => {
    expect(why([[]], [status], 0)).toEqual({ state: status, item: "a" });
  });

  test("that failed says why", () => {
    expect(why([[]], ["failed"], 0, { reasonOf: () => "exit code 2" })).toEqual({
      state: "failed",
      item: "a",
      reason: "exit code 2",
    });
  });
});

describe("an item that waits", () => {
  test.each<[string, Partial<WhyInput>, unknown]>([
    ["is ready when a slot is free", {}, { state: "ready", item: "a" }],
    ["is ready when those ahead leave a slot", { ahead: 1 }, { state: "ready", item: "a" }],
    ["waits for a slot when all are taken", { live: 2 }, waitsFor({ kind: "cap", live: 2, max: 2, ahead: 0 })],
    [
      "waits for a slot when those ahead take the rest",
      { live: 1, ahead: 3 },
      waitsFor({ kind: "cap", live: 1, max: 2, ahead: 3 }),
    ],
    [
      "waits for a slot when the cap was lowered below what is live",
      { live: 5 },
      waitsFor({ kind: "cap", live: 5, max: 2, ahead: 0 }),
    ],
    [
      "waits for the layer before it",
      { layer: { layer: 1, items: 4 } },
      waitsFor({ kind: "layer", layer: 1, items: 4 }),
    ],
    ["waits for its backoff", { delayedUntilMs: 99 }, waitsFor({ kind: "delay", untilMs: 99 })],
    ["waits for attempts to end", { ending: [1, 2] }, waitsFor({ kind: "ending", items: ["b", "c"] })],
    ["waits for the run to go on", { runStatus: "paused" }, waitsFor({ kind: "paused" })],
    ["waits for the run to begin", { runStatus: "planned" }, waitsFor({ kind: "not_started" })],
    ["waits for nothing in a run that is taken back", { runStatus: "rollingBack" }, waitsFor({ kind: "run_ended" })],
    ["waits for nothing in a run that has failed", { runStatus: "failed", live: 9 }, waitsFor({ kind: "run_ended" })],
    ["waits for somebody to claim it", { needsClaim: true }, waitsFor({ kind: "claim" })],
    [
      "is no part of the run, whatever else",
      { inScope: () => false, runStatus: "paused" },
      waitsFor({ kind: "out_of_scope" }),
    ],
    [
      "says all that holds it, and not the cap, which may be free by then",
      { runStatus: "paused", delayedUntilMs: 99, live: 2 },
      waitsFor({ kind: "paused" }, { kind: "delay", untilMs: 99 }),
    ],
  ])("%s", (_, more, answer) => {
    expect(why([[]], ["todo"], 0, more)).toEqual(answer);
  });

  test("for a need names the need and its state, and nothing that does not matter before it is met", () => {
    const answer = why([[], [], [], [0, 1, 2]], ["done", "claimed", "todo", "todo"], 3, {
      live: 9,
      runStatus: "paused",
    });
    const items = [{ item: "b", status: "claimed" }, { item: "c", status: "todo" }]; // oxfmt-ignore
    expect(answer).toEqual({ state: "waiting", item: "d", for: [{ kind: "needs", items }] });
  });

  test("behind a failure names the failure, not the items in between; what else it needs stands beside it", () => {
    const answer = why([[], [0], [1], [], [2, 3]], ["failed", "todo", "todo", "claimed", "todo"], 4);
    expect(answer).toMatchObject({
      for: [
        { kind: "blocked_by_failure", items: ["a"] },
        { kind: "needs", items: [{ item: "d", status: "claimed" }] },
      ],
    });
  });
});

const randomStatuses = fc.infiniteStream(fc.constantFrom<ItemStatus>("todo", "todo", "done", "failed", "cancelled"));

test.prop([topologicalNeeds(), randomStatuses])(
  "S2-12: root causes are the ended items that a chain of waiting ones leads to",
  (needs, stream) => {
    const statuses = needs.map(() => stream.next().value);
    const roots = (item: number): number[] =>
      needs[item]!.flatMap((need) =>
        statuses[need] === "todo" ? roots(need) : statuses[need] === "done" ? [] : [need],
      );
    const graph = graphFromNeeds(needs);
    for (const item of needs.keys()) {
      const expected = [...new Set(roots(item))].sort((a, b) => a - b);
      expect(blockedBy(graph, (other) => statuses[other]!, item)).toEqual(expected);
    }
  },
);

test.prop([topologicalNeeds(8), randomStatuses])(
  "a waiting item names every need that is not met, directly or by its roots",
  (needs, stream) => {
    const statuses = needs.map(() => stream.next().value);
    needs.forEach((list, item) => {
      if (statuses[item] !== "todo") return;
      const answer = why(needs, statuses, item);
      const unmet = list.filter((need) => statuses[need] !== "done");
      expect(answer.state).toBe(unmet.length === 0 ? "ready" : "waiting");
      const blocked = (need: number): boolean =>
        statuses[need] === "failed" ||
        statuses[need] === "cancelled" ||
        (statuses[need] === "todo" && needs[need]!.some(blocked));
      const open =
        answer.state === "waiting" ? answer.for.flatMap((hold) => (hold.kind === "needs" ? hold.items : [])) : [];
      expect(open.map(({ item }) => item)).toEqual(
        unmet
          .filter((need) => !blocked(need))
          .sort((a, b) => a - b)
          .map(keyOf),
      );
    });
  },
);

describe("in words", () => {
  test("each answer is a sentence", () => {
    expect(inWords({ state: "done", item: "a" })).toBe("a is done.");
    expect(inWords({ state: "claimed", item: "a" })).toBe("a is live now.");
    expect(inWords({ state: "claimed", item: "a", stage: "verifying" })).toBe(
      "a is live now: its work is done and is being verified.",
    );
    expect(inWords({ state: "cancelled", item: "a" })).toBe("a was cancelled.");
    expect(inWords({ state: "cancelled", item: "a", reason: "cancelled" })).toBe("a was cancelled.");
    expect(inWords({ state: "cancelled", item: "a", reason: "b failed: exit" })).toBe(
      "a was cancelled: b failed: exit.",
    );
    expect(inWords({ state: "failed", item: "a", reason: "exit code 2" })).toBe("a failed: exit code 2.");
    expect(inWords({ state: "ready", item: "a" })).toMatch(/^a is ready/);
  });

  test("of an interrupted run they say what went on when that began: nothing goes on now", () => {
    const words = (answer: WhyAnswer): string => inWords(answer, undefined, { interrupted: true });
    expect(words({ state: "claimed", item: "a" })).toBe("a was live when the run was interrupted.");
    expect(words({ state: "claimed", item: "a", stage: "verifying" })).toBe(
      "a was live when the run was interrupted: its work was done and was being verified.",
    );
    expect(words({ state: "done", item: "a", stage: "undoing" })).toBe(
      "a is done, and was being undone when the run was interrupted.",
    );
    expect(words({ state: "waiting", item: "a", for: [{ kind: "preparing" }] })).toBe(
      "a waits:\n  for its prepare: it was being prepared when the run was interrupted",
    );
    expect(words({ state: "ready", item: "a" })).toBe("a is ready and starts when the run goes on.");
  });

  test("each hold is a line that says what has to happen", () => {
    const answer = inWords(
      {
        state: "waiting",
        item: "a",
        for: [
          { kind: "needs", items: [{ item: "b", status: "claimed" }] },
          { kind: "blocked_by_failure", items: ["c"] },
          { kind: "blocked_by_failure", items: ["1", "2", "3", "4", "5", "6", "7"] },
          { kind: "cap", live: 4, max: 4, ahead: 1 },
          { kind: "layer", layer: 2, items: 3 },
          { kind: "layer", layer: -1, items: 0 },
          { kind: "delay", untilMs: 1_500 },
          { kind: "paused" },
          { kind: "not_started" },
          { kind: "out_of_scope" },
          { kind: "claim" },
          { kind: "run_ended" },
        ],
      },
      1_000,
    );
    expect(answer.split("\n")).toEqual([
      "a waits:",
      "  for b (claimed)",
      "  for a person: c did not get done; mend what went wrong and retry it, or run the plan again",
      "  for a person: 1, 2, 3, 4, 5 and 2 more did not get done; mend what went wrong and retry it, or run the plan again",
      "  for a slot: 4 of 4 are taken, 1 item goes first",
      "  for layer 2 to end: 3 items to go",
      "  for the first layer to start",
      "  for its backoff to end, in 500 ms",
      "  for the run to be resumed: it is paused",
      "  for the run to be started",
      "  for nothing: it is outside the scope of this run",
      "  for somebody to claim it: it has no `run` of its own",
      "  for nothing: the run is ending or has ended, and nothing of it starts any more; retry it in a new run",
    ]);
    expect(inWords({ state: "waiting", item: "a", for: [{ kind: "delay", untilMs: 9 }] })).toContain(
      "for its backoff to end",
    );
  });
});
