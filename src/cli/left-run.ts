import { dirname } from "node:path";
import { openToChange } from "../engine/resume-run.ts";
import type { Run } from "../engine/run.ts";
import { sqliteJournal } from "../journal/sqlite-journal.ts";
import { executorFor, worktreesFor } from "./executor.ts";
import type { Io } from "./io.ts";
import type { Target } from "./item-target.ts";
import { Problems } from "./run-session.ts";

/**
 * Changes a run that was interrupted, under the lock and without going on with it: nothing of it starts. What its process left
 * running is ended first. A change that is refused is no entry of the log.
 * @throws StateInUseError when somebody runs there meanwhile, and what `change` throws
 */
export async function changeLeftRun<T>(
  io: Io,
  stateDir: string,
  { stored: { record }, plan }: Target,
  change: (run: Run) => Promise<T>,
): Promise<T> {
  const journal = await sqliteJournal({ directory: stateDir, env: io.env });
  try {
    const problems = new Problems(io);
    const planFolder = dirname(record.planFile ?? stateDir);
    const executor = await executorFor(io, plan, { stateDir, planFolder }, problems);
    await executor?.endLeftovers(record.id);
    const run = openToChange(await journal.recover(record.id), plan, {
      journal,
      env: io.env,
      ...(executor !== undefined && { executors: [executor] }),
      ...(await worktreesFor(plan, { stateDir, planFolder })),
      onProblem: problems.report,
    });
    try {
      return await change(run);
    } finally {
      await run.stop({ reason: "changed without going on" });
      await executor?.stop();
    }
  } finally {
    await journal.close();
  }
}
