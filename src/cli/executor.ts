import type { CommandExecutor } from "../executors/command-executor.ts";
import type { ItemWorktrees } from "../git/run-worktrees.ts";
import { prepareStateDirectory } from "../journal/state-directory.ts";
import type { Plan } from "../plan/plan.ts";
import type { Io } from "./io.ts";
import type { Problems } from "./run-session.ts";
import { outputDirectoryOf, worktreesFolderOf } from "./store.ts";

export interface Folders {
  readonly stateDir: string;
  /** Relative working folders count from here. */
  readonly planFolder: string;
}

/** Where the plan's items with a worktree of their own get it; nothing for a plan without. */
export async function worktreesFor(
  plan: Plan,
  { stateDir, planFolder }: Folders,
): Promise<{ readonly worktrees?: ItemWorktrees }> {
  if (!plan.tasks.some(({ worktree }) => worktree)) return {};
  const { itemWorktrees } = await import("../git/run-worktrees.ts");
  prepareStateDirectory(stateDir);
  return { worktrees: itemWorktrees({ home: worktreesFolderOf(stateDir), folder: planFolder }) };
}

/** The executor of a plan's commands; `undefined` for a plan of functions only. Its helper process is starting when this returns. */
export async function executorFor(
  io: Io,
  plan: Plan,
  { stateDir, planFolder }: Folders,
  problems: Problems,
): Promise<CommandExecutor | undefined> {
  const hasCommand = plan.tasks.some(({ run, prepare, verify, undo }) =>
    [run, prepare, verify, undo].some((work) => typeof work === "string"),
  );
  if (!hasCommand) return undefined;
  const { commandExecutor } = await import("../executors/command-executor.ts");
  prepareStateDirectory(stateDir);
  const executor = commandExecutor({
    env: io.env,
    outputDirectory: outputDirectoryOf(stateDir),
    planFolder,
    environment: io.variables,
    onProblem: problems.report,
  });
  // A start that fails is told by the first attempt.
  executor.start().catch(() => {});
  return executor;
}
