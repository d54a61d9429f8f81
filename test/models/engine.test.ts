/**
 * Goal: the engine does what `machines/run-spec.ts` says and nothing else: it refines the specification (I1-I6, I8, I16).
 * Method: the test is the world around the run: attempts end, fail, vanish and run out of time, people pause, resume and cancel,
 * processes crash and go on. Every entry of the audit log has to be a step of the specification, in its order; whenever the
 * engine rests, items, run and running attempts are those of the specification, and there is nothing left that it should have
 * started or ended by itself (I6). The last part shows that the check finds engines that are wrong.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunSpec } from "../../machines/run-spec.ts";
import type { SpecEdges, SpecGroup } from "../../machines/run-spec-edges.ts";
import { nodeEnv } from "../../src/base/node-env.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import type { Planted } from "../support/driven-run.ts";
import { takeEveryStep, walk, walkEveryPath, walks } from "../support/engine-walks.ts";

const diamond = [[], [0], [0], [1, 2]];
const specs: readonly RunSpec[] = [
  { needs: diamond, liveItemsMax: 2, attemptsMax: 2, onFailure: "isolate" },
  { needs: diamond, liveItemsMax: 2, attemptsMax: 2, onFailure: "fail-fast" },
  { needs: [[], [], [], [0, 1]], liveItemsMax: 2, attemptsMax: 1, onFailure: "isolate", unclaimed: [2] },
  { needs: [[], [], [0], [1]], liveItemsMax: 2, attemptsMax: 1, onFailure: "rollback", undo: [true, true, true, true] },
];

describe.each(specs)("four items, $onFailure, $attemptsMax attempts, unclaimed $unclaimed", (spec) => {
  test.each([{ timeouts: [10, 20, 30, 40] }, { timeouts: [40, 30, 20, 10] }])(
    "I6: every move in every state, restarts included, leads where the specification says; timeouts $timeouts",
    async ({ timeouts }) => {
      const { states, steps } = await takeEveryStep({ spec, timeouts }, { restarts: true });
      expect(states).toBeGreaterThan(60);
      expect(steps).toBeGreaterThan(300);
    },
  );

  test("I3: every path of up to four moves is a path of the specification", async () => {
    expect(await walkEveryPath({ spec, timeouts: [10, 20, 30, 40] }, 4)).toBeGreaterThan(800);
  });
});

test("random lives of up to six items, with crashes, stops and changing caps, are lives of the specification", async () => {
  let moves = 0;
  const property = fc.asyncProperty(walks(6, 40), async (chosen) => {
    moves += (await walk(chosen, { restarts: true, caps: [1, 2, 4] })).moves;
  });
  await fc.assert(property, { numRuns: 2_000 });
  expect(moves).toBeGreaterThan(8_000);
});

test("so are lives of plans with conditions, joins, when, allowFailure and groups, with crashes at any rest", async () => {
  let moves = 0;
  const property = fc.asyncProperty(walks(7, 40, true), async (chosen) => {
    moves += (await walk(chosen, { restarts: true, caps: [1, 2, 4] })).moves;
  });
  await fc.assert(property, { numRuns: 2_000 });
  expect(moves).toBeGreaterThan(6_000);
});

test.each(["layers", "sequential"] as const)(
  "I6: a run by %s never rests while nothing is live and something could start",
  async (schedule) => {
    const property = fc.asyncProperty(walks(6, 30), async (chosen) => {
      await walk(chosen, { restarts: true }, { schedule });
    });
    await fc.assert(property, { numRuns: 300 });
  },
);

test("L2: so are lives whose log is a file, with every commit awaited", async () => {
  const directory = await mkdtemp(join(tmpdir(), "signalbox-model-"));
  const journal = await sqliteJournal({ directory, env: nodeEnv() });
  try {
    let entries = 0;
    let lives = 0;
    const property = fc.asyncProperty(walks(6, 30), async (chosen) => {
      entries += (await walk(chosen, { restarts: true, caps: [1, 4] }, { journal, seed: ++lives })).entries;
    });
    await fc.assert(property, { numRuns: 40 });
    expect(entries).toBeGreaterThan(300);
  } finally {
    await journal.close();
    await rm(directory, { recursive: true });
  }
});

const wrong: readonly (Planted & { readonly bug: string; readonly found: RegExp })[] = [
  {
    bug: "starts one item more than the cap allows",
    engine: (spec) => ({ ...spec, liveItemsMax: spec.liveItemsMax + 1 }),
    found: /got \{.*"event":"claim"/,
  },
  {
    bug: "leaves a place empty although an item is ready",
    engine: (spec) => ({ ...spec, liveItemsMax: Math.max(1, spec.liveItemsMax - 1) }),
    found: /owes \(I6\).*"type":"claim"/,
  },
  {
    bug: "tries an item once more than it may",
    engine: (spec) => ({ ...spec, attemptsMax: spec.attemptsMax + 1 }),
    found: /got \{.*"event":"requeue"/,
  },
  {
    bug: "gives up one attempt too early",
    engine: (spec) => ({ ...spec, attemptsMax: Math.max(1, spec.attemptsMax - 1) }),
    found: /expected requeue of item/,
  },
  {
    bug: "counts a need that failed as done",
    outcome: (outcome) => (outcome.kind === "failed" && !outcome.retryable ? { kind: "done" } : outcome),
    entry: (entry) =>
      entry.event === "complete" && entry.data === undefined && entry.to === "done"
        ? { ...entry, event: "fail", to: "failed" }
        : entry,
    logOnly: true,
    found: /got \{.*"event":"(claim|drained)"/,
  },
  {
    bug: "starts what waits for somebody to claim it",
    engine: (spec) => ({ ...spec, unclaimed: [] }),
    found: /got \{.*"event":"claim"/,
  },
  {
    bug: "takes nothing back",
    engine: (spec) => ({ ...spec, undo: spec.needs.map(() => false) }),
    found: /got \{.*"event":"rolledBack"/,
  },
  {
    bug: "takes a report that comes too late",
    entry: (entry) => (entry.event === "complete" && entry.from === entry.to ? { ...entry, to: "done" } : entry),
    logOnly: true,
    found: /got \{.*"event":"complete"/,
  },
  {
    bug: "stores a failure without the retry that follows from it",
    entry: (entry) => (entry.event === "requeue" ? undefined : entry),
    logOnly: true,
    found: /\(I8\)/,
  },
  {
    bug: "ends a run with failures as done",
    entry: (entry) => (entry.event === "drained" && entry.to === "failed" ? { ...entry, to: "done" } : entry),
    found: /expected the run failed, got/,
  },
];

describe("an engine that is wrong is found", () => {
  test.each(wrong)("$bug", async ({ found, ...planted }) => {
    const lives = fc.asyncProperty(walks(6, 40), async (chosen) => {
      await walk(chosen, {}, { planted });
    });
    const { failed, numRuns, errorInstance } = await fc.check(lives, { numRuns: 1_000, seed: 20261121 });
    expect(failed).toBe(true);
    expect(numRuns).toBeLessThan(100);
    expect((errorInstance as Error).message).toMatch(found);
  });
});

const edgesLeftOut = (leave: (edges: SpecEdges) => SpecEdges): Planted => ({
  engine: (spec) => ({ ...spec, edges: leave(spec.edges!) }),
});

describe("an engine that is wrong about needs is found", () => {
  test.each<readonly [string, Planted]>([
    ["takes every need for one that waits for done", edgesLeftOut(({ conditions: _, ...rest }) => rest)],
    ["does not look at when", edgesLeftOut(({ when: _, ...rest }) => rest)],
    [
      "waits for all where any would do",
      edgesLeftOut((edges) => ({ ...edges, joins: edges.joins!.map((join) => join && "all"), groups: noRaces(edges) })),
    ],
    ["fails a run for what may fail", edgesLeftOut(({ allowFailure: _, ...rest }) => rest)],
    ["lets members of a group that failed go on", edgesLeftOut(({ groups: _, groupOf: __, ...rest }) => rest)],
    ["lets those go on who lost a race", edgesLeftOut((edges) => ({ ...edges, groups: noRaces(edges) }))],
    [
      "cancels no members of inner groups",
      edgesLeftOut((edges) => ({ ...edges, groups: edges.groups!.map(({ group: _, ...rest }) => rest) })),
    ],
  ])("%s", async (_bug, planted) => {
    const lives = fc.asyncProperty(walks(6, 40, true), async (chosen) => {
      await walk(chosen, {}, { planted });
    });
    const { failed } = await fc.check(lives, { numRuns: 1_000, seed: 20261121 });
    expect(failed).toBe(true);
  });
});

function noRaces({ groups = [] }: SpecEdges): SpecGroup[] {
  return groups.map(({ race: _, ...rest }) => rest);
}
