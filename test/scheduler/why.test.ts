/**
 * Goal: whoever asks why an item does not run gets the conditions that are false and nothing else, in words a person can act on.
 * Method: one item under every kind of hold; roots of failures on known and on random graphs against the plain definition.
 */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { Reason } from "../../src/items/reason.ts";
import type { ItemStatus } from "../../src/items/status.ts";
import type { EdgeFacts } from "../../src/scheduler/edge-states.ts";
import { inWords } from "../../src/scheduler/why-in-words.ts";
import { blockedBy, whyOf, type Hold, type WhyAnswer, type WhyInput } from "../../src/scheduler/why.ts";
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

/** Needs without conditions, as a plan has them that has some elsewhere. */
const factsOf = (reason: Reason | undefined): EdgeFacts => ({
  rules: {
    conditionOf: () => "done",
    joinOf: () => undefined,
    hasWhen: () => false,
  },
  reasonOf: () => reason,
});

const waitsFor = (...holds: unknown[]): unknown => ({ state: "waiting", item: "a", for: holds });

describe("an item that has left the line", () => {
  test.each<ItemStatus>(["claimed", "done", "cancelled"])("that is %s says so", (status) => {
    expect(why([[]], [status], 0)).toEqual({ state: status, item: "a" });
  });

  test.each<[string, ItemStatus, Partial<WhyInput>, object]>([
    ["whose work is being verified", "claimed", { stage: "verifying" }, { stage: "verifying" }],
    ["that is being undone", "done", { stage: "undoing" }, { stage: "undoing" }],
    [
      "whose undo failed",
      "done",
      { stage: "undo_failed", stageReason: "exit code 3" },
      { stage: "undo_failed", stageReason: "exit code 3" },
    ],
    ["that a person cancelled", "cancelled", { reasonOf: () => "cancelled" }, { reason: "cancelled" }],
    ["that failed and nobody knows why", "failed", {}, { reason: "unknown" }],
  ])("%s says so too", (_, status, more, told) => {
    expect(why([[]], [status], 0, more)).toEqual({ state: status, item: "a", ...told });
  });

  test("that was never to be done is skipped, not cancelled", () => {
    const edges = factsOf({ code: "skipped" });
    expect(why([[]], ["cancelled"], 0, { edges, reasonOf: () => "b did not fail" })).toEqual({
      state: "skipped",
      item: "a",
      reason: "b did not fail",
    });
    expect(why([[]], ["cancelled"], 0, { edges })).toMatchObject({ state: "skipped", reason: "unknown" });
    expect(why([[]], ["cancelled"], 0, { edges: factsOf({ code: "fail_fast" }) })).toEqual({
      state: "cancelled",
      item: "a",
    });
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
    ["waits for its prepare", { stage: "preparing" }, waitsFor({ kind: "preparing" })],
    ["waits to be prepared", { prepare: { live: 2, max: 2 } }, waitsFor({ kind: "prepare", live: 2, max: 2 })],
    [
      "waits for its prepare, and no more for a place of it",
      { stage: "preparing", prepare: { live: 2, max: 2 } },
      waitsFor({ kind: "preparing" }),
    ],
    ["waits for nothing when nothing ends", { ending: [] }, { state: "ready", item: "a" }],
    [
      "waits for places of a pool",
      { pools: [{ pool: "p", wanted: 2, taken: 1, places: 2, holders: [1], keptFor: undefined }] },
      waitsFor({ kind: "pool", pool: "p", wanted: 2, taken: 1, places: 2, by: ["b"] }),
    ],
    [
      "waits for a pool that is kept for another",
      { pools: [{ pool: "p", wanted: 1, taken: 0, places: 1, holders: [], keptFor: 2 }] },
      waitsFor({ kind: "pool", pool: "p", wanted: 1, taken: 0, places: 1, by: [], keptFor: "c" }),
    ],
    [
      "waits for files that others hold",
      { files: { holders: [{ item: 1, files: ["src/**"] }], keptFor: undefined } },
      waitsFor({ kind: "files", by: [{ item: "b", files: ["src/**"] }] }),
    ],
    [
      "waits for files that are kept for another",
      { files: { holders: [], keptFor: 2 } },
      waitsFor({ kind: "files", by: [], keptFor: "c" }),
    ],
    [
      "waits for a machine that is short of something while another is live",
      { pressure: "memory", live: 1 },
      waitsFor({ kind: "pressure", reason: "memory" }),
    ],
    [
      "waits for a machine that is short of something while another goes first",
      { pressure: "memory", ahead: 1 },
      waitsFor({ kind: "pressure", reason: "memory" }),
    ],
    [
      "is ready on a machine that is short of something when it is alone",
      { pressure: "memory" },
      { state: "ready", item: "a" },
    ],
    ["is ready when nobody knows what goes first", { ahead: -1, live: 1 }, { state: "ready", item: "a" }],
    ["waits for nothing in a run that is ending", { runStatus: "settling" }, waitsFor({ kind: "run_ended" })],
    ["waits for nothing in a run that was cancelled", { runStatus: "cancelled" }, waitsFor({ kind: "run_ended" })],
    [
      "says of a stalled run what it waits for",
      { runStatus: "stalled", needsClaim: true },
      waitsFor({ kind: "claim" }),
    ],
    ["belongs to the run when its scope says so", { inScope: () => true }, { state: "ready", item: "a" }],
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

  test("says how its last attempt ended, when there was one", () => {
    const reasonOf = (): string => "exit code 2";
    expect(why([[]], ["todo"], 0, { delayedUntilMs: 99, attempt: 2, reasonOf })).toEqual({
      state: "waiting",
      item: "a",
      for: [{ kind: "delay", untilMs: 99 }],
      last: { attempt: 2, reason: "exit code 2" },
    });
    const none = waitsFor({ kind: "delay", untilMs: 99 });
    expect(why([[]], ["todo"], 0, { delayedUntilMs: 99, attempt: 0, reasonOf })).toEqual(none);
    expect(why([[]], ["todo"], 0, { delayedUntilMs: 99, reasonOf })).toEqual(none);
    expect(why([[]], ["todo"], 0, { delayedUntilMs: 99, attempt: 1 })).toEqual(none);
  });

  test("whose needs were met once waits for none of them, whatever they have come to since", () => {
    const edges = factsOf(undefined);
    expect(why([[], [0]], ["todo", "todo"], 1, { edges })).toMatchObject({ for: [{ kind: "needs" }] });
    expect(why([[], [0]], ["failed", "todo"], 1, { edges })).toMatchObject({ for: [{ kind: "blocked_by_failure" }] });
    expect(why([[], [0]], ["failed", "todo"], 1, { edges, isTried: true })).toEqual({ state: "ready", item: "b" });
  });

  test("for one of several needs is held by no failure among them, as long as one may be met", () => {
    const plain = factsOf(undefined);
    const edges = {
      ...plain,
      rules: { ...plain.rules, joinOf: (item: number) => (item === 2 ? ("any" as const) : undefined) },
    };
    const first = (one: ItemStatus, other: ItemStatus) => why([[], [], [0, 1]], [one, other, "todo"], 2, { edges });
    expect(first("done", "failed")).toEqual({ state: "ready", item: "c" });
    expect(first("todo", "failed")).toMatchObject({ for: [{ kind: "needs", items: [{ item: "a", status: "todo" }] }] });
    expect(first("cancelled", "failed")).toMatchObject({ for: [{ kind: "blocked_by_failure", items: ["a", "b"] }] });
    expect(first("todo", "claimed")).toMatchObject({ for: [{ kind: "needs", any: true }] });
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
    expect(inWords({ state: "skipped", item: "a", reason: "b did not fail" })).toBe("a was skipped: b did not fail.");
    expect(inWords({ state: "done", item: "a", stage: "undoing" })).toBe("a is done, and is being undone.");
    expect(inWords({ state: "done", item: "a", stage: "undone" })).toBe("a is done, and was undone.");
    expect(inWords({ state: "done", item: "a", stage: "undo_failed" })).toBe(
      "a is done, and its undo failed: no reason was given.",
    );
    expect(inWords({ state: "done", item: "a", stage: "undo_failed", stageReason: "exit code 3" })).toBe(
      "a is done, and its undo failed: exit code 3.",
    );
    expect(inWords({ state: "ready", item: "a" })).toBe("a is ready and starts as soon as the run turns to it.");
  });

  test("a hold says who has what, and what is kept for whom", () => {
    const pool = { kind: "pool", pool: "p", wanted: 2, taken: 1, places: 2 } as const;
    const words = (hold: Hold): string =>
      inWords({ state: "waiting", item: "a", for: [hold] })
        .split("\n")[1]!
        .trim();
    expect(words({ ...pool, by: ["b"] })).toBe("for 2 places of pool p: 1 of 2 taken, by b");
    expect(words({ ...pool, wanted: 1, taken: 0, by: [], keptFor: "c" })).toBe(
      "for 1 place of pool p: 0 of 2 taken; what gets free is kept for c, which was overtaken too often",
    );
    expect(words({ kind: "files", by: [{ item: "b", files: ["x", "y"] }] })).toBe("for files: b holds x, y");
    expect(words({ kind: "files", by: [{ item: "b", files: ["x"] }], keptFor: "c" })).toBe(
      "for files: b holds x; they are kept for c, which was overtaken too often",
    );
    expect(words({ kind: "files", by: [], keptFor: "c" })).toBe(
      "for files: they are kept for c, which was overtaken too often",
    );
    expect(words({ kind: "pressure", reason: "memory is short" })).toBe(
      "for the machine to have room again: memory is short; one item at a time goes on",
    );
    expect(words({ kind: "ending", items: ["b", "a"] })).toBe(
      "for b, what ran for it before to end: told to stop, and still running",
    );
    expect(words({ kind: "preparing" })).toBe("for its prepare: it is being prepared");
    expect(words({ kind: "prepare", live: 2, max: 2 })).toBe("to be prepared: 2 of 2 places are taken");
    expect(words({ kind: "cap", live: 1, max: 1, ahead: 2 })).toBe("for a slot: 1 of 1 are taken, 2 items go first");
    expect(words({ kind: "layer", layer: 0, items: 1 })).toBe("for layer 0 to end: 1 item to go");
  });

  test("a delay that is over is one of nothing, and the last attempt stands behind the holds", () => {
    const last = { attempt: 2, reason: "exit code 2" };
    expect(inWords({ state: "waiting", item: "a", for: [{ kind: "delay", untilMs: 9 }], last }, 20)).toBe(
      "a waits:\n  for its backoff to end, in 0 ms\nAttempt 2 of it ended: exit code 2.",
    );
  });

  test("five names are told, and a sixth is counted", () => {
    const words = (items: readonly string[]): string =>
      inWords({ state: "waiting", item: "a", for: [{ kind: "ending", items }] });
    expect(words(["1", "2", "3", "4", "5"])).toContain("for 1, 2, 3, 4, 5 to end");
    expect(words(["1", "2", "3", "4", "5", "6"])).toContain("for 1, 2, 3, 4, 5 and 1 more to end");
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
