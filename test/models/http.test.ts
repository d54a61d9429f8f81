/**
 * Goal: the coordinator takes every way that the specification of a run has, through requests as through the engine, and refuses what it
 * refuses; a project is such a run that nobody cancels and that never ends (I1-I6, S4-02, S4-13).
 * Method: XState's graph of the specification machine gives the paths, as in `paths.test.ts`. Each step is a request to the fetch
 * handler, each state is read by one; in one process on virtual time. By default a few dozen of
 * the paths of each; `SIGNALBOX_PATHS=1000000` takes all of them.
 */
import { describe, expect, test } from "vitest";
import { initialRunSpecState, stepRunSpec, type RunSpec, type RunSpecEvent } from "../../machines/run-spec.ts";
import { claimedSpec } from "../support/claimed-run.ts";
import { ServedRun, type ServedEvent } from "../support/served-run.ts";
import { coveringPaths, specGraph, type SpecStep } from "../support/spec-paths.ts";

const diamond = [[], [0], [0], [1, 2]];
const one = { liveItemsMax: 2, attemptsMax: 1, onFailure: "isolate" } as const;
const specs: Readonly<Record<string, RunSpec>> = {
  "a diamond": { ...one, needs: diamond },
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
  "a join of all": { ...one, needs: [[], [], [0, 1], [2]], edges: { joins: [undefined, undefined, "all", undefined] } },
  "a join of any": { ...one, needs: [[], [], [0, 1], [2]], edges: { joins: [undefined, undefined, "any", undefined] } },
};

const SERVED: ReadonlySet<string> = new Set<ServedEvent["type"]>([
  "claim",
  "complete",
  "fail",
  "release",
  "cancelItem",
  "retryItem",
]);
const isServed = (event: RunSpecEvent): event is ServedEvent => SERVED.has(event.type);
const isLookedAt = (event: RunSpecEvent): boolean =>
  isServed(event) || event.type === "start" || event.type === "drained";

async function walk(spec: RunSpec, path: readonly SpecStep[], seen: Set<string>, number: number): Promise<number> {
  const run = new ServedRun(spec);
  const walked: RunSpecEvent[] = [];
  let state = initialRunSpecState(spec);
  try {
    await run.start();
    for (const { event } of path) {
      walked.push(event);
      state = stepRunSpec(spec, state, event)!;
      if (!isServed(event)) continue;
      await run.take(event, (number + walked.length) % 2 === 0 ? "report" : "lease");
      expect(await run.told()).toEqual(state.items.map(({ status }) => status));
      const key = JSON.stringify(state);
      if (!seen.has(key)) expect(await run.takesWrongly(state)).toEqual([]);
      seen.add(key);
    }
    await run.close();
    expect(run.problems).toEqual([]);
  } catch (error) {
    throw new Error(`${(error as Error).message}\nafter ${JSON.stringify(walked)}`, { cause: error });
  }
  return walked.length;
}

/** Spread over all of them. */
const PATHS_MAX = Number(process.env["SIGNALBOX_PATHS"] ?? 24);

describe.each(Object.entries(specs))("four items through requests: %s", (_, given) => {
  test("0 mismatches with the specification, in states and in refusals", async ({ annotate }) => {
    const spec = claimedSpec(given);
    const all = [...coveringPaths(specGraph(spec, isLookedAt))];
    const paths = all.filter((__, number) => number % Math.ceil(all.length / PATHS_MAX) === 0);
    const seen = new Set<string>();
    let walked = 0;
    for (const [number, path] of paths.entries()) walked += await walk(spec, path, seen, number);
    await annotate(`${paths.length} of ${all.length} paths, ${walked} steps, ${seen.size} states`);
    expect(seen.size).toBeGreaterThan(20);
  });
});
