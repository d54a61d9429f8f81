/** Plans by chance: all that a plan may ask, each some of the time. */
import type { RunSpec } from "../../machines/run-spec.ts";
import type { SpecCondition, SpecEdges } from "../../machines/run-spec-edges.ts";
import type { FailurePolicy, PlanDefinition, Schedule, TaskDefinition } from "../../src/plan/plan.ts";
import { definitionOf } from "../support/spec-plan.ts";
import type { Random } from "./random.ts";

export interface RandomPlan {
  readonly spec: RunSpec;
  readonly definition: PlanDefinition;
  readonly schedule: Schedule;
  readonly onFailure: FailurePolicy;
  readonly liveItemsMax: number;
}

const CONDITIONS: readonly SpecCondition[] = ["done", "done", "done", "settled", "failed", "passed"];

export function randomPlan(random: Random): RandomPlan {
  const size = random.int(1, 9);
  const needs = Array.from({ length: size }, (_, item) => someBefore(random, item));
  const onFailure = random.pick(["isolate", "isolate", "fail-fast", "rollback"] as const);
  const liveItemsMax = random.int(1, 4);
  const spec: RunSpec = {
    needs,
    liveItemsMax,
    attemptsMax: random.int(1, 3),
    onFailure,
    undo: needs.map(() => random.chance(0.6)),
    edges: random.chance(0.5) ? edgesOf(random, needs) : {},
  };
  const plain = definitionOf(
    spec,
    needs.map(() => random.int(2, 60) * 1_000),
  );
  const tasks = Object.fromEntries(
    Object.entries(plain.tasks).map(([id, task]) => [id, task.join === undefined ? furnished(random, task) : task]),
  );
  const pools = random.chance(0.3) ? { pools: { net: 2 } } : {};
  const schedule = random.pick(["as-ready", "as-ready", "layers", "sequential"] as const);
  return { spec, definition: { ...plain, ...pools, tasks: within(pools, tasks) }, schedule, onFailure, liveItemsMax };
}

function someBefore(random: Random, item: number): number[] {
  const count = Math.min(item, random.pick([0, 1, 1, 2, 3]));
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(random.int(0, item - 1));
  return [...chosen];
}

function edgesOf(random: Random, needs: readonly (readonly number[])[]): SpecEdges {
  const joins = needs.map((list) =>
    list.length > 0 && random.chance(0.15) ? random.pick(["all", "any"] as const) : undefined,
  );
  return {
    conditions: needs.map((list) => list.map(() => random.pick(CONDITIONS))),
    joins,
    allowFailure: needs.map((_, item) => joins[item] === undefined && random.chance(0.15)),
    groups: [],
  };
}

/** What does not change which transitions are allowed, but when they come. */
function furnished(random: Random, task: TaskDefinition): TaskDefinition {
  return {
    ...task,
    ...(random.chance(0.3) && { backoff: { initial: random.int(1, 30) * 1_000, jitter: random.chance(0.5) } }),
    ...(random.chance(0.15) && { deadline: random.int(60, 600) * 1_000 }),
    ...(random.chance(0.2) && { priority: random.int(0, 9) }),
    ...(random.chance(0.15) && { verify: "verify" }),
    ...(random.chance(0.15) && { prepare: "prepare" }),
    ...(random.chance(0.3) && { uses: { net: random.int(1, 2) } }),
    ...(random.chance(0.15) && { files: [random.pick(["src/**", "a.ts", "docs/b.md"])] }),
  };
}

function within(
  { pools }: { readonly pools?: object },
  tasks: Readonly<Record<string, TaskDefinition>>,
): Record<string, TaskDefinition> {
  if (pools !== undefined) return tasks;
  return Object.fromEntries(Object.entries(tasks).map(([id, { uses: _, ...task }]) => [id, task]));
}
