/** A plan as the specification of a run sees it: what waits for what, how much at once, how often, and what a failure does. */
import type { RunSpec } from "../../machines/run-spec.ts";
import type { SpecEdges } from "../../machines/run-spec-edges.ts";
import { needsOf } from "../graph/graph.ts";
import type { FailurePolicy, Plan } from "../plan/plan.ts";
import { exclusionsOf } from "./exclusions.ts";

/**
 * Attempts above this are looked at as this many. It leaves no state out but for the counting: at any time an item may fail for
 * good or be tried again, and what it did before is known to nobody but itself.
 */
export const ATTEMPTS_MAX = 2;

export interface PlanSpecOptions {
  readonly liveItemsMax: number;
  readonly onFailure: FailurePolicy;
  /** Whether somebody claims the tasks without `run`. */
  readonly claimed: boolean;
}

export function specOfPlan(plan: Plan, { liveItemsMax, onFailure, claimed }: PlanSpecOptions): RunSpec {
  const attempts = plan.tasks.map(({ attemptsMax }) => Math.min(attemptsMax, ATTEMPTS_MAX));
  const unclaimed = plan.tasks.flatMap(({ run, join }, item) => ((run ?? join) === undefined ? [item] : []));
  const edges = edgesOf(plan);
  return {
    needs: plan.tasks.map((_, item) => [...needsOf(plan.graph, item)]),
    liveItemsMax: Math.min(liveItemsMax, plan.tasks.length),
    attemptsMax: Math.max(...attempts),
    ...(attempts.some((each) => each !== attempts[0]) && { attemptsOf: attempts }),
    ...poolsOf(plan),
    onFailure,
    // In which order it happens says nothing of whether a run can end, and would make many more states.
    ...(onFailure === "rollback" && { undo: plan.tasks.map(({ undo }) => undo !== undefined), undoInAnyOrder: true }),
    ...(plan.tasks.some(({ verify }) => verify !== undefined) && {
      verify: plan.tasks.map(({ verify }) => verify !== undefined),
    }),
    ...(edges !== undefined && { edges }),
    ...(!claimed && unclaimed.length > 0 && { unclaimed }),
  };
}

/** What the plan asks beyond plain needs. What `when` comes to depends on outputs: both are looked at. */
function edgesOf({ tasks, groups, graph }: Plan): SpecEdges | undefined {
  const special = tasks.some((task) => task.allowFailure || (task.conditions ?? task.when ?? task.join) !== undefined);
  if (!special && groups.length === 0) return undefined;
  const numberOf = (name: string | undefined): number | undefined =>
    name === undefined ? undefined : groups.findIndex((group) => group.name === name);
  return {
    conditions: tasks.map(({ conditions }, item) =>
      Array.from(needsOf(graph, item), (need) => conditions?.get(need) ?? "done"),
    ),
    when: tasks.map(({ when }) => (when === undefined ? undefined : "either")),
    joins: tasks.map(({ join }) => join),
    allowFailure: tasks.map(({ allowFailure }) => allowFailure),
    groups: groups.map(({ onError, race, group }) => ({
      onError,
      ...(race !== undefined && { race }),
      ...(group !== undefined && { group: numberOf(group)! }),
    })),
    groupOf: tasks.map(({ group }) => numberOf(group)),
  };
}

function poolsOf(plan: Plan): Pick<RunSpec, "pools" | "uses"> {
  const names = Object.keys(plan.pools);
  const exclusions = exclusionsOf(plan);
  if (names.length === 0 && exclusions.length === 0) return {};
  return {
    pools: [...names.map((name) => plan.pools[name]!), ...exclusions.map(() => 1)],
    uses: plan.tasks.map(({ uses }, item) => [
      ...names.map((name) => uses?.[name] ?? 0),
      ...exclusions.map((items) => (items.has(item) ? 1 : 0)),
    ]),
  };
}

/** What the plan says and the exploration does not look at, in the words of the plan. */
export function notLookedAt(plan: Plan, onFailure: FailurePolicy): string[] {
  return [
    ...(onFailure === "rollback" ? ["the order of undos"] : []),
    ...(plan.tasks.some(({ prepare }) => prepare !== undefined) ? ["prepare"] : []),
    ...(plan.tasks.some(({ worktree }) => worktree) ? ["worktrees"] : []),
  ];
}
