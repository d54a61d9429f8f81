import { UsageError } from "../../base/errors.ts";
import type { Git } from "./git-port.ts";
import { plainWord, refTarget } from "./refs.ts";

/** The branch that git cannot have beside this one: it cannot hold both `a` and `a/b`. `undefined`: none is in the way. */
export async function branchInTheWay(git: Git, repository: string, branch: string): Promise<string | undefined> {
  const words = branch.split("/");
  for (let count = 1; count < words.length; count++) {
    const shorter = words.slice(0, count).join("/");
    if ((await refTarget(git, repository, `refs/heads/${shorter}`)) !== undefined) return shorter;
  }
  return undefined;
}

/** @throws UsageError when no item of the run can have its branch */
export async function checkBranchesOf(git: Git, repository: string, runId: string): Promise<void> {
  const branch = `signalbox/${plainWord(runId)}/ITEM`;
  const other = await branchInTheWay(git, repository, branch);
  if (other !== undefined) throw inTheWay(branch, other);
}

export function inTheWay(branch: string, other: string): UsageError {
  return new UsageError(
    `expected to make branches like ${branch}, but there is a branch ${other}, and git cannot have both; give that another name: \`git branch -m ${other} NEW_NAME\``,
  );
}
