/** Which files of a working tree changed between two moments, as git and the disk tell it. */
import { join } from "node:path";
import type { Env } from "../base/env.ts";
import { GitError } from "./git-error.ts";
import { openRepository } from "./repository.ts";
import { fileStatus } from "./worktrees/file-status.ts";
import { gitPort } from "./worktrees/git-port.ts";
import { refTarget } from "./worktrees/refs.ts";
import { signatureOf } from "./worktrees/signature.ts";

/** A working tree at one moment. */
export interface TreeState {
  /** Its top folder. */
  readonly top: string;
  /** `undefined`: nothing was ever committed. */
  readonly commit: string | undefined;
  /** What is not committed, by path from the top: how it looks. */
  readonly dirty: ReadonlyMap<string, string>;
}

/** The working tree of a folder as it is now; `undefined` when it is in none, or git cannot tell. */
export async function treeState(folder: string, env: Env): Promise<TreeState | undefined> {
  const top = await topOf(folder, env);
  return top === undefined ? undefined : await stateAt(top, env);
}

async function stateAt(top: string, env: Env): Promise<TreeState | undefined> {
  const git = gitPort(env);
  const status = await fileStatus(git, top);
  if (status === undefined) return undefined;
  const dirty = new Map([...status.changed, ...status.untracked].map((path) => [path, signatureOf(join(top, path))]));
  return { top, commit: await refTarget(git, top, "HEAD"), dirty };
}

/**
 * Paths from the top that look different than before, committed since or not, sorted; `undefined` when git cannot tell. Whatever
 * changed it: two programs that work in one tree are not told apart.
 */
export async function changedSince(before: TreeState, env: Env): Promise<readonly string[] | undefined> {
  const now = await stateAt(before.top, env);
  if (now === undefined) return undefined;
  const changed = new Set<string>();
  for (const [path, signature] of now.dirty) if (before.dirty.get(path) !== signature) changed.add(path);
  for (const path of before.dirty.keys()) if (!now.dirty.has(path)) changed.add(path);
  if (now.commit !== undefined && now.commit !== before.commit) {
    const range = before.commit === undefined ? [now.commit] : [before.commit, now.commit];
    const command = before.commit === undefined ? ["ls-tree", "-r", "--name-only", "-z"] : NAMES;
    const { exitCode, stdout } = await gitPort(env)(before.top, command, { operands: range });
    if (exitCode !== 0) return undefined;
    for (const path of stdout.split("\0")) if (path !== "") changed.add(path);
  }
  return [...changed].toSorted();
}

const NAMES = ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv"];

async function topOf(folder: string, env: Env): Promise<string | undefined> {
  try {
    return (await openRepository(folder, { env })).topLevel;
  } catch (error) {
    if (error instanceof GitError) return undefined;
    throw error;
  }
}
