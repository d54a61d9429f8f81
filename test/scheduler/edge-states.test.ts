/**
 * Goal: whoever asks why an item with conditions does not run gets what holds it and nothing else: the same of a live run, of a stored
 * one, and at the end. Method: one plan; statuses by hand; the answers as words.
 */
import { describe, expect, test } from "vitest";
import { edgeFactsOf } from "../../src/engine/conditions.ts";
import type { ItemStatus } from "../../src/items/status.ts";
import { checkPlan } from "../../src/plan/check-plan.ts";
import { isBlocked } from "../../src/scheduler/edge.ts";
import { needStates } from "../../src/scheduler/edge-states.ts";
import { explainStall, stallInWords } from "../../src/scheduler/stall.ts";
import { whyOf } from "../../src/scheduler/why.ts";
import { inWords } from "../../src/scheduler/why-in-words.ts";

const plan = checkPlan({
  tasks: {
    build: {},
    ship: { needs: ["build"] },
    mend: { needs: { build: "failed" } },
    clean: { needs: { ship: "settled" } },
    tell: { needs: { ship: "passed", mend: "done" } },
    first: { join: "any", needs: ["ship", "mend"] },
    both: { join: "all", needs: ["ship", "clean"] },
  },
});
const keyOf = (item: number): string => plan.tasks[item]!.key;

/** Statuses by key; `skipped` is a cancelled one. */
type Known = Readonly<Record<string, ItemStatus | "skipped">>;

function ask(known: Known) {
  const told = (item: number): ItemStatus | "skipped" => known[keyOf(item)] ?? "todo";
  const statusOf = (item: number): ItemStatus => (told(item) === "skipped" ? "cancelled" : (told(item) as ItemStatus));
  const edges = edgeFactsOf(plan, (item) => (told(item) === "skipped" ? { code: "skipped" } : undefined));
  const why = (key: string): string =>
    inWords(
      whyOf({
        graph: plan.graph,
        item: plan.numberOf(key)!,
        keyOf,
        statusOf,
        reasonOf: () => "some reason",
        runStatus: "running",
        live: 0,
        liveItemsMax: 4,
        ahead: 0,
        edges,
      }),
    );
  const stalled = (): string[] =>
    explainStall({ graph: plan.graph, statusOf, edges }).map(
      (item) => `${keyOf(item.item)} ${stallInWords(item, keyOf)}`,
    );
  return { why, stalled };
}

describe("why", () => {
  test.each<readonly [string, Known, string]>([
    ["mend", { build: "claimed" }, "mend waits:\n  for build (claimed) to fail"],
    ["clean", { build: "done" }, "clean waits:\n  for ship (todo) to end"],
    ["tell", { build: "done", mend: "skipped" }, "tell waits:\n  for ship (todo) to be done or skipped"],
    ["first", {}, "first waits:\n  for one of ship (todo), mend (todo)"],
    ["first", { build: "failed" }, "first waits:\n  for mend (todo)"],
    [
      "both",
      { build: "failed" },
      "both waits:\n  for a person: build did not get done; mend what went wrong and retry it, or run the plan again\n  for clean (todo)",
    ],
    ["clean", { build: "failed" }, "clean is ready and starts as soon as the run turns to it."],
    ["mend", { build: "done", mend: "skipped" }, "mend was skipped: some reason."],
  ])("%s, with %j", (key, known, expected) => {
    expect(ask(known).why(key)).toBe(expected);
  });
});

test("a join that waits for one is not held when one is there, nor is anything behind it", () => {
  const facts = edgeFactsOf(plan, () => undefined)!;
  const known: Known = { build: "done", ship: "done", mend: "failed" };
  const states = needStates(plan.graph, (item) => (known[keyOf(item)] as ItemStatus) ?? "todo", facts);
  const blocked = plan.tasks.filter((_, item) => isBlocked(states[item]));
  expect(blocked.map(({ key }) => key)).toEqual(["tell"]);
});

describe("a run that came to its end", () => {
  test("13: names the roots of what is blocked, and not what a condition lets through", () => {
    const { stalled } = ask({ build: "failed", mend: "failed", clean: "done" });
    expect(stalled()).toEqual([
      "ship blocked by build",
      "tell blocked by build, mend",
      "first blocked by build, mend",
      "both blocked by build",
    ]);
  });

  test("a join that waits for one of several is held by those that could still be it", () => {
    const { stalled } = ask({ build: "failed", clean: "done", tell: "cancelled" });
    expect(stalled()).toContainEqual(expect.stringContaining("first stuck behind mend"));
  });
});
