/**
 * Goal: every way that a run may take is one that the engine takes, step by step, and what the specification refuses it refuses:
 * needs with conditions, `when`, joins, groups, races, allowFailure, fail-fast, retries, people who pause, cancel and retry, leases
 * that end (I2, I3, I4, I6, S0-12).
 * Method: XState's graph of the specification machine gives the paths. The engine's items are claimed from outside by the test, so
 * that any ready item may be next; after each step, its run and items are compared with the machine's.
 */
import { test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import {
  eventsOf,
  initialRunSpecState,
  personEvents,
  stepRunSpec,
  type RunSpec,
  type RunSpecEvent,
} from "../../machines/run-spec.ts";
import { ClaimedRun, claimedSpec, toldBy, type Failing } from "../support/claimed-run.ts";
import { walks } from "../support/engine-walks.ts";
import { coveringPaths, engineStep, everyPath, restOf, specGraph, stepsOf } from "../support/spec-paths.ts";

const diamond = [[], [0], [0], [1, 2]];
const one = { liveItemsMax: 2, attemptsMax: 1, onFailure: "isolate" } as const;
const fallback: RunSpec = {
  ...one,
  needs: [[], [0], [0, 1], [2]],
  edges: {
    conditions: [[], ["failed"], ["done", "done"], ["done"]],
    joins: [undefined, undefined, "any", undefined],
    groups: [{ onError: "settleAll", race: 2 }],
    groupOf: [0, 0, 0, undefined],
  },
};
const specs: Readonly<Record<string, RunSpec>> = {
  "a diamond": { ...one, needs: diamond },
  "a diamond, fail-fast": { ...one, needs: diamond, onFailure: "fail-fast" },
  rollback: { ...one, needs: diamond, onFailure: "rollback", undo: [true, true, true, false] },
  "a join and a group, rollback": {
    ...one,
    needs: [[], [], [0, 1], [2]],
    onFailure: "rollback",
    undo: [true, true, true, true],
    edges: {
      joins: [undefined, undefined, "all", undefined],
      groups: [{ onError: "settleAll" }],
      groupOf: [0, 0, undefined, undefined],
    },
  },
  "two attempts": { ...one, needs: [[], [0], [0], [1]], attemptsMax: 2 },
  "one at a time": { ...one, needs: [[], [], [], [0, 1]], liveItemsMax: 1 },
  conditions: {
    ...one,
    needs: diamond,
    edges: { conditions: [[], ["failed"], ["settled"], ["passed", "done"]] },
  },
  when: {
    ...one,
    needs: diamond,
    edges: {
      when: [undefined, [{ need: 0, wants: "output" }], [{ need: 0, wants: "another" }], undefined],
      conditions: [[], ["done"], ["done"], ["done", "passed"]],
    },
  },
  "a join, and what may fail, fail-fast": {
    ...one,
    needs: [[], [], [0, 1], [2]],
    onFailure: "fail-fast",
    edges: {
      conditions: [[], [], ["done", "settled"], ["done"]],
      joins: [undefined, undefined, "all", undefined],
      allowFailure: [false, true, false, false],
    },
  },
  "a race": {
    ...one,
    needs: [[], [], [0, 1], [2]],
    edges: {
      joins: [undefined, undefined, "any", undefined],
      groups: [{ onError: "settleAll", race: 2 }],
      groupOf: [0, 0, undefined, undefined],
    },
  },
  "a fallback": fallback,
  "a fallback, fail-fast": { ...fallback, onFailure: "fail-fast" },
  "a group in a group": {
    ...one,
    needs: [[], [], [0], [0]],
    edges: {
      groups: [{ onError: "failFast" }, { onError: "settleAll", group: 0 }],
      groupOf: [1, 1, 0, undefined],
    },
  },
};

/** Walks a path with both; every state is looked at closely the first time. */
async function walk(
  spec: RunSpec,
  path: Iterable<{ readonly event: RunSpecEvent }>,
  seen: Set<string>,
  number: number,
): Promise<number> {
  const run = new ClaimedRun(spec);
  const walked: RunSpecEvent[] = [];
  let state = initialRunSpecState(spec);
  try {
    for (const { event } of path) {
      walked.push(event);
      state = stepRunSpec(spec, state, event)!;
      const failing: Failing = (number + walked.length) % 2 === 0 ? "report" : "lease";
      await run.take(event, failing);
      // The engine does not wait to be told that nothing is left.
      expect(run.told()).toEqual(toldBy(restOf(spec, state)));
      const key = JSON.stringify(state);
      if (seen.has(key)) continue;
      seen.add(key);
      if (engineStep(spec, state) !== undefined) continue;
      expect(await run.takesWrongly(state)).toEqual([]);
    }
  } catch (error) {
    throw new Error(`${(error as Error).message}\nafter ${JSON.stringify(walked)}`, { cause: error });
  }
  return walked.length;
}

/** Pauses would only double the states of the others, in which nobody does anything else either. */
const withPauses = new Set(["a diamond", "a diamond, fail-fast", "a fallback, fail-fast"]);

function isLookedAt(name: string, spec: RunSpec, { type }: RunSpecEvent): boolean {
  // Nobody is told to stop who is outside; a lease that ends is looked at as a failure.
  if (type === "timeout" || type === "undoCut") return false;
  if (type === "pause" || type === "resume" || type === "cancel") return withPauses.has(name);
  if (spec.attemptsMax > 1 && (type === "cancelItem" || type === "retryItem")) return false;
  // A group has cancelled what is left of it, and does not do so again for the failure that is tried again.
  return type !== "retryItem" || spec.edges?.groups === undefined;
}

describe.each(Object.entries(specs))("four items: %s", (name, given) => {
  const spec = claimedSpec(given);

  test("every step out of every state", async ({ annotate }) => {
    const graph = specGraph(spec, (event) => isLookedAt(name, spec, event));
    const seen = new Set<string>();
    let walked = 0;
    let paths = 0;
    for (const path of coveringPaths(graph)) walked += await walk(spec, path, seen, paths++);
    await annotate(`${graph.size} states, ${stepsOf(graph)} steps, taken by ${paths} paths of ${walked} steps`);
    expect(seen.size).toBe(graph.size - 1);
    expect(walked).toBeGreaterThanOrEqual(stepsOf(graph));
  });

  test("every path from the beginning to the end, of runs that people leave alone", async ({ annotate }) => {
    const people = new Set<RunSpecEvent["type"]>([
      "timeout",
      "release",
      "undoCut",
      "pause",
      "cancel",
      "cancelItem",
      "retryItem",
    ]);
    const graph = specGraph(
      { ...spec, attemptsMax: 1 },
      (event) => !people.has(event.type) && (event.type !== "fail" || !event.retryable),
    );
    const seen = new Set(graph.keys());
    let paths = 0;
    for (const path of everyPath(graph)) await walk(spec, path, seen, paths++);
    await annotate(`${paths} paths`);
    expect(paths).toBeGreaterThan(3);
  });
});

test.prop([walks(6, 60, true)], { numRuns: 400 })(
  "six items: 400 random paths of random specifications",
  async ({ spec: { verify: _, ...drawn }, picks }) => {
    // Whoever works outside does not run checks; those are in the lives of `engine.test.ts`.
    const spec = claimedSpec({ ...drawn, unclaimed: [] });
    await walk(spec, randomPath(spec, picks), new Set(), picks.length);
  },
);

function* randomPath(spec: RunSpec, picks: readonly number[]): Generator<{ readonly event: RunSpecEvent }> {
  const events = [...eventsOf(spec), ...personEvents(spec.needs.length)];
  let state = initialRunSpecState(spec);
  for (const pick of picks) {
    const possible = events.filter(
      (event) => isLookedAt("a diamond", spec, event) && stepRunSpec(spec, state, event) !== undefined,
    );
    const only = engineStep(spec, state) ?? possible.find(({ type }) => type === "start");
    const event = only ?? oneOf(possible, pick);
    if (event === undefined) return;
    yield { event };
    state = stepRunSpec(spec, state, event)!;
  }
}

/** What ends everything, or does nothing for long, is rare. */
const WEIGHTS: Readonly<Partial<Record<RunSpecEvent["type"], number>>> = {
  claim: 12,
  complete: 12,
  resume: 12,
  fail: 4,
};

function oneOf(events: readonly RunSpecEvent[], pick: number): RunSpecEvent | undefined {
  const weighted = events.flatMap((event) => Array.from({ length: WEIGHTS[event.type] ?? 1 }, () => event));
  return weighted[pick % Math.max(1, weighted.length)];
}
