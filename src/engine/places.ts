/** What items of a run take beside a slot: places of pools, and files. Nothing of it is there in a run whose items take none. */
import { demandsOf } from "../plan/demands.ts";
import type { Plan, Task } from "../plan/plan.ts";
import { withFiles } from "../scheduler/files.ts";
import { withPools, type PoolSchedule } from "../scheduler/pools.ts";
import type { Schedule } from "../scheduler/schedule.ts";
import type { RunCore } from "./run-core.ts";

/** Whether items of the plan use pools. */
export function usesPools({ pools, tasks }: Pick<Plan, "pools" | "tasks">): boolean {
  return Object.keys(pools).length > 0 && demandsOf(tasks).uses;
}

/** Puts the pools around the schedule. What is live so far uses none. */
export function addPools({ parts, slots }: RunCore): void {
  const { plan, ordering, schedule, files } = parts;
  const usesOf = (item: number): Task["uses"] => parts.plan.taskOf(item)!.uses;
  const order = { priorityOf: ordering.priorityOf, remainingPath: ordering.pathOf };
  const around = (base: Schedule): PoolSchedule => withPools(base, { pools: plan.pools, usesOf, ...order });
  if (files !== undefined) {
    // Whoever waits for files holds no places: so the files stay outermost.
    parts.pools = files.enclose(around);
    return;
  }
  const pools = around(schedule);
  parts.pools = pools;
  parts.schedule = pools;
  slots.onFree = (item) => pools.freed(item);
}

/** Whether items of the plan declare files. */
export function usesFiles({ tasks }: Pick<Plan, "tasks">): boolean {
  return demandsOf(tasks).files;
}

/** Puts the files around the schedule and the pools. What is live so far has none. */
export function addFiles({ parts, slots }: RunCore): void {
  const { plan, schedule, ordering, pools } = parts;
  const filesOf = (item: number): Task["files"] => parts.plan.taskOf(item)!.files;
  const order = { priorityOf: ordering.priorityOf, remainingPath: ordering.pathOf };
  const files = withFiles(schedule, { shared: plan.sharedFiles, filesOf, ...order }, pools);
  ordering.goesFirst = (item) => files.hasWaited(item);
  parts.files = files;
  parts.schedule = files;
  slots.onFree = (item) => files.freed(item);
}
