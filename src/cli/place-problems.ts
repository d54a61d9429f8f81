import type { Env } from "../base/env.ts";
import type { Plan } from "../plan/plan.ts";
import type { Problem } from "../plan/problems.ts";

/**
 * Tasks with a worktree whose folder leads out of the repository in which the plan stands: a run of it would not begin. Git's part of
 * the program is needed for plans with such tasks only; outside of a repository there is nothing to say, but by `run`.
 */
export async function placeProblems(plan: Plan, file: string, env: Env): Promise<readonly Problem[]> {
  const tasks = plan.tasks.filter(({ worktree, cwd }) => worktree && cwd !== undefined);
  if (tasks.length === 0) return [];
  const { folderChecker } = await import("../git/folder-checker.ts");
  const check = await folderChecker(file, env);
  const problems = new Map<string, Problem>();
  for (const { id, cwd } of tasks) {
    const repository = check?.(cwd!);
    if (repository === undefined || problems.has(id)) continue;
    const [expected, got] = [`a folder inside of the repository ${repository}`, JSON.stringify(cwd)];
    const fix = "give a folder inside, or an absolute path for one that all items share";
    problems.set(id, {
      path: `tasks.${id}.cwd`,
      expected,
      got,
      fix,
      message: `expected ${expected}, since the task has a worktree, got ${got}; ${fix}`,
    });
  }
  return [...problems.values()];
}
