/** A run whose worker and clock are the test's, and everything that it published. */
import { createRun } from "../../src/engine/create-run.ts";
import type { RunEvent, RunOptions } from "../../src/engine/run.ts";
import type { PlanDefinition } from "../../src/plan/plan.ts";
import { manualExecutor } from "./manual-executor.ts";
import { virtualEnv } from "./virtual-env.ts";

export function watchedRun(plan: PlanDefinition, options: RunOptions = {}, onAbort: "report" | "ignore" = "report") {
  const env = virtualEnv();
  const executor = manualExecutor(onAbort);
  const run = createRun(plan, { liveItemsMax: 4, ...options, env, executors: [executor] });
  const events: RunEvent[] = [];
  run.audit$.subscribe((event) => events.push(event));
  const names = (): string[] => events.map(({ name, key }) => (key === undefined ? name : `${name} ${key}`));
  return { env, executor, run, events, names };
}
