/** A run under `onFailure: rollback` whose attempts and undos end when the test says so. */
import type { RunOptions } from "../../src/engine/run.ts";
import type { AttemptOutcome } from "../../src/executors/executor.ts";
import type { PlanDefinition, TaskDefinition } from "../../src/plan/plan.ts";
import { watchedRun } from "./watched-run.ts";

export const FAILED = {
  kind: "failed",
  reason: { code: "exit", message: "exit code 1" },
  retryable: true,
} as const satisfies AttemptOutcome;

/** A task with an undo. */
export const work = (needs: readonly string[] = [], more: TaskDefinition = {}): TaskDefinition => ({
  run: "x",
  undo: "x",
  needs,
  ...more,
});

export function rollingRun(
  tasks: Record<string, TaskDefinition>,
  { onAbort, ...options }: RunOptions & { readonly onAbort?: "ignore" } = {},
  plan: Omit<PlanDefinition, "tasks"> = {},
) {
  const watched = watchedRun({ ...plan, tasks, onFailure: "rollback" }, { onProblem: () => {}, ...options }, onAbort);
  const ended = watched.run.start();
  // A test that stops the run looks at it later.
  ended.catch(() => {});
  const { env, executor } = watched;
  /** Ends attempts one after the other. */
  const finish = async (...items: readonly (string | readonly [string, AttemptOutcome])[]): Promise<void> => {
    for (const item of items) {
      await env.settle();
      if (typeof item === "string") executor.finish(item);
      else executor.finish(...item);
    }
    await env.settle();
  };
  return { ...watched, ended, finish, undos: () => executor.started.filter((start) => start.endsWith("undo")) };
}
