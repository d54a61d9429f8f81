import type { Env } from "../../base/env.ts";
import { GitError } from "../git-error.ts";
import { runGit } from "../run-git.ts";

/** How the worktree code runs git: any end of a command is an answer, also that it was killed. */
export type Git = (folder: string, args: readonly string[], options?: GitOptions) => Promise<GitAnswer>;

export interface GitOptions {
  /** Refs, hashes, names: never taken for options. */
  readonly operands?: readonly string[];
  /** Paths, behind `--`. */
  readonly paths?: readonly string[];
  readonly input?: string;
  readonly hooks?: boolean;
  readonly variables?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** The lease under which it runs, or the name of the worktree that it is for: what is left of it is found by this. */
  readonly lease?: { readonly id: string };
}

export interface GitAnswer {
  /** `undefined` when it did not end by itself. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Git as a port. What is left of a command that was killed is judged by what it did, not by how it ended. */
export function gitPort(env: Env): Git {
  return async (folder, args, options = {}) => {
    try {
      const { code, stdout, stderr } = await runGit(folder, args, { ...options, env });
      return { exitCode: code, stdout, stderr };
    } catch (error) {
      if (!(error instanceof GitError) || error.code !== "git_failed") throw error;
      return { exitCode: undefined, stdout: "", stderr: error.stderr || error.message };
    }
  };
}
