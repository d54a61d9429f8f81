/** Plans of every shape, for properties about runs. */
import * as fc from "fast-check";
import type { NeedCondition, PlanDefinition, TaskDefinition } from "../../plan/plan.ts";

/**
 * `chain`: one after the other. `fan`: one, then all, then one. `layers`: each needs some of the layer before it. `independent`: no
 * needs at all. `random`: each needs up to three of those before it.
 */
export type PlanShape = "chain" | "fan" | "layers" | "independent" | "random";

/** What plans are drawn. */
export interface PlanArbitraryOptions {
  /** Default 8. */
  readonly tasksMax?: number;
  /** Default: all of them. */
  readonly shapes?: readonly PlanShape[];
  /** Needs may have conditions, and tasks may be joins, may be allowed to fail, or be in groups. Default `false`. */
  readonly conditions?: boolean;
  /** What a task does. Default: a command that an executor of the test stands in for. */
  readonly task?: fc.Arbitrary<TaskDefinition>;
}

const SHAPES: readonly PlanShape[] = ["chain", "fan", "layers", "independent", "random"];

const work: fc.Arbitrary<TaskDefinition> = fc.record(
  {
    run: fc.constant("true"),
    attemptsMax: fc.integer({ min: 1, max: 3 }),
    timeout: fc.constantFrom("5s", "1m"),
    priority: fc.integer({ min: 0, max: 9 }),
  },
  { requiredKeys: ["run", "timeout"] },
);

/** Valid plans. A failing one shrinks to fewer tasks with fewer needs. */
export function planArbitrary(options: PlanArbitraryOptions = {}): fc.Arbitrary<PlanDefinition> {
  const { tasksMax = 8, shapes = SHAPES, conditions = false, task = work } = options;
  const body = conditions ? fc.tuple(task, extras).map(([plain, extra]) => ({ ...plain, ...extra })) : task;
  return fc
    .record({
      shape: fc.constantFrom(...shapes),
      tasks: fc.array(fc.record({ body, picks: fc.array(fc.nat(99), { maxLength: 3 }), condition }), {
        minLength: 1,
        maxLength: tasksMax,
        size: "max",
      }),
      liveItemsMax: fc.integer({ min: 1, max: 4 }),
      onFailure: fc.constantFrom("isolate", "fail-fast"),
    })
    .map(({ shape, tasks, liveItemsMax, onFailure }): PlanDefinition => {
      const named = tasks.map(({ body: own, picks, condition: how }, at): [string, TaskDefinition] => {
        const needs = needsOf(shape, at, tasks.length, picks).map((need) => `t${need}`);
        return [`t${at}`, withNeeds(own, conditions ? Object.fromEntries(needs.map((need) => [need, how])) : needs)];
      });
      return { liveItemsMax, onFailure, tasks: Object.fromEntries(named) };
    });
}

const condition: fc.Arbitrary<NeedCondition> = fc.constantFrom("done", "settled", "passed", "failed");
const extras: fc.Arbitrary<TaskDefinition> = fc.record({ allowFailure: fc.boolean() }, { requiredKeys: [] });

function withNeeds(
  task: TaskDefinition,
  needs: readonly string[] | Readonly<Record<string, NeedCondition>>,
): TaskDefinition {
  return { ...task, needs };
}

/** Only tasks before this one, so there is never a cycle. */
function needsOf(shape: PlanShape, at: number, count: number, picks: readonly number[]): readonly number[] {
  if (at === 0 || shape === "independent") return [];
  if (shape === "chain") return [at - 1];
  if (shape === "fan") return at === count - 1 ? Array.from({ length: at }, (_, number) => number) : [0];
  if (shape === "random") return [...new Set(picks.map((pick) => pick % at))];
  const width = 3;
  const begin = (Math.floor(at / width) - 1) * width;
  return begin < 0 ? [] : [...new Set([0, ...picks].map((pick) => begin + (pick % width)))];
}
