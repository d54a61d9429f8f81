import type { PlanDefinition } from "../../../src/plan/plan.ts";
import type { RunResult } from "../../../src/engine/run.ts";
import { idOf, type Dag } from "../harness/dag.ts";

/** A DAG as the plan that a user of the library would write. */
export function definitionOf(dag: Dag, runOf: (item: number) => () => unknown): PlanDefinition {
  const tasks = Object.fromEntries(
    dag.needs.map((needs, item) => [idOf(item), { needs: needs.map(idOf), run: runOf(item) }]),
  );
  return { name: "bench", tasks };
}

/** A figure of a run that did not do the work would be worth nothing. */
export function checkDone(result: RunResult, size: number): void {
  if (result.outcome === "done" && result.counts.done === size) return;
  throw new Error(`expected ${size} items done, got ${result.outcome} with ${JSON.stringify(result.counts)}`);
}
