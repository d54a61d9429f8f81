import { createHash } from "node:crypto";
import { SignalboxError, UsageError } from "../../base/errors.ts";
import type { Git } from "./git-port.ts";

/** The full id of the commit that a ref, tag, branch or short id names. @throws UsageError when it names none */
export async function resolveCommit(git: Git, repository: string, ref: string): Promise<string> {
  if (ref === "" || ref.startsWith("-") || /[\0\n]/.test(ref)) throw notACommit(ref, "this cannot be one");
  const answer = await git(repository, ["rev-parse", "--verify", "--quiet"], { operands: [`${ref}^{commit}`] });
  if (answer.exitCode === undefined) throw cutShort(`what ${JSON.stringify(ref)} stands for`);
  const commit = answer.stdout.trim();
  if (answer.exitCode === 0 && /^[0-9a-f]{40,64}$/.test(commit)) return commit;
  const hasCommits = await git(repository, ["rev-list", "--all", "--max-count=1"]);
  throw notACommit(
    ref,
    hasCommits.stdout.trim() === "" ? "the repository has no commit yet" : "there is no such commit",
  );
}

/** @throws UsageError when git would not take it as the name of a branch */
export async function checkBranchName(git: Git, repository: string, branch: string): Promise<void> {
  const isName = branch !== "" && branch !== "HEAD" && !branch.startsWith("-") && !/[\0\n]/.test(branch);
  if (isName) {
    const { exitCode } = await git(repository, ["check-ref-format", `refs/heads/${branch}`]);
    if (exitCode === 0) return;
    if (exitCode === undefined) throw cutShort(`whether ${JSON.stringify(branch)} can be the name of a branch`);
  }
  throw new UsageError(
    `expected the name of a branch, got ${JSON.stringify(branch)}; see \`git help check-ref-format\` for what git takes`,
  );
}

/** Where a ref points; `undefined` when there is no such ref. */
export async function refTarget(git: Git, repository: string, ref: string): Promise<string | undefined> {
  const answer = await git(repository, ["rev-parse", "--verify", "--quiet"], { operands: [ref] });
  return answer.exitCode === 0 ? answer.stdout.trim() : undefined;
}

/**
 * A word for folders and refs, made of any item's key. Different keys give different words, also where the file system does
 * not tell great letters from small ones: a key that is not plain gets a few digits of its own.
 */
export function plainWord(key: string): string {
  const word = key.replaceAll(/[^A-Za-z0-9_-]+/g, "-").replaceAll(/^-+|-+$/g, "");
  const short = word.slice(0, 40);
  if (short === key && key === key.toLowerCase()) return key;
  const digits = createHash("sha256").update(key).digest("hex").slice(0, 8);
  return short === "" ? digits : `${short}-${digits}`;
}

/** A git that was killed has said nothing; another attempt may hear more. */
function cutShort(what: string): SignalboxError {
  return new SignalboxError("worktree_failed", `expected git to say ${what}, but it was killed; try again`);
}

function notACommit(ref: string, why: string): UsageError {
  return new UsageError(
    `expected a commit, branch or tag to begin with, got ${JSON.stringify(ref)}, and ${why}; make a commit, or name one that is there`,
  );
}
