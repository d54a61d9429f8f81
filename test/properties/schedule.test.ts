/**
 * Goal: on any graph, with any outcomes and any order of events, every schedule keeps its promise and starts everything that can run.
 * Method: a small simulation in place of the engine runs the graph to its end; the oracle is a fixed point computed from the
 * definitions. A bug would look like: a run that stalls behind a barrier, or a layer that overlaps the next.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { dependentsOf } from "../../src/graph/graph.ts";
import { layersOf } from "../../src/graph/layers.ts";
import { remainingPath } from "../../src/graph/paths.ts";
import { createSchedule, type ScheduleKind } from "../../src/scheduler/schedule.ts";
import { graphFromNeeds } from "../support/graphs.ts";
import { topologicalNeeds } from "../support/topological-needs.ts";

/** 0 and 1 are done; 2 fails for good; 3 fails once and is tried again after others had their turn. */
const outcomes = fc.infiniteStream(fc.integer({ min: 0, max: 3 }));

interface Simulation {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** What was live at each start, the starting item included. */
  readonly liveAt: readonly (readonly number[])[];
  readonly boundaries: readonly { readonly kind: string; readonly layer: number; readonly after: number }[];
  readonly failed: ReadonlySet<number>;
}

function simulate(kind: ScheduleKind, needs: number[][], cap: number, chance: Iterator<number>): Simulation {
  const graph = graphFromNeeds(needs);
  const starts: number[] = [];
  const ends: number[] = [];
  const liveAt: number[][] = [];
  const boundaries: { kind: string; layer: number; after: number }[] = [];
  const schedule = createSchedule(kind, {
    graph,
    priorityOf: (item) => item % 3,
    remainingPath: remainingPath(graph),
    onLayer: ({ kind, layer }) => boundaries.push({ kind, layer, after: starts.length }),
  });
  const unmet = needs.map((list) => new Set(list).size);
  const failed = new Set<number>();
  const retried = new Set<number>();
  const live: number[] = [];
  const delayed: number[] = [];
  unmet.forEach((count, item) => count === 0 && schedule.ready(item));
  for (;;) {
    while (live.length < Math.min(cap, schedule.liveItemsMax)) {
      const item = schedule.next();
      if (item < 0) break;
      live.push(item);
      starts.push(item);
      liveAt.push([...live]);
    }
    if (live.length === 0) {
      if (delayed.length === 0) break;
      schedule.ready(delayed.shift()!);
      continue;
    }
    const item = live.splice(chance.next().value % live.length, 1)[0]!;
    const outcome = chance.next().value;
    if (outcome === 3 && !retried.has(item)) {
      retried.add(item);
      delayed.push(item);
      continue;
    }
    ends.push(item);
    schedule.settled(item);
    if (outcome === 2) {
      failed.add(item);
      for (const behind of dependentsOf(graph, item)) schedule.blocked(behind);
    } else for (const next of dependentsOf(graph, item)) if (--unmet[next]! === 0) schedule.ready(next);
  }
  expect(schedule.size).toBe(0);
  return { starts, ends, liveAt, boundaries, failed };
}

/** Everything that can run: all that is not behind a failure. */
function runnable(needs: readonly number[][], failed: ReadonlySet<number>): number[] {
  const out = new Set(needs.keys());
  needs.forEach((list, item) => {
    if (list.some((need) => failed.has(need) || !out.has(need))) out.delete(item);
  });
  return [...out];
}

const RUNS = { numRuns: 1_000 };
const kinds = fc.constantFrom<ScheduleKind>("as-ready", "layers", "sequential");
const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);

test.prop([kinds, topologicalNeeds(), fc.integer({ min: 1, max: 4 }), outcomes], RUNS)(
  "C1, C3: everything that is not behind a failure runs to its end, under every schedule",
  (kind, needs, cap, chance) => {
    const { starts, ends, failed } = simulate(kind, needs, cap, chance);
    expect(sorted(ends)).toEqual(runnable(needs, failed));
    expect(sorted(new Set(starts))).toEqual(sorted(ends));
  },
);

test.prop([topologicalNeeds(), fc.integer({ min: 1, max: 4 }), outcomes], RUNS)(
  "C2, S1-08: no two layers are ever live at once, and none starts before all earlier ones have ended",
  (needs, cap, chance) => {
    const { layerOf } = layersOf(graphFromNeeds(needs));
    const { liveAt, starts } = simulate("layers", needs, cap, chance);
    for (const live of liveAt) expect(new Set(live.map((item) => layerOf[item])).size).toBe(1);
    const order = starts.map((item) => layerOf[item]!);
    expect(order).toEqual(sorted(order));
  },
);

test.prop([topologicalNeeds(), fc.integer({ min: 1, max: 4 }), outcomes], RUNS)(
  "G3: layers start and finish in turn, once each, around the starts of their items",
  (needs, cap, chance) => {
    const { layerOf } = layersOf(graphFromNeeds(needs));
    const { boundaries, starts } = simulate("layers", needs, cap, chance);
    const layers = [...new Set(starts.map((item) => layerOf[item]!))];
    expect(boundaries.map(({ kind, layer }) => `${kind} ${layer}`)).toEqual(
      layers.flatMap((layer) => [`started ${layer}`, `finished ${layer}`]),
    );
    for (const { kind, layer, after } of boundaries) {
      const own = starts.map((item) => layerOf[item] === layer);
      expect(own.slice(0, after).includes(true)).toBe(kind === "finished");
      expect(own.slice(after).includes(true)).toBe(kind === "started");
    }
  },
);

test.prop([topologicalNeeds(), fc.integer({ min: 1, max: 4 }), outcomes], RUNS)(
  "C4, S1-14: sequential ends items one by one in the order of the plan",
  (needs, cap, chance) => {
    const { ends, liveAt } = simulate("sequential", needs, cap, chance);
    expect(ends).toEqual(sorted(ends));
    for (const live of liveAt) expect(live).toHaveLength(1);
  },
);
