import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { openRepository } from "../../src/git/repository.ts";
import { WorktreeManager, type WorktreeManagerOptions } from "../../src/git/worktree-manager.ts";
import type { WorktreeEntry } from "../../src/git/worktrees/entry.ts";
import { openWorktreeRegistry, type WorktreeRegistry } from "../../src/git/worktrees/registry.ts";
import type { WorktreeNotice } from "../../src/git/worktrees/workshop.ts";
import { git, gitRepository } from "./git-repository.ts";

/** A repository with some files, and a manager of one run that works on it. */
export interface WorktreeBench {
  readonly repository: string;
  /** The state directory's folder for worktrees. */
  readonly home: string;
  readonly registry: WorktreeRegistry;
  readonly manager: WorktreeManager;
  readonly notices: readonly WorktreeNotice[];
  write(path: string, text: string): void;
  /** Another manager, as another process of the same run would have it. */
  again(options?: Partial<Omit<WorktreeManagerOptions, "repository">>): Promise<WorktreeManager>;
}

interface BenchOptions extends Partial<Omit<WorktreeManagerOptions, "repository">> {
  readonly repository?: string;
  readonly runId?: string;
}

export async function worktreeBench(options: BenchOptions = {}): Promise<WorktreeBench> {
  const { repository: given, runId = "run-1", ...more } = options;
  const repository = given ?? filledRepository();
  const home = join(dirname(repository), "state", "worktrees");
  const notices: WorktreeNotice[] = [];
  const open = async (
    changes: Partial<Omit<WorktreeManagerOptions, "repository">>,
  ): Promise<{ registry: WorktreeRegistry; manager: WorktreeManager }> => {
    const env = nodeEnv();
    const registry = await openWorktreeRegistry({ directory: home, runId });
    onTestFinished(() => registry.close());
    const manager = new WorktreeManager({
      env,
      repository: await openRepository(repository, { env }),
      registry,
      home,
      onNotice: (notice) => void notices.push(notice),
      ...changes,
    });
    return { registry, manager };
  };
  return {
    repository,
    home,
    notices,
    ...(await open(more)),
    write: (path, text) => write(join(repository, path), text),
    again: async (changes = {}) => (await open({ ...more, ...changes })).manager,
  };
}

/** A repository with two files and a `.gitignore`, committed. */
export function filledRepository(): string {
  const repository = gitRepository();
  write(join(repository, ".gitignore"), ".env\n*.log\nnode_modules\n");
  write(join(repository, "readme.md"), "read me\n");
  write(join(repository, "src/main.c"), "int main;\n");
  git(repository, "add", ".");
  git(repository, "commit", "-q", "-m", "second");
  return repository;
}

export function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Everything that git knows of worktrees and branches, for comparing before and after. */
export function gitView(repository: string): { worktrees: string[]; branches: string[]; refs: string[] } {
  const lines = (text: string): string[] => text.split("\n").filter(Boolean);
  return {
    worktrees: lines(git(repository, "worktree", "list", "--porcelain")).filter((line) => line.startsWith("worktree ")),
    branches: lines(git(repository, "branch", "--format=%(refname:short)")),
    refs: lines(git(repository, "for-each-ref", "--format=%(refname)")),
  };
}

export const isGone = (entry: WorktreeEntry, bench: WorktreeBench): boolean =>
  bench.registry.entry(entry.name)?.status === "removed";
