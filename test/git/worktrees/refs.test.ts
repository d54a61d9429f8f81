/** Goal: what git could not say is not taken for what it said. Method: a git that is killed each time. */
import { expect, test } from "vitest";
import { UsageError } from "../../../src/base/errors.ts";
import type { Git } from "../../../src/git/worktrees/git-port.ts";
import { checkBranchName, resolveCommit } from "../../../src/git/worktrees/refs.ts";

const killed: Git = () => Promise.resolve({ exitCode: undefined, stdout: "", stderr: "" });

test.each<[string, () => Promise<unknown>]>([
  ["the name of a branch", () => checkBranchName(killed, "/repository", "topic")],
  ["a commit", () => resolveCommit(killed, "/repository", "main")],
])(
  "a git that is killed while it is asked for %s is no mistake of the caller's: another attempt may succeed",
  async (_what, ask) => {
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "worktree_failed" });
    expect(error).not.toBeInstanceOf(UsageError);
  },
);
