/** A plan as the specification of a run sees it: what waits for what, how much at once, how often, and what a failure does. */
import type { RunSpec } from "../../machines/run-spec.ts";
import { needsOf } from "../graph/graph.ts";
import type { FailurePolicy, Plan } from "../plan/plan.ts";

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
  const unclaimed = plan.tasks.flatMap(({ run }, item) => (run === undefined ? [item] : []));
  return {
    needs: plan.tasks.map((_, item) => [...needsOf(plan.graph, item)]),
    liveItemsMax: Math.min(liveItemsMax, plan.tasks.length),
    attemptsMax: Math.max(...attempts),
    ...(attempts.some((each) => each !== attempts[0]) && { attemptsOf: attempts }),
    ...poolsOf(plan),
    onFailure: onFailure === "isolate" ? "isolate" : "fail-fast",
    ...(!claimed && unclaimed.length > 0 && { unclaimed }),
  };
}

function poolsOf(plan: Plan): Pick<RunSpec, "pools" | "uses"> {
  const names = Object.keys(plan.pools);
  if (names.length === 0) return {};
  return {
    pools: names.map((name) => plan.pools[name]!),
    uses: plan.tasks.map(({ uses }) => names.map((name) => uses?.[name] ?? 0)),
  };
}

/** What the plan says and the exploration does not look at, in the words of the plan. */
export function notLookedAt(plan: Plan, onFailure: FailurePolicy): string[] {
  const has = (key: "files" | "verify"): boolean => plan.tasks.some((task) => task[key] !== undefined);
  return [
    ...(plan.tasks.some(({ conditions }) => conditions !== undefined) ? ["needs with a condition"] : []),
    ...(plan.tasks.some(({ when }) => when !== undefined) ? ["when"] : []),
    ...(plan.tasks.some(({ join }) => join !== undefined) ? ["joins (looked at as items that somebody claims)"] : []),
    ...(plan.tasks.some(({ allowFailure }) => allowFailure) ? ["allowFailure"] : []),
    ...(plan.groups.length > 0 ? ["groups"] : []),
    ...(onFailure === "rollback" ? ["undo (a rollback is looked at as fail-fast)"] : []),
    ...(has("files") ? ["files"] : []),
    ...(has("verify") ? ["verify"] : []),
    ...(plan.tasks.some(({ worktree }) => worktree) ? ["worktrees"] : []),
  ];
}
