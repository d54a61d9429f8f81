/** Real runs with worktrees on a real repository. */
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { createRun } from "../../src/engine/create-run.ts";
import type { Run, RunEvent, RunOptions } from "../../src/engine/run.ts";
import { commandExecutor } from "../../src/executors/command-executor.ts";
import { itemWorktrees } from "../../src/git/run-worktrees.ts";
import type { PlanDefinition } from "../../src/plan/plan.ts";
import { filledRepository } from "./worktree-bench.ts";

export interface WorktreeRuns {
  readonly repository: string;
  readonly home: string;
  readonly events: RunEvent[];
  readonly problems: string[];
  /** What each run is made with. */
  readonly options: RunOptions;
  readonly run: (plan: PlanDefinition, options?: RunOptions) => Run;
}

export function worktreeRuns(repository = filledRepository()): WorktreeRuns {
  const env = nodeEnv();
  const home = join(dirname(repository), "state", "worktrees");
  const executor = commandExecutor({
    env,
    outputDirectory: join(dirname(repository), "state", "output"),
    planFolder: repository,
    graceMs: 200,
  });
  onTestFinished(() => executor.stop({ graceful: false }));
  const events: RunEvent[] = [];
  const problems: string[] = [];
  const options = {
    env,
    executors: [executor],
    worktrees: itemWorktrees({ home, folder: repository }),
    onProblem: ({ message }: Error) => void problems.push(message),
  };
  const run: WorktreeRuns["run"] = (plan, more = {}) => {
    const made = createRun(plan, { ...options, ...more });
    made.audit$.subscribe({ next: (event) => void events.push(event), error: () => {} });
    return made;
  };
  return { repository, home, events, problems, options, run };
}

export const author = "-c user.name=Ada -c user.email=ada@example.org";
/** Leaves a file `work.txt` on the branch. */
export const commitWork = `echo done > work.txt && git add . && git ${author} commit -q -m work`;
